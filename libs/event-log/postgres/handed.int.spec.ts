import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Database } from '#libs/persistence/index.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { Add, Count, CountedV1, registerTally, Tally1700000000099, tallyGroup, tallyTypes, type Mood, type Sum } from '#libs/testing/tally.js';
import { rowsRead } from '#libs/testing/rows-read.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Bell, Decoder, logMigrations, Outbox, PostgresFeed, unreadEntries, type Gap, type Group } from '../index.js';
import type { FeedOptions } from '../dispatch.js';
import { BETWEEN, OutboxReader, type FeedRow } from './outbox-reader.js';
import { PARTITIONS, partitionOfCase } from './partitions.js';

let database: TestDatabase;
const feeds: PostgresFeed[] = [];
beforeEach(async () => {
  database = await openTestDatabase([...logMigrations, Tally1700000000099]);
}, 30_000);
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  await database.close();
});

interface Process { readonly unitOfWork: UnitOfWork; readonly feed: PostgresFeed; readonly gaps: Gap[]; readonly moods: Map<string, Mood> }
/** A process that reads for these groups; alone, it holds every partition. */
const open = async (name: string, groups: readonly Group[], options: FeedOptions = {}): Promise<Process> => {
  const db = await database.open(name);
  const [outbox, clock, gaps, moods] = [new Outbox(), new SystemClock(), [] as Gap[], new Map<string, Mood>()];
  const unitOfWork = new UnitOfWork(db, clock, outbox);
  registerTally(unitOfWork, { by: name, moods });
  const feed = new PostgresFeed(db, unitOfWork, new Bell(db, outbox), clock, { decoder: new Decoder(tallyTypes), onGap: (gap) => gaps.push(gap), ...options });
  for (const group of groups) feed.subscribe(group);
  feeds.push(feed);
  await feed.start();
  return { unitOfWork, feed, gaps, moods };
};
const seqsOf = async (caseId: string): Promise<readonly number[] | undefined> => (await database.db.rows<{ doc: Sum }>(`select doc from tally.sum where group_name = 'left' and case_id = $1`, [caseId]))[0]?.doc.seqs;

/** An open writing transaction: nothing that commits after it began can be read from the log. */
const closeFence = async (): Promise<() => Promise<void>> => {
  const client = await database.db.connect();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return async () => {
    await client.query('rollback');
    client.release();
  };
};

describe('what a process has committed itself', () => {
  it('is handed to its groups in memory, before it can be read, and once', async () => {
    const { unitOfWork, feed, gaps } = await open('one', [tallyGroup('left')]);
    const caseId = uuidv7();
    const openFence = await closeFence();
    await unitOfWork.execute(new Count(caseId));
    await unitOfWork.execute(new Count(caseId));
    await eventuallyHolds(async () => expect(await seqsOf(caseId)).toEqual([1, 2]));
    expect((await feed.lag()).get('left')).toBe(2);
    await openFence();
    await eventually(async () => (await feed.lag()).get('left') === 0);
    await unitOfWork.execute(new Count(caseId));
    await eventuallyHolds(async () => expect(await seqsOf(caseId)).toEqual([1, 2, 3]));
    expect(gaps).toEqual([]);
  });

  it('is read, when something older of its case by another process has not come by', async () => {
    const { unitOfWork, gaps } = await open('one', [tallyGroup('left')]);
    const other = await open('other', []);
    const caseId = uuidv7();
    const openFence = await closeFence();
    await other.unitOfWork.execute(new Count(caseId));
    await unitOfWork.execute(new Count(caseId));
    await sleep(500);
    expect(await seqsOf(caseId)).toBeUndefined();
    await openFence();
    await eventuallyHolds(async () => expect(await seqsOf(caseId)).toEqual([1, 2]));
    expect(gaps).toEqual([]);
  });

  it('is passed by without being read; what another process states between is read', async () => {
    const read: string[] = [];
    const reader = OutboxReader.prototype as unknown as { read(): Promise<readonly FeedRow[]> };
    const really = reader.read;
    const reading = jest.spyOn(reader, 'read').mockImplementation(async function (this: OutboxReader) {
      const rows = await really.call(this as never);
      read.push(...rows.map((row) => `${row.case_id}/${row.seq}`));
      return rows;
    });
    try {
      const { unitOfWork, feed, gaps } = await open('one', [tallyGroup('left')]);
      const other = await open('other', []);
      const [caseId, theirs] = [uuidv7(), uuidv7()];
      const isPassedBy = () => eventually(async () => (await feed.lag()).get('left') === 0);
      const count = async (n: number): Promise<void> => {
        await unitOfWork.execute(new Count(caseId));
        await eventuallyHolds(async () => expect(await seqsOf(caseId)).toHaveLength(n));
      };
      await count(1);
      await isPassedBy();
      read.length = 0; // who has just begun reads first
      for (let n = 2; n <= 5; n++) await count(n);
      await isPassedBy();
      expect(read).toEqual([]);
      // Between two of its own, and nobody rings for it.
      const openFence = await closeFence();
      await count(6);
      await database.db.rows(`insert into log.entry (case_id, seq, types, at, data) values ($1, 1, 'tally.counted.v1', 0, '{"n":1}')`, [theirs]);
      await count(7);
      await openFence();
      await isPassedBy();
      expect(read).toContain(`${theirs}/1`);
      expect(await seqsOf(theirs)).toEqual([1]);
      await count(8);
      await isPassedBy();
      expect(read).not.toContain(`${caseId}/8`);
      await other.unitOfWork.execute(new Count(caseId));
      await eventuallyHolds(async () => expect(await seqsOf(caseId)).toHaveLength(9));
      expect(gaps).toEqual([]);
    } finally {
      reading.mockRestore();
    }
  });

  it('is passed by for what it costs to look at what came since, also where that was planned while the log was empty', async () => {
    const client = await database.db.connect();
    try {
      const state = async (events: number): Promise<string> => (await client.query<{ txid: string }>(
        `with stated as (insert into log.entry (case_id, seq, types, at, data) select gen_random_uuid(), 1, 'stated', 0, '{}' from generate_series(1, $1::int) returning txid) select min(txid::text) txid from stated`, [events])).rows[0]!.txid;
      const each = (value: string): string => `'{${Array.from({ length: PARTITIONS }, () => value).join(',')}}'`;
      const passing = (after: string, upTo: string): string =>
        `execute passing ('{${Array.from({ length: PARTITIONS }, (_, p) => p).join(',')}}', ${each(after)}, ${each('9223372036854775807')}, '${upTo}', '{${upTo}}')`;
      await client.query(`prepare passing (smallint[], xid8[], bigint[], xid8, xid8[]) as ${BETWEEN}`);
      const first = await state(1);
      expect((await client.query<{ txids: string[] }>(passing('0', first))).rows[0]!.txids).toEqual([first]);
      const before = await state(5000);
      const own = await state(2);
      expect((await client.query<{ txids: string[] }>(passing(before, own))).rows[0]!.txids).toEqual([own]);

      expect(await rowsRead(client, passing(before, own))).toBeLessThan(1000);
    } finally {
      client.release();
    }
  });

  it('is passed by without a pause where something is left to be read behind it', async () => {
    const { unitOfWork, gaps } = await open('one', [tallyGroup('left')], { pageSize: 1 });
    const other = await open('other', []);
    const [left, done] = [uuidv7(), uuidv7()];
    const openFence = await closeFence();
    await other.unitOfWork.execute(new Count(left));
    for (let n = 1; n <= 10; n++) for (const caseId of [done, left]) await unitOfWork.execute(new Count(caseId));
    await eventuallyHolds(async () => expect(await seqsOf(done)).toHaveLength(10));
    expect(await seqsOf(left)).toBeUndefined();
    await openFence();
    const began = performance.now();
    await eventuallyHolds(async () => expect(await seqsOf(left)).toHaveLength(11));
    expect(performance.now() - began).toBeLessThan(3000);
    expect(gaps).toEqual([]);
  });

  it('does not keep a member that always has some in hand from what another states, of which nobody tells it', async () => {
    const db = await database.open('busy');
    const outbox = new Outbox();
    const unitOfWork = new UnitOfWork(db, new SystemClock(), outbox);
    registerTally(unitOfWork);
    const bell = new Bell(db, outbox);
    const [mine, theirs] = [uuidv7(), uuidv7()];
    const came: string[] = [];
    let isBusy = true;
    let waited = 0;
    const reader: OutboxReader = new OutboxReader('busy', db, bell, {
      taken: async () => undefined,
      page: async (rows) => {
        came.push(...rows.map((row) => row.case_id));
        return undefined;
      },
      handed: async () => {
        await unitOfWork.execute(new Count(mine)); // so there is always more
        waited = reader.waiting;
        if (waited === 0 && isBusy) throw new Error('it had nothing in hand');
        return true;
      },
    }, {});
    await bell.start();
    await reader.start();
    try {
      await unitOfWork.execute(new Count(mine));
      await eventually(() => waited > 0);
      await database.db.rows(`insert into log.entry (case_id, seq, types, at, data) values ($1, 1, 'tally.counted.v1', 0, '{"n":1}')`, [theirs]);
      const since = performance.now();
      await eventually(() => came.includes(theirs));
      expect(performance.now() - since).toBeLessThan(2500);
      expect(reader.failing).toBe(false);
    } finally {
      isBusy = false;
      await reader.stop();
      await bell.stop();
    }
  });

  it('is read, where it was committed before the partitions were held: an earlier owner may have worked on it', async () => {
    const db = await database.open('reader');
    const outbox = new Outbox();
    const bell = new Bell(db, outbox);
    const came: string[] = [];
    const reader = new OutboxReader('taker', db, bell, {
      taken: async () => undefined,
      page: async (rows) => {
        came.push(...rows.map((row) => `read ${row.case_id}`));
        return undefined;
      },
      handed: async (events) => {
        came.push(...events.map((e) => `handed ${e.caseId}`));
        return true;
      },
    }, {});
    /** Committed; what is answered rings for it. */
    const state = async (caseId: string): Promise<() => void> => {
      const [row] = await db.rows<{ txid: string }>(`insert into log.entry (case_id, seq, types, at, data) values ($1, 1, 'tally.counted.v1', 0, '{"n":1}') returning txid::text txid`, [caseId]);
      return () => outbox.ring([{ specversion: '1.0', id: `${caseId}/1`, source: '/tally', type: 'tally.counted.v1', subject: caseId, time: new Date(0).toISOString(), caseId, seq: 1, data: { n: 1 } }], row!.txid);
    };
    const [before, after] = [uuidv7(), uuidv7()];
    const ringForBefore = await state(before);
    await reader.start();
    try {
      ringForBefore();
      (await state(after))();
      await eventually(() => came.includes(`read ${before}`) && came.includes(`handed ${after}`));
      expect(came).not.toContain(`handed ${before}`);
    } finally {
      await reader.stop();
      await bell.stop();
    }
  });

  it('is handed to who shares the partitions as far as it lies in its own; the rest is read by those who have it', async () => {
    const one = await open('one', [tallyGroup('left')]);
    await open('other', [tallyGroup('left')]);
    await sleep(1300); // each has its half by then
    const list = Array.from({ length: 60 }, () => uuidv7());
    const sums = async (): Promise<Map<string, Sum>> => new Map((await database.db.rows<{ case_id: string; doc: Sum }>('select case_id, doc from tally.sum')).map((row) => [row.case_id, row.doc]));
    const openFence = await closeFence();
    await one.unitOfWork.executeAll(list.map((caseId) => new Count(caseId)));
    await sleep(500);
    const handed = await sums();
    const partitionsOf = (cases: readonly string[]): Set<number> => new Set(cases.map(partitionOfCase));
    const left = list.filter((caseId) => !handed.has(caseId));
    expect([...handed.keys()].length).toBeGreaterThan(0);
    expect(left.length).toBeGreaterThan(0);
    expect([...partitionsOf([...handed.keys()])].filter((p) => partitionsOf(left).has(p))).toEqual([]);
    await openFence();
    await eventuallyHolds(async () => expect((await sums()).size).toBe(list.length));
    for (const [caseId, { seqs, by }] of await sums()) expect([seqs, by]).toEqual([[1], [handed.has(caseId) ? 'one' : 'other']]);
    expect(one.gaps).toEqual([]);
  });

  it('is begun with by nobody who has just given its partition away, also when it was committed in that moment', async () => {
    const [db, outbox] = [await database.open('one'), new Outbox()];
    const begun: Envelope[] = [];
    const readerOn = (on: Database, bell: Bell): OutboxReader => new OutboxReader('taker', on, bell, {
      taken: async () => undefined, page: async () => undefined,
      handed: async (events) => {
        begun.push(...events.filter(({ caseId }) => !one.holds(caseId)));
        return true;
      },
    }, {});
    const bells = [new Bell(db, outbox), new Bell(await database.open('other'), new Outbox())];
    const one = readerOn(db, bells[0]!);
    const other = readerOn(await database.open('another'), bells[1]!);
    const list = Array.from({ length: 60 }, () => uuidv7());
    const inside = OutboxReader.prototype as unknown as { attend(): Promise<void>; savePlaces(): Promise<void> };
    const [attends, saves] = [inside.attend, inside.savePlaces];
    await one.start();
    await db.rows(`insert into log.entry (case_id, seq, types, at, data) select c, 1, 'tally.counted.v1', 0, '{"n":1}' from unnest($1::uuid[]) c`, [`{${list.join(',')}}`]);
    const [{ txid }] = (await db.rows<{ txid: string }>('select pg_current_xact_id()::text txid')) as [{ txid: string }];
    let [attending, rang] = [false, false];
    const attended = jest.spyOn(inside, 'attend').mockImplementation(async function (this: OutboxReader) {
      if (this === one) attending = true;
      await attends.call(this as never).finally(() => this === one && (attending = false));
    });
    // Who saves its places while it looks how many there are gives some of them away.
    const saved = jest.spyOn(inside, 'savePlaces').mockImplementation(async function (this: OutboxReader) {
      await saves.call(this as never);
      if (this !== one || !attending || rang) return;
      rang = true;
      outbox.ring(list.map((caseId) => ({ specversion: '1.0', id: `${caseId}/1`, source: '/tally', type: 'tally.counted.v1', subject: caseId, time: new Date(0).toISOString(), caseId, seq: 1, data: { n: 1 } })), txid);
    });
    try {
      await other.start();
      await eventually(() => list.some((caseId) => other.holds(caseId)));
      await sleep(300);
      expect(rang).toBe(true);
      expect(begun).toEqual([]);
    } finally {
      attended.mockRestore();
      saved.mockRestore();
      await Promise.all([one.stop(), other.stop()]);
      await Promise.all(bells.map((bell) => bell.stop()));
    }
  });

  it('stays in the process that opens a case, which chooses ids in partitions that all its groups have; and in any once it is alone', async () => {
    const outside = (name: 'left' | 'right'): Group => tallyGroup(name, {
      kind: 'once', reactions: [],
      outward: { on: [CountedV1 as unknown as EventType], prepare: async () => undefined, work: async ({ events }) => events.map((e) => new Add(name, e.caseId, e.seq, 1)) },
    });
    const processes: Process[] = [];
    for (const name of ['one', 'other']) processes.push(await open(name, [outside('left'), outside('right')]));
    for (const { unitOfWork, feed } of processes) unitOfWork.fuseWith(feed.fused);
    await sleep(1300); // each has its half by then
    const ids = processes.map(({ unitOfWork }) => Array.from({ length: 50 }, () => unitOfWork.newCaseId(Date.now())));
    const chosen = ids.map((list) => new Set(list.map(partitionOfCase)));
    expect(chosen.map((partitions) => partitions.size > 1)).toEqual([true, true]);
    expect([...chosen[0]!].filter((p) => chosen[1]!.has(p))).toEqual([]);
    await Promise.all(processes.map(({ unitOfWork }, i) => unitOfWork.executeAll(ids[i]!.map((caseId) => new Count(caseId)))));
    const who = async (): Promise<string[]> => (await database.db.rows<{ case_id: string; doc: Sum }>('select case_id, doc from tally.sum')).map(({ case_id: id, doc }) => `${ids[0]!.includes(id) ? 'one' : 'other'} by ${doc.by.join()}`);
    await eventuallyHolds(async () => expect(await who()).toHaveLength(200));
    expect(new Set(await who())).toEqual(new Set(['one by one', 'other by other']));

    await processes[1]!.feed.stop();
    expect(processes[1]!.feed.fused.holdsAny).toBe(false);
    expect(processes[1]!.unitOfWork.newCaseId(Date.now())).toMatch(/^[0-9a-f-]{36}$/);
    await eventually(() => new Set(Array.from({ length: 200 }, () => partitionOfCase(processes[0]!.unitOfWork.newCaseId(Date.now())))).size === PARTITIONS);
  });

  it('wakes nobody who has none of its partitions', async () => {
    const one = await open('one', [tallyGroup('left')]);
    const other = await open('other', [tallyGroup('left')]);
    await sleep(1300);
    const reads = new Map<unknown, number>();
    const reader = OutboxReader.prototype as unknown as { read(): Promise<readonly FeedRow[]> };
    const really = reader.read;
    const reading = jest.spyOn(reader, 'read').mockImplementation(function (this: OutboxReader) {
      reads.set(this, (reads.get(this) ?? 0) + 1);
      return really.call(this as never);
    });
    try {
      const list = Array.from({ length: 200 }, () => uuidv7());
      const [probe] = list;
      await one.unitOfWork.executeAll(list.map((caseId) => new Count(caseId)));
      await eventuallyHolds(async () => expect((await database.db.rows('select from tally.sum')).length).toBe(list.length));
      const by = (await database.db.rows<{ doc: Sum }>('select doc from tally.sum where case_id = $1', [probe!]))[0]!.doc.by[0]!;
      await sleep(1500); // all is passed by
      reads.clear();
      const began = performance.now();
      const owner = by === 'one' ? one : other;
      for (let n = 0; n < 20; n++) { // stated where it is worked on: the other process is told of it, and has nothing to read
        await owner.unitOfWork.execute(new Count(probe!));
        await sleep(30);
      }
      await eventuallyHolds(async () => expect(await seqsOf(probe!)).toHaveLength(21));
      expect([...reads.values()].reduce((a, b) => a + b, 0)).toBeLessThan(10 + (performance.now() - began) / 200); // each looks by itself twice a second at the most; woken, four times a ring
    } finally {
      reading.mockRestore();
    }
  });

  it('goes back to the reading when it fails, and is done once when all is well', async () => {
    const { unitOfWork, feed, moods, gaps } = await open('one', [tallyGroup('left')]);
    const [ill, well] = [uuidv7(), uuidv7()];
    await unitOfWork.execute(new Count(ill));
    await eventuallyHolds(async () => expect(await seqsOf(ill)).toEqual([1]));
    const another = await open('another', []);
    moods.set(ill, 'ill');
    await another.unitOfWork.execute(new Count(ill)); // its own moods are good
    await eventually(() => feed.failing().includes('left'));
    await unitOfWork.execute(new Count(well));
    moods.clear();
    await eventuallyHolds(async () => expect([await seqsOf(ill), await seqsOf(well)]).toEqual([[1, 2], [1]]));
    expect(gaps).toEqual([]);
  });

  it('is told to work outside as new: no other can have begun it', async () => {
    const seen: { readonly seqs: readonly number[]; readonly redelivered: boolean }[] = [];
    const outside = tallyGroup('left', {
      kind: 'once', reactions: [],
      outward: { on: [CountedV1 as unknown as EventType], work: async ({ events, redelivered }) => {
        seen.push({ seqs: events.map((e) => e.seq), redelivered });
        return events.map((e) => new Add('left', e.caseId, e.seq, 1));
      } },
    });
    const { unitOfWork } = await open('one', [outside]);
    const caseId = uuidv7();
    for (let n = 1; n <= 3; n++) {
      await unitOfWork.execute(new Count(caseId));
      await eventuallyHolds(async () => expect(await seqsOf(caseId)).toHaveLength(n));
    }
    await sleep(500); // it was read meanwhile
    expect(seen).toEqual([1, 2, 3].map((seq) => ({ seqs: [seq], redelivered: false })));
  });
});

describe('a backlog', () => {
  it('gives way to work in hand, but never stands still', async () => {
    const other = await open('other', []);
    const caseId = uuidv7();
    for (let n = 1; n <= 20; n++) await other.unitOfWork.execute(new Count(caseId));
    const db = await database.open('reader');
    const [bell, came] = [new Bell(db, new Outbox()), [] as number[]];
    let behind = true;
    const reader = new OutboxReader('backlog', db, bell, {
      taken: async () => undefined,
      page: async (rows) => {
        came.push(...rows.map((row) => row.seq));
        return undefined;
      },
    }, { pageSize: 1, givesWay: () => behind });
    await reader.start();
    try {
      await eventually(() => came.length > 0);
      const [first, since] = [came.length, performance.now()];
      await sleep(700);
      expect(came.length).toBeGreaterThan(first);
      expect(came.length - first).toBeLessThanOrEqual((performance.now() - since) / 200 + 1);
      const began = performance.now();
      behind = false;
      await eventually(() => came.length === 20);
      expect(performance.now() - began).toBeLessThan(2500);
      expect(came).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    } finally {
      await reader.stop();
    }
  });

  it('is read in larger pages where little in them concerns the group', async () => {
    const caseId = uuidv7();
    await database.db.rows(`insert into log.entry (case_id, seq, types, at, data) select $1, n, case when n > 300 then 'tally.counted.v1' else 'tally.noted.v1' end, 0, '{"n":1}' from generate_series(1, 600) n`, [caseId]);
    const db = await database.open('reader');
    const pages: number[] = [];
    const reader = new OutboxReader('larger', db, new Bell(db, new Outbox()), {
      taken: async () => undefined,
      page: async (rows) => {
        pages.push(rows.length);
        return undefined;
      },
    }, { wanted: ['tally.counted.v1'] });
    await reader.start();
    try {
      await eventually(() => pages.reduce((sum, n) => sum + n, 0) === 600);
      expect(pages.slice(0, 7)).toEqual([8, 64, 64, 64, 64, 64, 19]); // of one of sixteen partitions; 28 of the sixth concern it
      expect(new Set(pages.slice(7, -1))).toEqual(new Set([8]));
    } finally {
      await reader.stop();
    }
  });
});

describe('what is not read yet', () => {
  const counting: readonly (readonly [string, (db: Database) => Promise<number>])[] = [
    ['of a group', (db) => new OutboxReader('left', db, undefined as never, undefined as never, {}).lag()],
    ['of the slowest', unreadEntries],
  ];
  it.each(counting)('%s is counted without what is, also where that was planned while the log was empty', async (_, count) => {
    const { db } = database;
    const asked = jest.spyOn(db, 'rows');
    expect(await count(db)).toBe(0);
    const [text, values] = asked.mock.calls[0]! as [string, readonly string[] | undefined];
    const carriedOut = values ? `execute counting ('${values.join("', '")}')` : 'execute counting';
    const client = await db.connect();
    try {
      await client.query(`prepare counting as ${text}`);
      await client.query(carriedOut);
      const state = (events: number) => client.query(`insert into log.entry (case_id, seq, types, at, data) select gen_random_uuid(), 1, 'stated', 0, '{}' from generate_series(1, $1::int)`, [events]);
      await state(5000);
      await client.query(`insert into log.checkpoint (group_name, partition, txid, position) select 'left', p, pg_snapshot_xmax(pg_current_snapshot()), -1 from generate_series(0, ${PARTITIONS - 1}) p`);
      await state(3);
      expect(await count(db)).toBe(3);
      expect(await rowsRead(client, carriedOut)).toBeLessThan(1000);
    } finally {
      client.release();
    }
  });
});
