import type { Client } from 'pg';
import pg from 'pg';
import type { Envelope } from '#contracts/envelope.js';
import { groupBy } from '#libs/kernel/index.js';
import type { Database, Unit } from '#libs/persistence/index.js';
import type { Found, LogTable, Range } from '../continuity.js';
import { History } from '../group.js';
import type { Commit, Outbox } from './outbox.js';
import { partitionOfCase } from './partitions.js';

export interface EventRow { case_id: string; seq: number; type: string; at: string; data: unknown; traceparent: string | null }
/** What one transaction stated of a case: of one event as that event's row, of more with a list of types, commas between, and one of data. */
export interface EntryRow { case_id: string; seq: number; events: number; types: string; at: string; data: unknown; traceparent: string | null }
/** Of an event, what a reader needs. */
export const EVENT_COLUMNS = 'case_id, seq, type, at, data, traceparent';

const ENTRY_COLUMNS = 'case_id, seq, events, types, at, data, traceparent';

/** Empty for what is no instant: to be told as poison of its case, and not to stop everybody else. */
const timeOf = (at: number): string => (Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : '');

export const toEnvelope = (row: EventRow): Envelope => ({
  specversion: '1.0', id: `${row.case_id}/${row.seq}`, source: `/${row.type.slice(0, row.type.indexOf('.'))}`, type: row.type, subject: row.case_id,
  time: timeOf(Number(row.at)), caseId: row.case_id, seq: row.seq, data: row.data, ...(row.traceparent !== null && { traceparent: row.traceparent }),
});

/** Each event of an entry by itself. */
export const toEnvelopes = ({ case_id, seq, events, types, at, data, traceparent }: EntryRow): readonly Envelope[] =>
  events === 1
    ? [toEnvelope({ case_id, seq, type: types, at, data, traceparent })]
    : types.split(',').map((type, i) => toEnvelope({ case_id, seq: seq + i, type, at, data: (data as readonly unknown[] | null)?.[i] ?? null, traceparent }));

/** How far a reader of one partition has come in the log's order. */
export interface Place {
  readonly txid: string;
  readonly position: string;
}

/** The table the events were written to. `takenOver`: where a reader began in each partition it holds. */
export class PostgresLogTable implements LogTable {
  constructor(private readonly takenOver: ReadonlyMap<number, Place> = new Map()) {}

  async between(unit: Unit, ranges: readonly Range[]): Promise<readonly Found[]> {
    const list = <T>(items: Iterable<T>, pick: (item: T) => string | number) => `{${Array.from(items, pick).join(',')}}`;
    const rows = await unit.tx.rows<EventRow & { passed: boolean }>(
      `select e.case_id, e.seq, e.type, e.at, e.data, e.traceparent, coalesce((e.txid, e.position) <= (t.txid, t.position), false) passed
       from unnest($1::uuid[], $2::int[], $3::int[]) r(case_id, after, before)
       cross join lateral (select * from log.event where case_id = r.case_id and seq > r.after and seq < r.before order by seq) e
       left join unnest($4::smallint[], $5::xid8[], $6::bigint[]) t(partition, txid, position) on t.partition = e.partition`,
      [
        list(ranges, (r) => r.caseId), list(ranges, (r) => r.after), list(ranges, (r) => r.before),
        list(this.takenOver, ([partition]) => partition), list(this.takenOver, ([, at]) => at.txid), list(this.takenOver, ([, at]) => at.position),
      ]);
    return rows.map((row) => ({ ...toEnvelope(row), passed: row.passed }));
  }
}

/** The last events of a partition up to that one, or up to the newest, in order. */
export const latestOf = async (db: Database, partition: number, upTo: Pick<Envelope, 'caseId' | 'seq'> | undefined, limit: number): Promise<readonly Envelope[]> => {
  const rows = await db.rows<EventRow>(
    `select ${EVENT_COLUMNS} from log.event e where partition = $1
     and ($2::uuid is null or (txid, position) <= (select n.txid, n.position from log.event n where n.case_id = $2 and n.seq = $3)) order by txid desc, position desc, seq desc limit $4`,
    [partition, upTo?.caseId ?? null, upTo?.seq ?? null, limit]);
  return rows.reverse().map(toEnvelope);
};

const CHANNEL = 'case_events';
const RECONNECT_MS = 500;

/** Hears that the log has grown: by what this process has just committed, or by something others did, in these partitions; in any when it is not known in which. */
export type Wake = (commit?: Commit, partitions?: ReadonlySet<number>) => void;

/** Tells this process, and by NOTIFY the others, that the log has grown. Outside the transaction, and one NOTIFY in flight. */
export class Bell {
  private readonly listeners = new Set<Wake>();
  private client: Client | undefined;
  private notifying = false;
  /** Partitions that others have not been told of. */
  private readonly untold = new Set<number>();
  private stopped = false;

  constructor(private readonly db: Database, outbox: Outbox) {
    outbox.onRing((commit) => {
      this.wake(commit);
      for (const { caseId } of commit.events) this.untold.add(partitionOfCase(caseId));
      void this.notify();
    });
  }

  async start(): Promise<void> {
    this.stopped = false;
    await this.listen();
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({ connectionString: this.db.url, keepAlive: true, application_name: 'tell-us-once bell' });
    const lose = () => {
      if (this.client !== client) return; // told already, or never listened
      this.client = undefined;
      this.listenAgain();
    };
    client.on('notification', ({ processId, payload }) => {
      if (processId === (client as unknown as { readonly processID: number }).processID) return; // our own ring was heard at once
      this.wake(undefined, payload ? new Set(payload.split(',').map(Number)) : undefined);
    });
    client.on('error', lose);
    client.on('end', lose);
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    this.client = client;
    if (this.isStopped()) await this.stop();
    else this.wake();
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private listenAgain(): void {
    setTimeout(() => {
      if (!this.stopped) this.listen().catch(() => this.listenAgain());
    }, RECONNECT_MS).unref();
  }

  onWake(listener: Wake): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private wake(commit?: Commit, partitions?: ReadonlySet<number>): void {
    for (const listener of this.listeners) listener(commit, partitions);
  }

  private ringsAgain(): boolean {
    return this.untold.size > 0 && !this.stopped;
  }

  private async notify(): Promise<void> {
    if (this.notifying) return;
    this.notifying = true;
    do {
      const partitions = [...this.untold].join(',');
      this.untold.clear();
      // A lost ring is not a lost event: every reader also looks by itself once a second.
      await this.client?.query(`notify ${CHANNEL}, '${partitions}'`).catch(() => undefined);
      await new Promise((r) => setTimeout(r, 20));
    } while (this.ringsAgain());
    this.notifying = false;
  }
}

export class PostgresHistory extends History {
  constructor(private readonly db: Database, private readonly bell: Bell) {
    super();
  }

  async of(caseId: string, after = 0): Promise<readonly Envelope[]> {
    const rows = await this.db.rows<EntryRow>(`select ${ENTRY_COLUMNS} from log.entry where case_id = $1 and seq + events > $2 + 1 order by seq`, [caseId, after]);
    return rows.flatMap(toEnvelopes).filter((e) => e.seq > after);
  }

  async ofMany(caseIds: readonly string[]): Promise<ReadonlyMap<string, readonly Envelope[]>> {
    const rows = await this.db.rows<EntryRow>(`select ${ENTRY_COLUMNS} from log.entry where case_id = any($1::uuid[]) order by case_id, seq`, [`{${caseIds.join(',')}}`]);
    return groupBy(rows.flatMap(toEnvelopes), (e) => e.caseId);
  }

  async traceOf(caseId: string): Promise<string | undefined> {
    const [row] = await this.db.rows<{ traceparent: string | null }>('select traceparent from log.entry where case_id = $1 order by seq desc limit 1', [caseId]);
    return row?.traceparent ?? undefined;
  }

  onChange(listener: () => void): () => void {
    return this.bell.onWake(listener);
  }
}
