import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '#libs/testing/eventually.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Exchange, parameterOf, type Answers, type Statement } from './exchange.js';

let database: TestDatabase;
let session: PoolClient;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.db.rows('create table word (n int primary key, word text)');
}, 30_000);
afterAll(() => database.close());
beforeEach(() => database.db.rows('truncate word'));

/** In one exchange, on a session of its own each time: its statements are prepared there and nowhere else. */
const onItsOwn = async <T>(work: () => Promise<T>): Promise<T> => {
  session = await database.db.connect();
  try {
    return await work();
  } finally {
    session.release(true);
  }
};
const statement = (reads: boolean, text: string, ...values: unknown[]): Statement => ({ name: text.slice(0, 60), text, values: values.map(parameterOf), reads });
const read = (text: string, ...values: unknown[]): Statement => statement(true, text, ...values);
const write = (text: string, ...values: unknown[]): Statement => statement(false, text, ...values);
const begin = (...statements: Statement[]): Exchange => {
  const begun = new Exchange(session);
  for (const one of statements) begun.add(one);
  return begun;
};
const send = (...statements: Statement[]): Promise<Answers> => {
  const whole = begin(...statements);
  whole.end();
  return whole.answers;
};
const add = (n: number, word: string | null = null): Statement => write('insert into word values ($1, $2)', n, word);
const words = (): Statement => read('select * from word order by n');

describe('an exchange', () => {
  it('answers those that read, in order, and the tag of the last', () => onItsOwn(async () => {
    expect(await send(add(1, 'one'), words(), add(2), read('select count(*)::int as n from word where n > $1', 7), words()))
      .toEqual({ rows: [[{ n: 1, word: 'one' }], [{ n: 0 }], [{ n: 1, word: 'one' }, { n: 2, word: null }]], last: 'SELECT 2' });
    expect(await send(add(3))).toEqual({ rows: [], last: 'INSERT 0 1' });
    expect(await send(words())).toMatchObject({ rows: [[{ n: 1 }, { n: 2 }, { n: 3 }]] });
  }));

  it('drops the rows of what only writes, though it may answer some', () => onItsOwn(async () => {
    expect(await send(write('select 1 as one, generate_series(1, 3)'), read('select 2 as two'))).toEqual({ rows: [[{ two: 2 }]], last: 'SELECT 1' });
  }));

  it('is one trip: the server answers all of it at once', () => onItsOwn(async () => {
    await send(add(0), words());
    const { stream } = (session as unknown as { connection: { stream: NodeJS.EventEmitter } }).connection;
    let answers = 0;
    const heard = (): number => answers++;
    stream.on('data', heard);
    await send(write('begin'), ...[1, 2, 3, 4, 5, 6].map((n) => add(n)), words(), write('commit'));
    stream.off('data', heard);
    expect(answers).toBe(1);
  }));

  it('is worked on from when its first part is sent, and answered when it is whole', () => onItsOwn(async () => {
    const parts = begin(read('select pg_advisory_lock(77) is not null as locked'), add(1, 'one'));
    let answered = false;
    void parts.answers.then(() => (answered = true));
    parts.send();
    const isLocked = async (): Promise<boolean> => (await database.db.rows(`select from pg_locks where locktype = 'advisory' and objid = 77`)).length > 0;
    await eventually(isLocked);
    expect(parts.add(words())).toBe(1);
    parts.send();
    await sleep(20);
    expect(answered).toBe(false);
    expect(parts.add(add(2))).toBe(-1);
    parts.end();
    expect(await parts.answers).toEqual({ rows: [[{ locked: true }], [{ n: 1, word: 'one' }]], last: 'INSERT 0 1' });
    expect(await send(words())).toMatchObject({ rows: [[{ n: 1 }, { n: 2 }]] });
  }));

  it('skips what is sent after the part that failed, and the session goes on', () => onItsOwn(async () => {
    const parts = begin(add(1), add(1));
    parts.send();
    parts.add(add(2));
    parts.add(words());
    parts.end();
    await expect(parts.answers).rejects.toMatchObject({ code: '23505' });
    expect(await send(words())).toMatchObject({ rows: [[]] });
  }));

  it('waits in line behind what was asked before it, and is followed by what is asked after', () => onItsOwn(async () => {
    const before = session.query('select count(*)::int as n from word');
    const [one, two] = [send(add(1)), send(add(2), words())];
    const after = session.query('select count(*)::int as n from word');
    expect([(await before).rows, await one, (await two).rows[0], (await after).rows]).toEqual([[{ n: 0 }], { rows: [], last: 'INSERT 0 1' }, [{ n: 1, word: null }, { n: 2, word: null }], [{ n: 2 }]]);
  }));

  it('fails as a whole with the first error: outside a transaction nothing of it stands', () => onItsOwn(async () => {
    await expect(send(add(1), words(), add(1), add(2))).rejects.toMatchObject({ code: '23505' });
    expect(await send(words())).toMatchObject({ rows: [[]] });
    await send(write('begin'), add(1));
    await expect(send(add(1), write('commit'))).rejects.toMatchObject({ code: '23505' });
    await expect(send(add(2))).rejects.toMatchObject({ code: '25P02' });
    expect((await send(write('commit'))).last).toBe('ROLLBACK');
    expect(await send(words())).toMatchObject({ rows: [[]] });
  }));

  it('prepares again what a failed one may or may not have prepared', () => onItsOwn(async () => {
    await expect(send(add(1), write('select 1 / $1::int', 0), words())).rejects.toMatchObject({ code: '22012' });
    await expect(send(add(1), write('select nonsense'))).rejects.toMatchObject({ code: '42703' });
    for (let again = 0; again < 2; again++) {
      expect(await send(add(again + 10), write('select 1 / $1::int', 1), words())).toMatchObject({ last: `SELECT ${again + 1}` });
    }
  }));

  it('is told when the connection is lost', () => onItsOwn(async () => {
    await expect(send(write('select pg_terminate_backend(pg_backend_pid())'), words())).rejects.toThrow(/terminat/);
    await expect(send(words())).rejects.toThrow();
  }));
});
