import type { Envelope } from '#contracts/envelope.js';
import { Remembered, type InsertShape, type LogWriter, type Tx } from '#libs/persistence/index.js';

/** What a transaction states of a case: its first number, and for more than one event types with commas between and a list of data. */
interface Entry { readonly caseId: string; readonly seq: number; events: number; types: string; readonly at: number; data: unknown }
interface TracedEntry extends Entry { readonly traceparent: string | undefined }
const ENTRY: InsertShape<Entry> = { into: 'log.entry', columns: { caseId: 'uuid', seq: 'int', events: 'int', types: 'text', at: 'bigint', data: 'json' } };
const TRACED: InsertShape<TracedEntry> = { into: ENTRY.into, columns: { ...ENTRY.columns, traceparent: 'text' } };

const REMEMBERED = 16_384;
const FEW = 4;

/** What one transaction of this process added to the log. */
export interface Commit {
  readonly events: readonly Envelope[];
  readonly txid: string;
}

/** Events of a case that were stated in one trace are one entry. */
const entriesOf = (events: readonly Envelope[]): readonly TracedEntry[] => {
  const entries: TracedEntry[] = [];
  const lastOf = new Map<string, TracedEntry>();
  let [time, at] = ['', 0]; // the same for all of a unit
  for (const { caseId, seq, type, time: stated, data, traceparent } of events) {
    const last = lastOf.get(caseId);
    if (last && last.traceparent === traceparent) {
      if (last.events === 1) last.data = [last.data];
      (last.data as unknown[]).push(data);
      last.types += `,${type}`;
      last.events++;
      continue;
    }
    if (stated !== time) [time, at] = [stated, Date.parse(stated)];
    const entry: TracedEntry = { caseId, seq, events: 1, types: type, at, data, traceparent };
    entries.push(entry);
    lastOf.set(caseId, entry);
  }
  return entries;
};

const firstOf = async (answer: Promise<readonly { readonly txid: string }[]>): Promise<string> => (await answer)[0]!.txid;

/** The write side of the log: events enter only here, in the transaction that changed the state. */
export class Outbox implements LogWriter {
  private readonly listeners = new Set<(commit: Commit) => void>();
  private readonly newest = new Remembered<number>(REMEMBERED);

  async numbers(tx: Tx, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    // By the primary key, under the case's lock: the highest number plus one is free.
    const rows = await tx.rows<{ case_id: string; seq: number }>(
      `select c as case_id, e.seq from unnest($1::uuid[]) c cross join lateral (select seq + events - 1 as seq from log.entry where case_id = c order by entry.seq desc limit 1) e`,
      [`{${caseIds.join(',')}}`],
    );
    return new Map(rows.map((r) => [r.case_id, r.seq]));
  }

  assume(caseIds: readonly string[]): ReadonlyMap<string, number> | undefined {
    const known = this.newest.ofAll(caseIds);
    return known && new Map(caseIds.map((caseId, i) => [caseId, known[i]!]));
  }

  /** What cannot be written throws here, before anything commits. */
  write(tx: Tx, events: readonly Envelope[]): Promise<string> {
    const rows = entriesOf(events);
    const table: InsertShape<Entry> = rows.some((row) => row.traceparent !== undefined) ? TRACED : ENTRY;
    // Of a few rows it comes with them, of many it is a statement of its own. Before the locks it would be older than what is committed while they are waited for.
    if (rows.length <= FEW) return firstOf(tx.insertReturning(table, rows, 'txid::text txid'));
    tx.insertMany(table, rows);
    return firstOf(tx.rows('select pg_current_xact_id()::text txid'));
  }

  ring(events: readonly Envelope[], txid: string): void {
    // Two commits of a case may be heard of in the wrong order.
    for (const { caseId, seq } of events) if (seq > (this.newest.get(caseId) ?? 0)) this.newest.keep(caseId, seq);
    for (const listener of this.listeners) listener({ events, txid });
  }

  onRing(listener: (commit: Commit) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
