import type { InsertShape, Unit } from '#libs/persistence/index.js';
import type { Cursors } from './group.js';

interface Row { readonly caseId: string; readonly seq: number }

/**
 * Cursors in a table of their own `(case_id uuid primary key, seq int)`; a hot group keeps a column of its own row instead. Written once, at
 * the end of the unit: a write takes the transaction's id, and until then the work may ask another service.
 */
export class CursorTable implements Cursors {
  private readonly shape: InsertShape<Row>;
  private readonly moved = new WeakMap<Unit, Map<string, number>>();

  constructor(private readonly table: string) {
    this.shape = { into: table, columns: { caseId: 'uuid', seq: 'int' } };
  }

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await unit.tx.rows<{ case_id: string; seq: number }>(`select case_id, seq from ${this.table} where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
    const cursors = new Map(rows.map((r) => [r.case_id, r.seq]));
    for (const [caseId, seq] of this.moved.get(unit) ?? []) if (caseIds.includes(caseId)) cursors.set(caseId, seq);
    return cursors;
  }

  advance(unit: Unit, applied: ReadonlyMap<string, number>): void {
    let moved = this.moved.get(unit);
    if (!moved) {
      const fresh = new Map<string, number>();
      this.moved.set(unit, (moved = fresh));
      unit.onFlush(() => unit.tx.mergeMany(this.shape, [...fresh].map(([caseId, seq]) => ({ caseId, seq })), 'caseId'));
    }
    for (const [caseId, seq] of applied) moved.set(caseId, seq);
  }

  clear(unit: Unit): void {
    unit.tx.write(`delete from ${this.table}`);
  }
}
