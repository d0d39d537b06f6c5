import { PostgresFeed, type Cursors } from '#libs/event-log/index.js';
import type { After } from '#libs/event-log/postgres/outbox-reader.js';

/** SAFETY OFF. A page by position alone: what commits late was passed over. */
export const UNFENCED: After = { where: 'e.position > p.position', order: 'e.position' };

/** SAFETY OFF. Reads by position alone, so a transaction that commits late is passed over. */
export class UnfencedFeed extends PostgresFeed {
  protected override readonly after = UNFENCED;
}

/** SAFETY OFF. Starts on any database, also on one restored from a copy. */
export class UninspectingFeed extends PostgresFeed {
  protected override async inspect(): Promise<void> {
    // Whatever is wrong with it.
  }
}

/** SAFETY OFF. No inbox: whatever is offered twice is applied twice. */
export class ForgetfulCursors implements Cursors {
  async load(): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  advance(): void {
    // Forgotten.
  }
}
