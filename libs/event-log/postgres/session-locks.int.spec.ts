import { describe, expect, it, jest } from '@jest/globals';
import { openTestDatabase } from '#libs/testing/test-database.js';
import { assertSessionLocks, SessionsAreShared } from './session-locks.js';

describe('the locks by which processes share their work', () => {
  jest.setTimeout(30_000);
  it('hold on PostgreSQL itself', async () => {
    const database = await openTestDatabase();
    const [one, other] = [await database.db.connect(), await database.db.connect()];
    await assertSessionLocks(one, other);
    expect(await database.db.rows(`select from pg_locks where locktype = 'advisory'`)).toEqual([]);
    one.release();
    other.release();
  });

  it('do not through a pooler that lends one session to two of us, and the boot says so', async () => {
    const database = await openTestDatabase();
    const lent = await database.db.connect();
    await expect(assertSessionLocks(lent, lent)).rejects.toThrow(SessionsAreShared);
    await expect(assertSessionLocks(lent, lent)).rejects.toThrow('session mode');
    lent.release();
  });
});
