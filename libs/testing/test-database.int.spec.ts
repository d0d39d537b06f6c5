import { describe, expect, it } from '@jest/globals';
import { logMigrations } from '#libs/event-log/index.js';
import { openTestDatabase } from './test-database.js';

describe('a database for a test', () => {
  it('is migrated, fresh, and apart from every other', async () => {
    const [one, other] = [await openTestDatabase([...logMigrations]), await openTestDatabase([...logMigrations])];
    await one.db.rows(`insert into log.parked values ('g', gen_random_uuid(), 1, 'r', 0)`);
    expect(await one.db.rows('select * from log.parked')).toHaveLength(1);
    expect(await other.db.rows('select * from log.parked')).toHaveLength(0);
  });

  it('can have a process beside it whose sessions are cut', async () => {
    const database = await openTestDatabase();
    const beside = await database.open('beside');
    const session = await beside.connect();
    await session.query('select pg_advisory_lock(1)');
    const isFree = async () => (await database.db.rows<{ free: boolean }>('select pg_try_advisory_lock(1) free'))[0]!.free;
    expect(await isFree()).toBe(false);
    await database.cut('beside');
    expect(await isFree()).toBe(true);
    await expect(session.query('select 1')).rejects.toThrow();
    session.release(true);
    expect(await beside.rows('select 1')).toHaveLength(1); // the pool goes on with new sessions
  });

  it('can have a process beside it that dies', async () => {
    const database = await openTestDatabase();
    const beside = await database.open('beside');
    const session = await beside.connect();
    await database.kill('beside');
    await expect(session.query('select 1')).rejects.toThrow();
    await expect(beside.rows('select 1')).rejects.toThrow();
    session.release(true);
    expect(await database.db.rows(`select from pg_stat_activity where application_name = 'beside'`)).toEqual([]);
  });
});
