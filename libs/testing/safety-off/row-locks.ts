import { UnitOfWork, type Tx } from '#libs/persistence/index.js';

/**
 * SAFETY OFF. Locks the cases by their rows instead of by advisory locks. A row lock is a write: the transaction takes its id at
 * the first row and then waits for the second, whose present holder, begun later, commits first; the log's order inverts. The
 * pause between two rows makes sure that somebody comes between.
 */
export class UnitOfWorkWithRowLocks extends UnitOfWork {
  pauseMs = 0;

  protected override lock(tx: Tx, caseIds: readonly string[]): void {
    tx.write('select pg_sleep($2) from (select case_id from tally.counter where case_id = any($1::uuid[]) order by case_id for update) l', [`{${caseIds.join(',')}}`, this.pauseMs / 1000]);
  }
}

/** SAFETY OFF. Reads the cases' rows before it holds their locks, as one statement for both would. */
export class UnitOfWorkThatLocksLate extends UnitOfWork {
  protected override lock(): void {
    // Nobody waits: what is loaded is a moment old, and what is saved overwrites what came between.
  }
}
