import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Tx } from '#libs/persistence/index.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { UnfencedFeed } from '#libs/testing/safety-off/feeds.js';
import { UnitOfWorkWithRowLocks } from '#libs/testing/safety-off/row-locks.js';
import { Count, CountedV1, registerTally, Tally1700000000099, Tell, tallyGroup, tallyTypes, type Sum } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Bell, Decoder, logMigrations, Outbox, partitionOf, PostgresFeed, type Gap } from '../index.js';

let database: TestDatabase;
const feeds: PostgresFeed[] = [];
beforeEach(async () => {
  database = await openTestDatabase([...logMigrations, Tally1700000000099]);
}, 30_000);
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  await database.close();
});

const writer = async <U extends UnitOfWork>(name: string, Kind: new (...args: ConstructorParameters<typeof UnitOfWork>) => U): Promise<U> => {
  const unitOfWork = new Kind(await database.open(name), new SystemClock(), new Outbox());
  registerTally(unitOfWork, { by: name });
  return unitOfWork;
};
const reader = async (Kind: typeof PostgresFeed, pageSize = 64): Promise<{ feed: PostgresFeed; gaps: Gap[] }> => {
  const [db, outbox, clock, gaps] = [await database.open('reader'), new Outbox(), new SystemClock(), [] as Gap[]];
  const unitOfWork = new UnitOfWork(db, clock, outbox);
  registerTally(unitOfWork);
  const feed = new Kind(db, unitOfWork, new Bell(db, outbox), clock, { pageSize, decoder: new Decoder(tallyTypes), onGap: (gap) => gaps.push(gap) });
  feeds.push(feed);
  feed.subscribe(tallyGroup('left'));
  await feed.start();
  return { feed, gaps };
};
const sumOf = async (caseId: string): Promise<Sum | undefined> => (await database.db.rows<{ doc: Sum }>('select doc from tally.sum where case_id = $1', [caseId]))[0]?.doc;

/** What a reader loses that goes by the log's order and drops what is older than the last it applied: the inbox of design, without its look back. */
const droppedInLogOrder = async (): Promise<number> => {
  const last = new Map<string, number>();
  let dropped = 0;
  for (const { case_id, seq } of await database.db.rows<{ case_id: string; seq: number }>('select case_id, seq from log.event order by txid, position')) {
    if (seq < (last.get(case_id) ?? 0)) dropped++;
    else last.set(case_id, seq);
  }
  return dropped;
};

/** Our own locks, with the same pause between two of them as the row locks have. */
class UnitOfWorkWithPause extends UnitOfWork {
  pauseMs = 0;

  protected override lock(tx: Tx, caseIds: readonly string[]): void {
    tx.write('select pg_advisory_xact_lock(k), pg_sleep($2) from (select uuid_hash_extended(c, 0) k from unnest($1::uuid[]) c order by 1 offset 0) ordered', [`{${caseIds.join(',')}}`, this.pauseMs / 1000]);
  }
}

describe('two lists that meet at one case', () => {
  /** Both kinds of lock take A before B. */
  const pair = async (): Promise<readonly [string, string]> => {
    for (;;) {
      const [a, b] = [uuidv7(), uuidv7()];
      const [row] = await database.db.rows<{ inOrder: boolean }>('select $1::uuid < $2::uuid and uuid_hash_extended($1::uuid, 0) < uuid_hash_extended($2::uuid, 0) "inOrder"', [a, b]);
      if (row!.inOrder) return [a, b];
    }
  };
  /** One has A and reaches for B; the other, begun a moment later, has B before it gets there. Answers every B. */
  const meet = async (Kind: new (...args: ConstructorParameters<typeof UnitOfWork>) => UnitOfWork & { pauseMs: number }, rounds = 3): Promise<string[]> => {
    const [long, short] = [await writer('long', Kind), await writer('short', Kind)];
    long.pauseMs = 400;
    const met: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const [a, b] = await pair();
      await short.executeAll([new Count(a), new Count(b)]);
      const first = long.executeAll([new Count(a), new Count(b)]);
      await sleep(200);
      const answers = await Promise.all([first, short.executeAll([new Count(b, 10)])]);
      // the other came first: the one that had begun before it counted on from there
      expect(answers).toEqual([[{ ok: true, value: 2 }, { ok: true, value: 12 }], [{ ok: true, value: 11 }]]);
      met.push(b);
    }
    return met;
  };

  it('keep its events in order under advisory locks: nothing is dropped', async () => {
    const met = await meet(UnitOfWorkWithPause);
    expect(await droppedInLogOrder()).toBe(0);
    const { gaps } = await reader(PostgresFeed, 1);
    for (const caseId of met) await eventuallyHolds(async () => expect((await sumOf(caseId))?.seqs).toEqual([1, 2, 3]));
    expect(gaps).toEqual([]);
  });

  it('invert them under row locks, and a reader in the log’s order drops one every time', async () => {
    const met = await meet(UnitOfWorkWithRowLocks);
    expect(await droppedInLogOrder()).toBe(met.length);
  });

  it('and were they inverted, our feed would fetch what came too early for its place, and raise the alarm', async () => {
    const { gaps } = await reader(PostgresFeed, 1); // a page of one event: nothing is put in order by chance
    const met = await meet(UnitOfWorkWithRowLocks);
    for (const caseId of met) await eventuallyHolds(async () => expect((await sumOf(caseId))?.seqs).toEqual([1, 2, 3]));
    expect(new Map(gaps.map(({ caseId, seqs }) => [caseId, seqs]))).toEqual(new Map(met.map((caseId) => [caseId, [2]])));
    expect(gaps).toHaveLength(met.length);
  });

  it('in races of many lists stay in order under advisory locks', async () => {
    const list = Array.from({ length: 12 }, () => uuidv7());
    const writers = [await writer('one', UnitOfWork), await writer('two', UnitOfWork), await writer('three', UnitOfWork)];
    await Promise.all(writers.flatMap((w, i) => Array.from({ length: 25 }, async (_, n) => {
      await sleep((n * 7 + i * 3) % 20);
      const some = list.filter((_c, k) => (k * 5 + n * 3 + i) % 4 === 0);
      for (const answer of await w.executeAll(some.map((c) => new Count(c)))) expect(answer).toMatchObject({ ok: true });
    })));
    expect(await droppedInLogOrder()).toBe(0);
  });
});

describe('an event committed late', () => {
  const commitLate = async (): Promise<string> => {
    const [slow, quick] = [await writer('slow', UnitOfWork), await writer('quick', UnitOfWork)];
    const partition = async (caseId: string) => (await database.db.rows<{ p: number }>(`select ${partitionOf('$1::uuid')} p`, [caseId]))[0]!.p;
    const late = uuidv7();
    let early = uuidv7();
    while ((await partition(early)) !== (await partition(late))) early = uuidv7();
    const session = await slow.join([late], async (unit) => {
      // Its events are written at once, so that they also have the earlier position.
      await unit.tx.rows('insert into log.entry (case_id, seq, types, at, data) values ($1, 1, $2, 0, $3)', [late, 'tally.counted.v1', { n: 1 }]);
      await quick.executeAll([new Tell(early, [CountedV1(early, { n: 1 })])]);
      await sleep(700);
      return late;
    });
    await eventually(async () => (await sumOf(early)) !== undefined);
    return session;
  };

  it('is read after all, behind the fence', async () => {
    await reader(PostgresFeed);
    const late = await commitLate();
    await eventuallyHolds(async () => expect((await sumOf(late))?.seqs).toEqual([1]));
  });

  it('is lost by a reader that goes by position alone', async () => {
    await reader(UnfencedFeed);
    const late = await commitLate();
    await sleep(1200);
    expect(await sumOf(late)).toBeUndefined();
  });
});
