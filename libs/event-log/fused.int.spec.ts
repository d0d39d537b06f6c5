import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { eventuallyHolds } from '#libs/testing/eventually.js';
import { Add, Count, CountedV1, NotedV1, registerTally, Tally1700000000099, Tell, tallyGroup, tallyTypes, type Mood, type Sum } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Bell, Decoder, logMigrations, Outbox, PostgresFeed, when, type Group } from './index.js';

let database: TestDatabase;
let feeds: PostgresFeed[];
beforeEach(() => {
  feeds = [];
});
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
  await database.close();
});

interface Process { readonly unitOfWork: UnitOfWork; readonly feed: PostgresFeed; readonly moods: Map<string, Mood> }
const open = async (fuse: boolean, groups: readonly Group[]): Promise<Process> => {
  database = await openTestDatabase([...logMigrations, Tally1700000000099]);
  const [outbox, clock, moods] = [new Outbox(), new SystemClock(), new Map<string, Mood>()];
  const unitOfWork = new UnitOfWork(database.db, clock, outbox);
  registerTally(unitOfWork, { moods });
  const feed = new PostgresFeed(database.db, unitOfWork, new Bell(database.db, outbox), clock, { decoder: new Decoder(tallyTypes) });
  for (const group of groups) feed.subscribe(group);
  if (fuse) unitOfWork.fuseWith(feed.fused);
  feeds.push(feed);
  return { unitOfWork, feed, moods };
};
const tell = (caseId: string, ...ns: number[]): Tell => new Tell(caseId, ns.map((n) => CountedV1(caseId, { n })));
const sum = async (caseId: string, group = 'left'): Promise<Sum | undefined> => (await database.db.rows<{ doc: Sum }>('select doc from tally.sum where group_name = $1 and case_id = $2', [group, caseId]))[0]?.doc;
const caughtUp = (feed: PostgresFeed): Promise<void> => eventuallyHolds(async () => expect([...(await feed.lag()).values()].every((n) => n === 0)).toBe(true));

/** Counts down: what it does makes another event of the case, which it reacts to in turn. */
const countdown: Group = tallyGroup('right', { fused: true, reactions: [when(CountedV1, (e) => (e.data.n > 1 ? new Count(e.caseId, e.data.n - 1) : undefined))] });
const left = tallyGroup('left', { fused: true });

describe('a reaction fused with what it reacts to', () => {
  it('is done when the caller has the answer, in the same commit and before any feed runs', async () => {
    const { unitOfWork } = await open(true, [left]);
    const caseId = uuidv7();
    await unitOfWork.execute(tell(caseId, 3, 4));
    expect(await sum(caseId)).toMatchObject({ total: 7, seqs: [1, 2] });
    expect(unitOfWork.counters.commits).toBe(1);
  });

  it('is not done again by the feed', async () => {
    const { unitOfWork, feed } = await open(true, [left]);
    const caseId = uuidv7();
    await unitOfWork.execute(tell(caseId, 3));
    await feed.start();
    await caughtUp(feed);
    await unitOfWork.execute(tell(caseId, 4));
    await caughtUp(feed);
    expect(await sum(caseId)).toMatchObject({ total: 7, seqs: [1, 2] });
  });

  it('leaves the same behind as the feed would: rows, events, numbers, cursors', async () => {
    const cases = Array.from({ length: 5 }, () => uuidv7());
    const leftBehind = async (fuse: boolean): Promise<unknown> => {
      const { unitOfWork, feed } = await open(fuse, [left, countdown]);
      await feed.start();
      for (const [i, caseId] of cases.entries()) {
        await unitOfWork.execute(tell(caseId, i % 5));
        await unitOfWork.execute(new Tell(caseId, [NotedV1(caseId, {})]));
        await caughtUp(feed);
        await eventuallyHolds(async () => expect((await sum(caseId))?.total).toBe(total(i % 5)));
        await Promise.all([unitOfWork.execute(tell(caseId, 2)), unitOfWork.execute(new Tell(caseId, [NotedV1(caseId, {})]))]);
        await eventuallyHolds(async () => expect((await sum(caseId))?.total).toBe(total(i % 5) + 3));
        await caughtUp(feed);
      }
      const { db } = database;
      const state = {
        sums: await db.rows(`select case_id, doc->>'total' total from tally.sum order by case_id`),
        counters: await db.rows('select * from tally.counter order by case_id'),
        events: await db.rows('select case_id, type, count(*)::int n, sum((data->>$1)::int)::int total, max(seq) last from log.event group by 1, 2 order by 1, 2', ['n']),
        parked: await feed.parked(),
      };
      await feed.stop();
      feeds.pop();
      await database.close();
      return state;
    };
    expect(await leftBehind(true)).toEqual(await leftBehind(false));
  }, 30_000);

  it('waits for the feed while something older of its case is still to come', async () => {
    const { unitOfWork, feed } = await open(true, [left]);
    const caseId = uuidv7();
    await unitOfWork.executeAll([tell(caseId, 1)], { fuse: false });
    await unitOfWork.execute(tell(caseId, 2));
    expect(await sum(caseId)).toBeUndefined();
    await feed.start();
    await eventuallyHolds(async () => expect(await sum(caseId)).toMatchObject({ seqs: [1, 2] }));
    await unitOfWork.execute(tell(caseId, 3));
    expect(await sum(caseId)).toMatchObject({ seqs: [1, 2, 3] });
  });

  it('is fused again after the feed has passed over what concerned nobody', async () => {
    const { unitOfWork, feed } = await open(true, [left]);
    const caseId = uuidv7();
    await unitOfWork.executeAll([new Tell(caseId, [CountedV1(caseId, { n: 1 }), NotedV1(caseId, {}), NotedV1(caseId, {})])], { fuse: false });
    await feed.start();
    await eventuallyHolds(async () => expect(await sum(caseId)).toMatchObject({ seqs: [1] }));
    await unitOfWork.execute(tell(caseId, 2));
    expect(await sum(caseId)).toMatchObject({ seqs: [1, 4] });
  });

  it('goes on from the feed where a chain is longer than a transaction carries', async () => {
    const { unitOfWork, feed } = await open(true, [countdown]);
    const caseId = uuidv7();
    await unitOfWork.execute(tell(caseId, 40));
    const [{ n } = { n: 0 }] = await database.db.rows<{ n: number }>('select count(*)::int n from log.event');
    expect(n).toBe(17);
    await feed.start();
    await eventuallyHolds(async () => expect(await database.db.rows('select seq from log.event where case_id = $1', [caseId])).toHaveLength(40));
    expect(await feed.parked()).toEqual([]);
  });
});

describe('a fused reaction that fails', () => {
  it.each([['poison', 'too-heavy'], ['refused', 'tally-closed']] as const)('with %s refuses nothing that was told: the list runs again without it, and the feed parks the case', async (mood, reason) => {
    const { unitOfWork, feed, moods } = await open(true, [left]);
    const cases = Array.from({ length: 8 }, () => uuidv7());
    moods.set(cases[3]!, mood);
    await Promise.all(cases.map((c) => unitOfWork.execute(tell(c, 1)))); // every caller is told: accepted
    expect(await database.db.rows('select from log.event')).toHaveLength(8);
    await feed.start();
    await eventuallyHolds(async () => expect((await feed.parked()).map((p) => [p.caseId, p.seq, p.reason])).toEqual([[cases[3], 1, reason]]));
    for (const caseId of cases) if (caseId !== cases[3]) await eventuallyHolds(async () => expect(await sum(caseId)).toMatchObject({ seqs: [1] }));
    // and what is told of that case next is accepted too, and waits with it
    await unitOfWork.execute(tell(cases[3]!, 1));
    moods.clear();
    await feed.unpark('left', cases[3]!);
    expect(await sum(cases[3]!)).toMatchObject({ seqs: [1, 2] });
  });

  it('because the system is ill is tried by the feed until it is well', async () => {
    const { unitOfWork, feed, moods } = await open(true, [left]);
    const caseId = uuidv7();
    moods.set(caseId, 'ill');
    await unitOfWork.execute(tell(caseId, 1));
    await feed.start();
    await eventuallyHolds(() => expect(feed.failing()).toEqual(['left']));
    moods.clear();
    await eventuallyHolds(async () => expect(await sum(caseId)).toMatchObject({ seqs: [1] }));
    await eventuallyHolds(() => expect(feed.failing()).toEqual([]));
  });

  it('in the reaction itself refuses nothing either', async () => {
    const { unitOfWork } = await open(true, [tallyGroup('left', { fused: true, reactions: [when(CountedV1, () => {
      throw new Error('a bug');
    })] })]);
    const caseId = uuidv7();
    await unitOfWork.execute(tell(caseId, 1));
    expect(await database.db.rows('select from log.event')).toHaveLength(1);
  });

  it('leaves nothing of itself in what was accepted without it', async () => {
    const { unitOfWork, moods } = await open(true, [tallyGroup('left', { fused: true, reactions: [when(CountedV1, (e) => [new Count(e.caseId, 5), new Add('left', e.caseId, e.seq, 1)])] })]);
    const caseId = uuidv7();
    moods.set(caseId, 'poison');
    await unitOfWork.execute(new Tell(caseId, [CountedV1(caseId, { n: 1 })]));
    expect(await database.db.rows('select from tally.counter')).toEqual([]);
    expect(await database.db.rows('select from tally.cursor_left')).toEqual([]);
    expect(await database.db.rows('select from log.event')).toHaveLength(1);
  });
});

const total = (n: number): number => (n * (n + 1)) / 2;
