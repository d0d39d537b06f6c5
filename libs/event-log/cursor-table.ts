import { PerUnit, Remembered, type InsertShape, type Unit } from '#libs/persistence/index.js';
import type { Cursors } from './group.js';

interface Row { readonly caseId: string; readonly seq: number }
const REMEMBERED = 4096;

/**
 * Cursors in a table of their own `(case_id uuid primary key, seq int)`; a hot group keeps a column of its own row instead. Written once, at
 * the end of the unit: a write takes the transaction's id, and until then the work may ask another service.
 */
export class CursorTable implements Cursors {
  private readonly shape: InsertShape<Row>;
  private readonly moved = new PerUnit<Map<string, number>>();
  /** As this process committed it; 0 where a case was begun and has no row. */
  private readonly known = new Remembered<number>(REMEMBERED);

  constructor(private readonly table: string) {
    this.shape = { into: table, columns: { caseId: 'uuid', seq: 'int' } };
  }

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const cursors = this.assumed(unit, caseIds) ?? (await this.read(unit, caseIds));
    for (const [caseId, seq] of this.moved.get(unit) ?? []) if (caseIds.includes(caseId)) cursors.set(caseId, seq);
    return cursors;
  }

  private async read(unit: Unit, caseIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await unit.tx.rows<{ case_id: string; seq: number }>(`select case_id, seq from ${this.table} where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
    return new Map(rows.map((r) => [r.case_id, r.seq]));
  }

  private assumed(unit: Unit, caseIds: readonly string[]): Map<string, number> | undefined {
    const known = unit.assumes ? this.known.ofAll(caseIds) : undefined;
    if (!known) return undefined;
    unit.tx.insist(`select count(*) filter (where coalesce(c.seq, 0) <> k.seq) = 0
      from unnest($1::uuid[], $2::int[]) k(id, seq) left join ${this.table} c on c.case_id = k.id and c.case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`, `{${known.join(',')}}`]);
    return new Map(caseIds.map((caseId, i) => [caseId, known[i]!]));
  }

  begin(unit: Unit, caseIds: readonly string[]): void {
    unit.afterCommit(() => {
      for (const caseId of caseIds) if (this.known.get(caseId) === undefined) this.known.keep(caseId, 0);
    });
  }

  advance(unit: Unit, applied: ReadonlyMap<string, number>): void {
    let moved = this.moved.get(unit);
    if (!moved) {
      const fresh = new Map<string, number>();
      this.moved.set(unit, (moved = fresh));
      unit.onFlush(() => unit.tx.mergeMany(this.shape, [...fresh].map(([caseId, seq]) => ({ caseId, seq })), 'caseId'));
      unit.afterCommit(() => fresh.forEach((seq, caseId) => this.known.keep(caseId, seq)));
    }
    for (const [caseId, seq] of applied) moved.set(caseId, seq);
  }

  clear(unit: Unit): void {
    unit.tx.write(`delete from ${this.table}`);
    unit.afterCommit(() => this.known.clear());
  }
}
