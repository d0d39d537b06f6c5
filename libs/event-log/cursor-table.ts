import { OverRows, PerUnit, Remembered, type InsertShape, type Unit } from '#libs/persistence/index.js';
import type { Cursors } from './group.js';

interface Row { readonly caseId: string; readonly seq: number }
const REMEMBERED = 2048;

/**
 * Cursors in a table of their own `(case_id uuid primary key, seq int)`; a hot group keeps a column of its own row instead. Written once, at
 * the end of the unit: a write takes the transaction's id, and until then the work may ask another service.
 */
export class CursorTable implements Cursors {
  private readonly shape: InsertShape<Row>;
  private readonly holds: OverRows<Row>;
  private readonly moved = new PerUnit<Map<string, number>>();
  /** Cases that have no row, as the unit insists. */
  private readonly absent = new PerUnit<Set<string>>();
  /** As this process committed it; 0 where a case was begun and has no row. */
  private readonly known = new Remembered<number>(REMEMBERED);

  constructor(private readonly table: string) {
    this.shape = { into: table, columns: { caseId: 'uuid', seq: 'int' } };
    this.holds = new OverRows(this.shape.columns, (known) => `
      select not exists (select from ${known.as('k')} where coalesce((select seq from ${table} c where c.case_id = k.case_id), 0) <> k.seq)`);
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
    unit.tx.insist(...this.holds.of(known.map((seq, i) => ({ caseId: caseIds[i]!, seq }))));
    const absent = caseIds.filter((_, i) => known[i] === 0);
    if (absent.length > 0) this.absent.set(unit, new Set([...(this.absent.get(unit) ?? []), ...absent]));
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
      unit.onFlush(() => {
        const rows = [...fresh].map(([caseId, seq]) => ({ caseId, seq }));
        const absent = this.absent.get(unit);
        unit.tx.insertMany(this.shape, rows.filter(({ caseId }) => absent?.has(caseId) === true));
        unit.tx.mergeMany(this.shape, rows.filter(({ caseId }) => absent?.has(caseId) !== true), 'caseId');
      });
      unit.afterCommit(() => fresh.forEach((seq, caseId) => this.known.keep(caseId, seq)));
    }
    for (const [caseId, seq] of applied) moved.set(caseId, seq);
  }

  clear(unit: Unit): void {
    unit.tx.write(`delete from ${this.table}`);
    unit.afterCommit(() => this.known.clear());
  }
}
