import { PostgresFeed, type Cursors } from '#libs/event-log/index.js';

/** SAFETY OFF. A page by position alone: what commits late was passed over. */
export const UNFENCED = `
  select e.case_id, e.seq, e.type, e.at, case when $5::text is null or e.type = any(string_to_array($5, ',')) then e.data end as data, e.traceparent, p.partition, e.txid::text txid, e.position::text as position
  from unnest($1::smallint[], $2::xid8[], $3::bigint[]) as p(partition, txid, position)
  cross join lateral (select * from log.event e where e.partition = p.partition and e.position > p.position order by e.position limit $4) e
  order by p.partition, e.position`;

/** SAFETY OFF. Reads by position alone, so a transaction that commits late is passed over. */
export class UnfencedFeed extends PostgresFeed {
  protected override readonly pageQuery = UNFENCED;
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
