import { Injectable } from '@nestjs/common';
import { Database } from '#libs/persistence/index.js';
import type { Unreadable } from '#libs/transports/index.js';

/** Messages from jurisdictions that could never be kept, for operators. */
@Injectable()
export class UnreadableStore {
  constructor(private readonly db: Database) {}

  /** Answers those that were not known. */
  async park(list: readonly Unreadable[], now: number): Promise<readonly Unreadable[]> {
    const texts = (of: (one: Unreadable) => string): string => list.map(of).join('\n');
    const fresh = await this.db.rows<{ place: string }>(`
      insert into adapters.unreadable (transport, place, reason, since)
      select p.*, $4 from unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n')) p on conflict do nothing returning place`,
      [texts((u) => u.transport), texts((u) => u.place), texts((u) => u.reason), now]);
    const places = new Set(fresh.map((r) => r.place));
    return list.filter((u) => places.has(u.place));
  }

  /** Newest first, at most a thousand. */
  async list(): Promise<readonly (Unreadable & { readonly since: number })[]> {
    const rows = await this.db.rows<Unreadable & { since: string }>('select transport, place, reason, since from adapters.unreadable order by since desc, place limit 1000');
    return rows.map((r) => ({ ...r, since: Number(r.since) }));
  }
}
