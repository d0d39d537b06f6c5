import type { InsertShape, Unit } from '#libs/persistence/index.js';
import type { Cursors } from './group.js';

interface Row { readonly caseId: string; readonly seq: number }

/** Cursors in a table of their own `(case_id uuid primary key, seq int)`; a hot group keeps a column of its own row instead. */
export class CursorTable implements Cursors {
  private readonly shape: InsertShape<Row>;

  constructor(private readonly table: string) {
    this.shape = { into: table, columns: { caseId: 'uuid', seq: 'int' } };
  }

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await unit.tx.rows<{ case_id: string; seq: number }>(`select case_id, seq from ${this.table} where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
    return new Map(rows.map((r) => [r.case_id, r.seq]));
  }

  advance(unit: Unit, applied: ReadonlyMap<string, number>): void {
    unit.tx.insertMany(this.shape, [...applied].map(([caseId, seq]) => ({ caseId, seq })), 'on conflict (case_id) do update set seq = excluded.seq');
  }
}
