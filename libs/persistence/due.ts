import type { Database } from './database.js';

const LIST = 256;

/**
 * Visits the cases of a table `(case_id uuid, next_due bigint, …)` that are due, earliest first, in lists. Each once, so that one that cannot
 * be dealt with neither blocks the others nor is tried without end.
 */
export const visitDue = async (db: Database, table: string, now: number, visit: (caseIds: readonly string[]) => Promise<unknown>): Promise<void> => {
  let [at, caseId] = [0, '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const due = await db.rows<{ case_id: string; next_due: string }>(
      `select case_id, next_due from ${table} where next_due <= $1 and (next_due, case_id) > ($2, $3) order by next_due, case_id limit $4`, [now, at, caseId, LIST]);
    if (due.length > 0) await visit(due.map((row) => row.case_id));
    const last = due.at(-1);
    if (!last || due.length < LIST) return;
    [at, caseId] = [Number(last.next_due), last.case_id];
  }
};
