import { beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import type { NewEvent } from '#contracts/envelope.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { CountedV1, NotedV1, registerTally, Tally1700000000099, Tell } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Bell, logMigrations, Outbox, PostgresHistory } from '../index.js';
import { LogEntries1700000000040 } from './migrations.js';

const BEFORE = logMigrations.filter((m) => m !== LogEntries1700000000040);
const counted = (caseId: string, n: number): NewEvent => CountedV1(caseId, { n });
const TRACE = (step: string): string => `00-${'a'.repeat(32)}-${step.repeat(16)}-01`;

let database: TestDatabase;
let history: PostgresHistory;
let outbox: Outbox;
let unitOfWork: UnitOfWork;
const old = uuidv7();
beforeAll(async () => {
  database = await openTestDatabase([...BEFORE, Tally1700000000099]);
  for (const [i, data] of [{ n: 5 }, { n: 6 }].entries()) await database.db.rows(`insert into log.event (case_id, seq, type, at, data) values ($1, $2, 'tally.counted.v1', 0, $3)`, [old, i + 1, data]);
  await (await database.open('owner', { migrations: [...logMigrations, Tally1700000000099] })).migrate();
  outbox = new Outbox();
  history = new PostgresHistory(database.db, new Bell(database.db, outbox));
  unitOfWork = new UnitOfWork(database.db, new SystemClock(), outbox);
  registerTally(unitOfWork);
}, 60_000);

const tell = async (...commands: Tell[]): Promise<void> => {
  for (const answer of await unitOfWork.executeAll(commands)) expect(answer).toMatchObject({ ok: true });
};
const story = async (caseId: string): Promise<readonly unknown[]> => (await history.of(caseId)).map(({ seq, type, data }) => [seq, type, data]);
const entries = async (caseId: string): Promise<readonly unknown[]> =>
  (await database.db.rows<{ seq: number; events: number; types: string }>('select seq, events, types from log.entry where case_id = $1 order by seq', [caseId])).map((e) => [e.seq, e.events, e.types]);

describe('what a transaction states of a case', () => {
  it('is one entry, in which each event has its number, type and data', async () => {
    const [one, other] = [uuidv7(), uuidv7()];
    await tell(new Tell(one, [counted(one, 1), NotedV1(one, {})]), new Tell(other, [counted(other, 9)]), new Tell(one, [counted(one, 3)]));
    expect(await entries(one)).toEqual([[1, 3, 'tally.counted.v1,tally.noted.v1,tally.counted.v1']]);
    expect(await entries(other)).toEqual([[1, 1, 'tally.counted.v1']]);
    expect(await story(one)).toEqual([[1, 'tally.counted.v1', { n: 1 }], [2, 'tally.noted.v1', {}], [3, 'tally.counted.v1', { n: 3 }]]);
    expect(await story(other)).toEqual([[1, 'tally.counted.v1', { n: 9 }]]);
    expect((await history.of(one, 2)).map((e) => e.seq)).toEqual([3]);
    expect(await history.of(one, 3)).toEqual([]);
    expect(await history.ofMany([one, other])).toEqual(new Map([[one, await history.of(one)], [other, await history.of(other)]]));
    expect(await database.db.rows('select seq, type, data from log.event where case_id = $1 order by seq', [one])).toEqual((await history.of(one)).map(({ seq, type, data }) => ({ seq, type, data })));
  });

  it('is numbered on by the next, whoever writes it', async () => {
    const caseId = uuidv7();
    await tell(new Tell(caseId, [counted(caseId, 1), counted(caseId, 2)]));
    const elsewhere = new UnitOfWork(database.db, new SystemClock(), new Outbox());
    registerTally(elsewhere);
    await elsewhere.executeAll([new Tell(caseId, [counted(caseId, 3)])]);
    await tell(new Tell(caseId, [counted(caseId, 4)]));
    expect((await story(caseId)).map((e) => (e as [number])[0])).toEqual([1, 2, 3, 4]);
  });

  it('cannot be stated twice: whoever numbers on from what is no longer the last meets the other’s first number', async () => {
    const caseId = uuidv7();
    await tell(new Tell(caseId, [counted(caseId, 1)]));
    const stale = new Outbox();
    stale.numbers = async () => new Map([[caseId, 1]]);
    const elsewhere = new UnitOfWork(database.db, new SystemClock(), stale);
    registerTally(elsewhere);
    await tell(new Tell(caseId, [counted(caseId, 2), counted(caseId, 3)]));
    expect(await elsewhere.executeAll([new Tell(caseId, [counted(caseId, 2), counted(caseId, 3), counted(caseId, 4)])])).toMatchObject([{ ok: false, error: { code: '23505' } }]);
    expect(await story(caseId)).toHaveLength(3);
  });

  it('is one entry for each trace it was stated in', async () => {
    const caseId = uuidv7();
    const event = (seq: number, traceparent?: string) => ({
      specversion: '1.0' as const, id: `${caseId}/${seq}`, source: '/tally', type: 'tally.counted.v1', subject: caseId, time: new Date(0).toISOString(), caseId, seq, data: { n: seq }, ...(traceparent !== undefined && { traceparent }),
    });
    const stated = [event(1, TRACE('1')), event(2, TRACE('1')), event(3, TRACE('2')), event(4)];
    await unitOfWork.join([caseId], (unit) => outbox.write(unit.tx, stated));
    expect(await history.of(caseId)).toEqual(stated);
    expect((await entries(caseId)).map((e) => (e as [number, number]).slice(0, 2))).toEqual([[1, 2], [3, 1], [4, 1]]);
  });
});

describe('a log of the build before', () => {
  it('says what it said, event by event, and goes on', async () => {
    expect(await story(old)).toEqual([[1, 'tally.counted.v1', { n: 5 }], [2, 'tally.counted.v1', { n: 6 }]]);
    await tell(new Tell(old, [counted(old, 7), NotedV1(old, {})]));
    expect(await entries(old)).toEqual([[1, 1, 'tally.counted.v1'], [2, 1, 'tally.counted.v1'], [3, 2, 'tally.counted.v1,tally.noted.v1']]);
  });

  it('can be gone back to, and forward again, without a word lost', async () => {
    const caseId = uuidv7();
    await tell(new Tell(caseId, [counted(caseId, 1), NotedV1(caseId, {}), counted(caseId, 3)]));
    await tell(new Tell(caseId, [counted(caseId, 4), counted(caseId, 5)]));
    // The table, and the view that has its name and columns.
    const said = () => database.db.rows('select case_id, seq, type, at, data, traceparent from log.event where case_id in ($1, $2) order by case_id, seq', [caseId, old]);
    const before = await said();
    const migration = new LogEntries1700000000040();
    const client = await database.db.connect();
    const runner = { query: (text: string) => client.query(text) } as unknown as QueryRunner;
    try {
      for (const move of ['down', 'up'] as const) {
        await client.query('begin');
        await migration[move](runner);
        await client.query('commit');
        expect(await said()).toEqual(before);
        // in the log's order too
        const inOrder = move === 'down' ? 'txid, position' : 'txid, position, seq';
        expect(await database.db.rows(`select seq from log.event where case_id = $1 order by ${inOrder}`, [caseId])).toEqual([1, 2, 3, 4, 5].map((seq) => ({ seq })));
      }
    } finally {
      client.release();
    }
    expect(await entries(caseId)).toHaveLength(5);
  });
});
