import { Injectable } from '@nestjs/common';
import type { DeliveryKind, ProgrammeId } from '#contracts/words.js';
import { Database, type InsertShape, type Unit } from '#libs/persistence/index.js';
import { LEASE_MS } from '../domain/progress.js';
import type { OpenAttempt } from '../domain/delivery.js';

const ATTEMPT: InsertShape<OpenAttempt> = {
  into: 'adapters.attempt',
  columns: { deliveryId: 'uuid', caseId: 'uuid', tellId: 'uuid', target: 'text', programme: 'text', kind: 'text', revision: 'int', attempts: 'int', state: 'text', since: 'bigint', dueAt: 'bigint' },
};
const UPSERT = 'on conflict (delivery_id) do update set attempts = excluded.attempts, state = excluded.state, since = excluded.since, due_at = excluded.due_at';

interface Row { delivery_id: string; case_id: string; tell_id: string; target: string; programme: string; kind: string; revision: number; attempts: number; state: string; since: string; due_at: string }
const toAttempt = (r: Row): OpenAttempt => ({
  deliveryId: r.delivery_id, caseId: r.case_id, tellId: r.tell_id, target: r.target, programme: r.programme as ProgrammeId, kind: r.kind as DeliveryKind, revision: r.revision,
  attempts: r.attempts, state: r.state as OpenAttempt['state'], since: Number(r.since), dueAt: Number(r.due_at),
});

/** Which programmes' rows may be taken up: all but those that are not called at the moment, and of the probed ones a single row each. */
export interface Selection {
  readonly except: readonly string[];
  readonly oneEach: readonly string[];
  readonly limit: number;
}

export interface Backlog {
  readonly programme: string;
  readonly count: number;
  readonly oldest: number;
}

@Injectable()
export class AttemptStore {
  constructor(private readonly db: Database) {}

  async load(unit: Unit, deliveryIds: readonly string[]): Promise<readonly OpenAttempt[]> {
    if (deliveryIds.length === 0) return [];
    return (await unit.tx.rows<Row>('select * from adapters.attempt where delivery_id = any($1::uuid[])', [`{${deliveryIds.join(',')}}`])).map(toAttempt);
  }

  keep(unit: Unit, attempts: readonly OpenAttempt[]): void {
    unit.tx.insertMany(ATTEMPT, attempts, UPSERT);
  }

  remove(unit: Unit, deliveryIds: readonly string[]): void {
    if (deliveryIds.length > 0) unit.tx.write('delete from adapters.attempt where delivery_id = any($1::uuid[])', [`{${deliveryIds.join(',')}}`]);
  }

  /**
   * Takes up what is due, oldest first: until the lease ends no other replica does. Goes from programme to programme along the index:
   * what an hour has heaped up for those that are not called is not read.
   */
  async claim(now: number, { except, oneEach, limit }: Selection): Promise<readonly OpenAttempt[]> {
    const rows = await this.db.rows<Row>(`
      with recursive waiting as (
        (select programme from adapters.attempt order by programme limit 1)
        union all
        select (select a.programme from adapters.attempt a where a.programme > w.programme order by a.programme limit 1) from waiting w where w.programme is not null
      ), due as (
        select d.delivery_id from waiting w cross join lateral (
          select delivery_id, due_at from adapters.attempt where programme = w.programme and due_at <= $1 order by due_at limit $4 for update skip locked) d
        where w.programme <> all (string_to_array($2, ',')) order by d.due_at limit $4
      ), probe as (
        select p.delivery_id from unnest(string_to_array($3, ',')) n cross join lateral (
          select delivery_id from adapters.attempt where programme = n and due_at <= $1 order by due_at limit 1 for update skip locked) p
      )
      update adapters.attempt a set due_at = $1::bigint + ${LEASE_MS} from (select delivery_id from due union all select delivery_id from probe) taken
      where a.delivery_id = taken.delivery_id returning a.*`, [now, [...except, ...oneEach].join(','), oneEach.join(','), limit]);
    return rows.map(toAttempt);
  }

  /** Deliveries that did not get through or have no first answer yet, per programme, and since when the oldest has been on its way (ms). */
  async backlog(): Promise<readonly Backlog[]> {
    const rows = await this.db.rows<{ programme: string; count: string; oldest: string }>('select programme, count(*) count, min(since) oldest from adapters.attempt group by 1 order by 1');
    return rows.map(({ programme, count, oldest }) => ({ programme, count: Number(count), oldest: Number(oldest) }));
  }
}
