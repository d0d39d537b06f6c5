import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Database } from '#libs/persistence/index.js';
import { eventuallyHolds } from '#libs/testing/eventually.js';
import { UninspectingFeed } from '#libs/testing/safety-off/feeds.js';
import { CountedV1, registerTally, Tally1700000000099, Tell, tallyGroup, tallyTypes, type Sum } from '#libs/testing/tally.js';
import { openTestDatabase, startTestServer, type TestDatabase, type TestServer } from '#libs/testing/test-database.js';
import { Bell, Decoder, logMigrations, LogNeedsRebase, Outbox, PostgresFeed, rebaseLog, type Gap } from '../index.js';

const MIGRATIONS = [...logMigrations, Tally1700000000099];

let [oldCluster, newCluster]: TestServer[] = [];
beforeAll(async () => {
  [oldCluster, newCluster] = await Promise.all([startTestServer(), startTestServer()]);
}, 60_000);
afterAll(() => Promise.all([oldCluster?.remove(), newCluster?.remove()]), 30_000);

interface Process { readonly unitOfWork: UnitOfWork; readonly feed: PostgresFeed; readonly gaps: Gap[] }
const start = async (db: Database, Kind: typeof PostgresFeed = PostgresFeed): Promise<Process> => {
  const [outbox, clock, gaps] = [new Outbox(), new SystemClock(), [] as Gap[]];
  const unitOfWork = new UnitOfWork(db, clock, outbox);
  registerTally(unitOfWork);
  const feed = new Kind(db, unitOfWork, new Bell(db, outbox), clock, { decoder: new Decoder(tallyTypes), onGap: (gap) => gaps.push(gap) });
  feed.subscribe(tallyGroup('left'));
  return { unitOfWork, feed, gaps };
};
const tell = async ({ unitOfWork }: Process, cases: readonly string[], n = 1): Promise<void> => {
  for (const caseId of cases) expect(await unitOfWork.executeAll([new Tell(caseId, Array.from({ length: n }, () => CountedV1(caseId, { n: 1 })))])).toMatchObject([{ ok: true }]);
};
const seqs = async (db: Database): Promise<Map<string, readonly number[]>> =>
  new Map((await db.rows<{ case_id: string; doc: Sum }>('select case_id, doc from tally.sum')).map((r) => [r.case_id, r.doc.seqs]));

/** A database with a history: 40 cases of three events, of which the group has read some, on a cluster that has done much else. */
const withHistory = async (): Promise<{ database: TestDatabase; cases: string[] }> => {
  const database = await openTestDatabase(MIGRATIONS, oldCluster);
  const cases = Array.from({ length: 40 }, () => uuidv7());
  await database.db.rows('create procedure spend(n int) language plpgsql as $$ begin for i in 1..n loop perform pg_current_xact_id(); commit; end loop; end $$');
  await database.db.rows('call spend(20000)');
  const process = await start(database.db);
  await process.feed.start();
  await tell(process, cases, 2);
  await eventuallyHolds(async () => expect(await seqs(database.db)).toEqual(new Map(cases.map((c) => [c, [1, 2]]))));
  await process.feed.stop();
  await tell(process, cases); // still to be read when the copy is made
  return { database, cases };
};

/** What pg_dump and pg_restore do: every row as it is, the numbering of positions with it, in a cluster whose transactions begin anew. */
const restored = async ({ db }: TestDatabase): Promise<TestDatabase> => {
  const copy = await openTestDatabase(MIGRATIONS, newCluster);
  const tables = ['log.entry (position, txid, case_id, seq, events, types, at, data)', 'log.checkpoint', 'log.parked', 'tally.sum', 'tally.cursor_left'];
  for (const [i, table] of tables.entries()) {
    const [from, to] = [oldCluster, newCluster].map((cluster) => join(cluster!.dataDir, `copy-${i}`));
    await db.rows(`copy ${table} to '${from!}'`);
    copyFileSync(from!, to!);
    await copy.db.rows(`copy ${table} from '${to!}'`);
  }
  const [{ last } = { last: '0' }] = await db.rows<{ last: string }>(`select last_value as last from pg_sequences where schemaname = 'log'`);
  await copy.db.rows(`select setval(pg_get_serial_sequence('log.entry', 'position'), $1)`, [last]);
  return copy;
};

describe('a log restored into a fresh cluster', () => {
  it('is noticed at start, with the way out; after the rebase nothing is lost and nothing done twice', async () => {
    const { database, cases } = await withHistory();
    const copy = await restored(database);
    const refused = await start(copy.db);
    await expect(refused.feed.start()).rejects.toThrow(LogNeedsRebase);
    await expect(refused.feed.start()).rejects.toThrow('npm run log:rebase');

    await rebaseLog(copy.db);
    const process = await start(copy.db);
    await process.feed.start();
    const fresh = uuidv7();
    await tell(process, [...cases, fresh]);
    await eventuallyHolds(async () => expect(await seqs(copy.db)).toEqual(new Map<string, number[]>([...cases.map((c): [string, number[]] => [c, [1, 2, 3, 4]]), [fresh, [1]]])));
    await eventuallyHolds(async () => expect(await process.feed.lag()).toEqual(new Map([['left', 0]])));
    await process.feed.stop();
    expect(process.gaps).toEqual([]);
    await database.close();
    await copy.close();
  }, 60_000);

  it('may be restored and rebased again', async () => {
    const { database, cases } = await withHistory();
    const copy = await restored(database);
    await rebaseLog(copy.db);
    await rebaseLog(copy.db); // an operator who is not sure
    const process = await start(copy.db);
    await process.feed.start();
    await tell(process, cases);
    await eventuallyHolds(async () => expect(await seqs(copy.db)).toEqual(new Map(cases.map((c) => [c, [1, 2, 3, 4]]))));
    await process.feed.stop();
    await database.close();
    await copy.close();
  }, 60_000);

  it('started all the same, loses what is told from then on', async () => {
    const { database, cases } = await withHistory();
    const copy = await restored(database);
    const process = await start(copy.db, UninspectingFeed);
    await process.feed.start();
    const fresh = Array.from({ length: 20 }, () => uuidv7());
    await tell(process, [...cases, ...fresh]);
    await new Promise((r) => setTimeout(r, 2000));
    const read = await seqs(copy.db);
    await process.feed.stop();
    expect([...cases, ...fresh].filter((c) => (read.get(c)?.length ?? 0) < (fresh.includes(c) ? 1 : 4)).length).toBeGreaterThan(30);
    await database.close();
    await copy.close();
  }, 60_000);
});

describe('a log where it always was', () => {
  it('is not taken for a restored one', async () => {
    const { database } = await withHistory();
    const process = await start(database.db);
    await process.feed.start();
    await process.feed.stop();
    await database.close();
  }, 60_000);
});
