import { randomInt } from 'node:crypto';
import type { Database, Session } from '#libs/persistence/index.js';

/** Members of a group share partitions by locks of their sessions: a pooler that lends one session to two of us gives both the same lock. */
export class SessionsAreShared extends Error {
  override readonly name = 'SessionsAreShared';
  constructor() {
    super('the database is reached through a pooler in transaction mode, which breaks the locks by which processes share their work: connect to PostgreSQL itself, or set the pooler to session mode');
  }
}

/** Takes a lock on one session and asks for it on another, which must not get it. A pooler gives the second the session that the first has just put back. */
export const assertSessionLocks = async (one: Session, other: Session): Promise<void> => {
  const key = [-1, randomInt(2 ** 31)];
  await one.query('select pg_advisory_lock($1, $2)', key);
  try {
    await other.query('begin');
    const { rows } = await other.query<{ shared: boolean }>('select pg_try_advisory_xact_lock($1, $2) shared', key);
    await other.query('rollback');
    if (rows[0]!.shared) throw new SessionsAreShared();
  } finally {
    await one.query('select pg_advisory_unlock($1, $2)', key);
  }
};

/** Throws where two sessions of this database are one. */
export const sessionLocksHold = async (db: Database): Promise<void> => {
  const [one, other] = [await db.connect(), await db.connect()];
  try {
    await assertSessionLocks(one, other);
  } finally {
    one.release();
    other.release();
  }
};
