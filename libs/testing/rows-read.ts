import type { Session } from '#libs/persistence/index.js';

/** A step of a plan that was carried out. */
interface Step { readonly 'Actual Rows': number; readonly 'Actual Loops': number; readonly Plans?: readonly Step[] }

/** How many rows all steps of a statement's plan handed on when it was carried out, by PostgreSQL's own count. */
export const rowsRead = async (session: Session, statement: string): Promise<number> => {
  const { rows: [explained] } = await session.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Step }] }>(`explain (analyze, timing off, format json) ${statement}`);
  const rowsOf = (step: Step): number => step['Actual Rows'] * step['Actual Loops'] + (step.Plans ?? []).reduce((sum, inner) => sum + rowsOf(inner), 0);
  return rowsOf(explained!['QUERY PLAN'][0].Plan);
};
