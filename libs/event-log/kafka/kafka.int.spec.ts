import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventType } from '#contracts/events/index.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { forgetPlace, openKafkaLog, type KafkaLog, type KafkaProcess } from '#libs/testing/kafka-log.js';
import { ForgetfulCursors } from '#libs/testing/safety-off/feeds.js';
import { Add, Count, CountedV1, NotedV1, registerTally, Tell, tallyGroup, tallyTypes, type Mood, type Sum, type TallyOptions } from '#libs/testing/tally.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { asAdmin } from './client.js';
import { KafkaMember } from './kafka-member.js';
import { LogNeedsRebase, makeTopics, PARTITIONS, partitionOf, rebaseLog, TopicsDiffer, type Group, type KafkaFeedOptions } from '../index.js';
import type { LocalBroker } from './local-broker.js';

let broker: LocalBroker | undefined;
let log: KafkaLog;
let moods: Map<string, Mood>;
let writer: KafkaProcess;

const cases = (n: number): string[] => Array.from({ length: n }, () => uuidv7());
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const reader = async (name: string, groups: readonly Group[] = [tallyGroup('left')], { gate, ...options }: Pick<TallyOptions, 'gate'> & Partial<KafkaFeedOptions> = {}): Promise<KafkaProcess> => {
  const one = await log.process(name, { types: tallyTypes, ...options });
  registerTally(one.unitOfWork, { by: name, moods, ...(gate && { gate }) });
  for (const group of groups) one.feed.subscribe(group);
  await one.feed.start();
  return one;
};
const countAll = async (list: readonly string[]): Promise<void> => {
  for (const answer of await writer.unitOfWork.executeAll(list.map((c) => new Count(c)))) expect(answer).toMatchObject({ ok: true });
};
const sums = async (group = 'left'): Promise<Map<string, Sum>> =>
  new Map((await log.database.db.rows<{ case_id: string; doc: Sum }>('select case_id, doc from tally.sum where group_name = $1', [group])).map((r) => [r.case_id, r.doc]));
const whoDid = async (): Promise<Set<string>> => new Set([...(await sums()).values()].map((s) => s.by.at(-1)!));
/** Every event once, and in order. */
const allApplied = (list: readonly string[], n: number, within = 15_000): Promise<void> =>
  eventuallyHolds(async () => {
    const now = await sums();
    expect(list.filter((c) => JSON.stringify(now.get(c)?.seqs) !== JSON.stringify(upTo(n)))).toEqual([]);
  }, { within, every: 50 });
const membersOf = async (group = 'left'): Promise<string[]> =>
  (await asAdmin(log.kafka, (admin) => admin.describeGroups([`${log.topic}.${group}`]))).groups.flatMap((g) => g.members.map((m) => m.memberId));
const isMember = (n: number): Promise<unknown> => eventually(async () => (await membersOf()).length === n, { within: 25_000, every: 50 });

beforeEach(async () => {
  broker ??= await startTestBroker();
  moods = new Map();
  log = await openKafkaLog(broker.brokers);
  writer = await reader('writer', []);
}, 60_000);
afterEach(() => log.close(), 60_000);

describeOnKafka('members of a group, over Kafka', () => {
  it('keep what is half done through a rebalance in the middle of a page: once, and in order', async () => {
    const list = cases(150);
    let [began, open] = [false, (): void => undefined];
    const held = new Promise<void>((resolve) => (open = resolve));
    const first = await reader('first', undefined, {
      gate: () => {
        began = true;
        return held;
      },
    });
    await isMember(1);
    const before = first.failures.length; // a broker that has just started may have sent it away once
    await countAll(list);
    await eventually(() => began);
    const second = await reader('second'); // the group assigns anew while the first has a transaction open
    await sleep(1000);
    expect((await sums()).size).toBe(0);
    open();
    await allApplied(list, 1);
    await countAll(list);
    await allApplied(list, 2);
    await eventually(async () => {
      await countAll(list);
      return (await whoDid()).size === 2;
    }, { within: 25_000, every: 300 });
    const told = (await log.database.db.rows<{ n: number }>('select max(seq)::int n from log.event'))[0]!.n;
    await allApplied(list, told);
    expect([first.failures.slice(before), second.failures, first.gaps, second.gaps]).toEqual([[], [], [], []]);
  }, 60_000);

  it('join and leave, and nothing is lost or done twice meanwhile', async () => {
    const list = cases(100);
    let n = 0;
    const more = async (): Promise<void> => {
      await countAll(list);
      n++;
    };
    const first = await reader('first');
    await isMember(1);
    await more();
    const second = await reader('second');
    await eventually(async () => {
      await more();
      await sleep(150);
      return (await whoDid()).size === 2;
    }, { within: 25_000 });
    for (let i = 0; i < 5; i++) await more();
    await second.feed.stop();
    for (let i = 0; i < 5; i++) await more();
    await allApplied(list, n);
    await more();
    await allApplied(list, n);
    expect(await whoDid()).toEqual(new Set(['first']));
    expect(await membersOf()).toHaveLength(1);
    expect([first.failures, second.failures, first.gaps, second.gaps]).toEqual([[], [], [], []]);
  }, 60_000);

  it('prepare their work before the commit while one of them has every partition, and not while they share them', async () => {
    const prepared: string[] = [];
    let busy = Promise.resolve();
    const join = async (name: string): Promise<KafkaProcess> => {
      const one = await reader(name, [tallyGroup('left', {
        kind: 'once', reactions: [],
        outward: {
          on: [CountedV1 as unknown as EventType],
          work: async ({ events }) => {
            await busy;
            return events.map((e) => new Add('left', e.caseId, e.seq, 1));
          },
          prepare: async (_, events) => void prepared.push(...events.map((e) => e.caseId)),
        },
      })]);
      one.unitOfWork.fuseWith(one.feed.fused);
      return one;
    };
    const [alone, shared, again] = [uuidv7(), uuidv7(), uuidv7()];
    const first = await join('first');
    await eventually(() => first.feed.fused.holdsAny, { within: 25_000 });
    await first.unitOfWork.executeAll([new Count(alone)]);
    await allApplied([alone], 1);
    const second = await join('second');
    await isMember(2);
    await eventually(() => !first.feed.fused.holdsAny, { within: 25_000 });
    expect(second.feed.fused.holdsAny).toBe(false);
    await first.unitOfWork.executeAll([new Count(shared)]);
    await allApplied([shared], 1);
    await second.feed.stop();
    await eventually(() => first.feed.fused.holdsAny, { within: 25_000 });
    await first.unitOfWork.executeAll([new Count(again)]);
    await allApplied([alone, shared, again], 1);
    expect(prepared).toEqual([alone, again]);
    // What is late is worked on, and nothing prepared ahead, until it has caught up.
    const [late, later, last] = [uuidv7(), uuidv7(), uuidv7()];
    busy = sleep(800);
    await first.unitOfWork.executeAll([new Count(late)]);
    await sleep(200); // that page is being worked on: the next is read after it
    await first.unitOfWork.executeAll([new Count(later)]);
    await allApplied([late, later], 1);
    expect(first.feed.fused.holdsAny).toBe(false);
    expect(first.feed.fused.isBehind).toBe(true); // new cases give way meanwhile
    await eventually(() => first.feed.fused.holdsAny);
    await first.unitOfWork.executeAll([new Count(last)]);
    await allApplied([last], 1);
    expect(prepared).toEqual([alone, again, late, later, last]);
  }, 90_000);

  it('whose reactions ran before the commit look rarely, and hear of what another process states all the same', async () => {
    const pages = jest.spyOn(KafkaMember.prototype as unknown as { moveOn: () => void }, 'moveOn');
    const one = await reader('one', [tallyGroup('left', { fused: true })]);
    one.unitOfWork.fuseWith(one.feed.fused);
    await isMember(1);
    const [caseId, theirs] = [uuidv7(), uuidv7()];
    for (let i = 0; i < 100; i++) {
      await one.unitOfWork.executeAll([new Count(caseId)]);
      await sleep(10); // else they come many at a time
    }
    await allApplied([caseId], 100);
    await eventually(async () => (await one.feed.lag()).get('left') === 0);
    expect(pages.mock.calls.length).toBeLessThan(60);
    pages.mockRestore();
    await countAll([theirs]);
    await allApplied([theirs], 1, 2000);
  }, 60_000);

  const cutOffAtWork = async (group: (work: () => Promise<void>) => Group): Promise<{ caseId: string; letGo: () => Promise<void> }> => {
    const caseId = uuidv7();
    let [began, open] = [0, (): void => undefined];
    const held = new Promise<void>((resolve) => (open = resolve));
    const zombie = await reader('zombie', [group(async () => {
      began++;
      await held;
    })]);
    await isMember(1);
    await countAll([caseId]);
    await eventually(() => began > 0, { within: 8000 });
    zombie.wire.sever();
    await reader('heir', [group(async () => undefined)]);
    await eventually(async () => (await sums()).get(caseId)?.by.includes('heir') === true, { within: 15_000 });
    return {
      caseId,
      letGo: async () => {
        open();
        await sleep(500);
      },
    };
  };
  const outside = (cursors?: Group['cursors']) => (work: () => Promise<void>): Group => tallyGroup('left', {
    kind: 'once', reactions: [], ...(cursors && { cursors }),
    outward: { on: [CountedV1 as unknown as EventType], work: async ({ events }) => {
      await work();
      return events.map((e) => new Add('left', e.caseId, e.seq, 1));
    } },
  });

  it('cannot write what another has done since they were cut off: the cursor of the case is a fence', async () => {
    const { caseId, letGo } = await cutOffAtWork(outside());
    await letGo();
    expect((await sums()).get(caseId)).toMatchObject({ seqs: [1], by: ['heir'] });
  }, 60_000);

  it('would write it a second time without that fence', async () => {
    const { caseId, letGo } = await cutOffAtWork(outside(new ForgetfulCursors()));
    await letGo();
    expect((await sums()).get(caseId)).toMatchObject({ seqs: [1, 1], by: ['heir', 'zombie'] });
  }, 60_000);

  it('take over what a killed one had within 15 seconds, as configured for production', async () => {
    const list = cases(100);
    const production = { sessionTimeoutMs: 8000 };
    const doomed = await reader('doomed', undefined, production);
    await reader('heir', undefined, production);
    await isMember(2);
    let n = 0;
    await eventually(async () => {
      await countAll(list);
      n++;
      await sleep(200);
      return (await whoDid()).size === 2;
    }, { within: 15_000 });
    await doomed.crash();
    const since = performance.now();
    await countAll(list);
    await allApplied(list, n + 1, 20_000);
    expect(performance.now() - since).toBeLessThan(15_000);
  }, 60_000);

  it('stay members while they back off, for longer than the broker waits for a sign of life', async () => {
    const caseId = uuidv7();
    const one = await reader('one');
    await isMember(1);
    const [before] = await membersOf();
    moods.set(caseId, 'ill');
    await writer.unitOfWork.executeAll([new Tell(caseId, [CountedV1(caseId, { n: 1 })])]);
    await eventually(() => one.failures.length > 0);
    await sleep(4500); // three times the session timeout
    expect(one.failures.length).toBeGreaterThan(3);
    expect(one.feed.failing()).toEqual(['left']);
    expect(await membersOf()).toEqual([before]);
    expect(await one.feed.parked()).toEqual([]);
    moods.clear();
    await allApplied([caseId], 1);
    await eventually(() => one.feed.failing().length === 0);
  }, 60_000);

  it('are asked to end their process when they cannot go on by themselves', async () => {
    const one = await reader('one');
    await isMember(1);
    // Somebody reads under the group's name in another way: the broker refuses us for good.
    await one.feed.stop();
    const { PartitionAssigners } = await import('kafkajs');
    const { roundRobin } = PartitionAssigners;
    const stranger = log.kafka.consumer({
      groupId: `${log.topic}.left`, sessionTimeout: 10_000,
      partitionAssigners: [(config) => ({ ...roundRobin(config), name: 'strange', protocol: (subscription) => ({ ...roundRobin(config).protocol(subscription), name: 'strange' }) })],
    });
    await stranger.connect();
    await stranger.subscribe({ topics: [log.topic] });
    await stranger.run({ eachBatch: async () => undefined });
    try {
      await one.feed.start();
      await eventually(() => one.fatal.length > 0, { within: 15_000 });
      expect(one.feed.failing()).toEqual(['left']);
    } finally {
      await stranger.disconnect();
    }
  }, 40_000);

  it('stop at once although they were still joining, and do not come back', async () => {
    const doomed = await reader('doomed', undefined, { sessionTimeoutMs: 6000 });
    await isMember(1);
    await doomed.crash();
    const late = await reader('late'); // joins only when the broker has given the other up
    const since = performance.now();
    await late.feed.stop();
    expect(performance.now() - since).toBeLessThan(3000);
    await eventually(async () => (await membersOf()).length === 0, { within: 20_000, every: 200 });
    await sleep(1000);
    expect(await membersOf()).toEqual([]);
  }, 40_000);
});

describeOnKafka('the relay', () => {
  it('publishes in requests of a hundred and more when there is much, and readers take as much at a time', async () => {
    const list = cases(1500);
    const { records, requests } = log.relay.counters;
    await writer.unitOfWork.executeAll(list.map((c) => new Tell(c, [CountedV1(c, { n: 1 }), NotedV1(c, {})])));
    await eventually(async () => (await log.relay.lag()) === 0, { within: 25_000 });
    expect(log.relay.counters.records - records).toBe(1500);
    expect(1500 / (log.relay.counters.requests - requests)).toBeGreaterThan(100);
    const one = await reader('one');
    await allApplied(list, 1);
    expect(list.length / one.unitOfWork.counters.commits).toBeGreaterThan(50);
  }, 60_000);

  it('puts every event of a case into the partition that is stored with it, in the order of its numbers', async () => {
    const list = cases(40);
    for (let i = 0; i < 5; i++) await countAll(list);
    await eventually(async () => (await log.relay.lag()) === 0, { within: 25_000 });
    const seen: { caseId: string; seq: number; partition: number }[] = [];
    const consumer = log.kafka.consumer({ groupId: `${log.topic}.look`, maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topics: [log.topic], fromBeginning: true });
    await consumer.run({ eachBatch: async ({ batch }) => {
      for (const m of batch.messages) seen.push({ caseId: m.key!.toString(), seq: Number(m.headers!['seq']!.toString()), partition: batch.partition });
    } });
    await eventually(() => seen.length >= 200, { within: 25_000 });
    await consumer.disconnect();
    const stored = new Map((await log.database.db.rows<{ case_id: string; partition: number }>('select distinct case_id, partition from log.event')).map((r) => [r.case_id, r.partition]));
    for (const caseId of list) {
      expect(seen.filter((s) => s.caseId === caseId).map((s) => s.seq)).toEqual(upTo(5));
      expect(new Set(seen.filter((s) => s.caseId === caseId).map((s) => s.partition))).toEqual(new Set([stored.get(caseId)]));
    }
  }, 60_000);

  it('that died before its place was kept publishes again, and nothing is done twice', async () => {
    const list = cases(50);
    const one = await reader('one');
    await countAll(list);
    await allApplied(list, 1);
    await log.relay.stop();
    await log.database.db.rows(`update log.checkpoint set txid = '0', position = -1 where group_name = 'kafka-relay'`);
    const next = await log.startRelay('next relay');
    await eventually(() => next.counters.records >= 50, { within: 25_000 });
    await countAll(list);
    await allApplied(list, 2);
    expect(one.gaps).toEqual([]);
  }, 60_000);

  it('shares the partitions with others, and what a killed one had goes on', async () => {
    const list = cases(200);
    const doomed = await log.startRelay('doomed relay');
    const one = await reader('one');
    let n = 0;
    await eventually(async () => {
      await countAll(list);
      n++;
      return log.relay.counters.records > 0 && doomed.counters.records > 0;
    }, { within: 25_000, every: 200 });
    await log.database.kill('doomed relay');
    await countAll(list);
    await allApplied(list, n + 1);
    expect(one.gaps).toEqual([]);
  }, 60_000);
});

describeOnKafka('records on the topic', () => {
  const produce = async (...messages: { key?: string; value: string; partition: number; headers?: Record<string, string> }[]): Promise<void> => {
    const producer = log.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: log.topic, messages });
    await producer.disconnect();
  };
  const findPartition = async (caseId: string): Promise<number> => (await log.database.db.rows<{ p: number }>(`select ${partitionOf('$1::uuid')} p`, [caseId]))[0]!.p;

  it('that cannot be read are noted by topic, partition and offset; the event that should have stood there is taken from the log', async () => {
    const caseId = uuidv7();
    const noted: unknown[] = [];
    const one = await reader('one', undefined, { onUnreadable: (record) => noted.push(record) });
    await countAll([caseId]);
    await allApplied([caseId], 1);
    await log.relay.stop();
    await countAll([caseId]); // never published: its record is the broken one
    const partition = await findPartition(caseId);
    await produce({ partition, value: '{"n":' });
    await allApplied([caseId], 2);
    expect(await one.feed.unreadable()).toEqual([{ group: 'left', topic: log.topic, partition, offset: '1', part: 'log' }]);
    expect(noted).toHaveLength(1);
    expect([one.failures, await one.feed.parked()]).toEqual([[], []]);
  }, 60_000);

  it('that only look like events are noted too, and the rest flows', async () => {
    const [caseId, other] = [uuidv7(), uuidv7()];
    const one = await reader('one');
    await countAll([caseId]);
    await allApplied([caseId], 1);
    const partition = await findPartition(caseId);
    const origin = (await log.database.db.rows<{ id: string }>('select id from log.origin'))[0]!.id;
    const headers = { log: origin, type: 'tally.counted.v1', seq: '2', time: '0' };
    await produce(
      { partition, key: 'me', value: '{"n":1}', headers }, { partition, key: caseId, value: '{"n":1}', headers: { ...headers, seq: 'two' } },
      { partition, key: caseId, value: 'nothing', headers }, { partition, key: caseId, value: '{"n":1}', headers: { ...headers, time: 'now' } });
    await countAll([caseId, other]);
    await allApplied([caseId], 2);
    await allApplied([other], 1);
    expect((await one.feed.unreadable()).map((r) => r.part).sort()).toEqual(['key', 'seq', 'time', 'value']);
  }, 60_000);

  it('of another log are passed over: a broker that outlived the database it copied does no harm', async () => {
    const [ghost, caseId] = [uuidv7(), uuidv7()];
    const one = await reader('one');
    await produce({ partition: await findPartition(ghost), key: ghost, value: '{"n":1}', headers: { log: uuidv7(), type: 'tally.counted.v1', seq: '1', time: '0' } });
    await countAll([caseId]);
    await allApplied([caseId], 1);
    await eventually(async () => (await one.feed.lag()).get('left') === 0);
    expect((await sums()).has(ghost)).toBe(false);
    expect([await one.feed.unreadable(), await one.feed.parked(), one.failures]).toEqual([[], [], []]);
  }, 60_000);
});

describeOnKafka('the broker', () => {
  it.each([['stopped', (b: LocalBroker) => b.stop()], ['killed with -9', (b: LocalBroker) => b.crash()]] as const)('%s and started again: what was told meanwhile arrives, once', async (_, end) => {
    const list = cases(60);
    const [one, two] = [await reader('one'), await reader('two')];
    await countAll(list);
    await allApplied(list, 1);
    await end(broker!);
    await countAll(list);
    await sleep(1500);
    expect((await sums()).get(list[0]!)!.seqs).toEqual([1]);
    await broker!.start();
    await allApplied(list, 2, 40_000);
    await countAll(list);
    await allApplied(list, 3);
    await eventually(() => one.feed.failing().length + two.feed.failing().length === 0, { within: 25_000 });
    expect([one.gaps, two.gaps, one.fatal, two.fatal]).toEqual([[], [], [], []]);
  }, 120_000);

  it('away for longer than the patience is told by readiness', async () => {
    const one = await reader('one');
    await isMember(1);
    expect(one.feed.failing()).toEqual([]);
    one.wire.sever();
    await eventually(() => one.feed.failing().length > 0, { within: 35_000 });
    one.wire.mend();
    await eventually(() => one.feed.failing().length === 0, { within: 20_000 });
    expect(one.fatal).toEqual([]);
  }, 60_000);

  it('wiped is filled again from the outbox, nothing is done twice, and a group can be rebuilt from it', async () => {
    const list = cases(60);
    const one = await reader('one');
    for (let i = 0; i < 3; i++) await countAll(list);
    await allApplied(list, 3);
    await broker!.wipe();
    await countAll(list);
    await broker!.start();
    await log.makeTopic(); // `npm run topics`: nothing else makes them
    await allApplied(list, 4, 40_000);
    expect(log.relay.counters.wiped).toBeGreaterThan(0);
    const published = async (): Promise<number> => (await asAdmin(log.kafka, (admin) => admin.fetchTopicOffsets(log.topic))).reduce((sum, o) => sum + Number(o.high), 0);
    await eventually(async () => (await published()) >= 240, { within: 20_000 });
    await eventually(async () => (await one.feed.lag()).get('left') === 0, { within: 25_000 });
    await log.database.db.rows('delete from tally.sum');
    await one.feed.rebuild('left');
    await allApplied(list, 4);
    expect(one.gaps).toEqual([]);
  }, 120_000);

  it('wiped while nobody ran is noticed at the next start', async () => {
    const list = cases(40);
    const one = await reader('one');
    await countAll(list);
    await allApplied(list, 1);
    await Promise.all([one.feed.stop(), log.relay.stop()]);
    await broker!.wipe();
    await broker!.start();
    await log.makeTopic();
    const next = await log.startRelay('next relay');
    const fresh = await reader('fresh', [tallyGroup('right')]);
    await eventuallyHolds(async () => expect((await sums('right')).size).toBe(40), { within: 15_000 });
    expect(next.counters.wiped).toBe(1);
    expect(fresh.gaps).toEqual([]);
  }, 60_000);

  it('that outlived a restore of the database is filled again with the log as it is now, and what it held of the other is passed over', async () => {
    const list = cases(30);
    const one = await reader('one');
    await countAll(list);
    await allApplied(list, 1);
    await Promise.all([one.feed.stop(), log.relay.stop(), writer.feed.stop()]);
    // What came after the copy was taken, as the restored database sees it: on the broker, and nowhere else.
    await log.database.db.rows('delete from tally.sum');
    await log.database.db.rows('delete from tally.cursor_left');
    await log.database.db.rows('delete from log.entry where case_id = any($1::uuid[])', [`{${list.slice(20).join(',')}}`]);
    await forgetPlace(log, 'left');
    await rebaseLog(log.database.db);
    await writer.feed.start();
    const next = await log.startRelay('next relay');
    const two = await reader('two');
    await countAll(list.slice(0, 20));
    await allApplied(list.slice(0, 20), 2);
    expect(next.counters.records).toBeGreaterThanOrEqual(40);
    expect([...(await sums()).keys()].filter((c) => !list.slice(0, 20).includes(c))).toEqual([]);
    expect([two.gaps, await two.feed.parked(), await two.feed.unreadable()]).toEqual([[], [], []]);
  }, 60_000);

  it('copies nothing of a log that was restored and not rebased; afterwards all of it', async () => {
    const list = cases(5);
    await log.relay.stop();
    await countAll(list);
    await log.database.db.rows(`update log.entry set txid = (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000)::text::xid8`); // as in a cluster that has begun anew
    await expect(log.startRelay('another')).rejects.toThrow(LogNeedsRebase);
    await rebaseLog(log.database.db);
    const next = await log.startRelay('next relay');
    await eventually(async () => (await next.lag()) === 0, { within: 25_000 });
    await reader('one');
    await allApplied(list, 1);
  }, 60_000);

  it('does not make a topic nobody declared: reader and relay refuse to start, and say what to run', async () => {
    const one = await reader('one');
    await Promise.all([one.feed.stop(), log.relay.stop()]);
    await asAdmin(log.kafka, (admin) => admin.deleteTopics({ topics: [log.topic] }));
    await eventually(async () => !(await asAdmin(log.kafka, (admin) => admin.listTopics())).includes(log.topic), { every: 100 });
    await expect(one.feed.start()).rejects.toThrow('npm run topics');
    await expect(log.startRelay('another')).rejects.toThrow('npm run topics');
    expect(await asAdmin(log.kafka, (admin) => admin.listTopics())).not.toContain(log.topic);
  }, 60_000);

  it('keeps a topic whose partitions are not those of deploy/topics.yml as it is, and nobody starts on it', async () => {
    const other = `${log.topic}-other`;
    await makeTopics(log.kafka, [{ name: other, partitions: 8, config: {} }]);
    await expect(makeTopics(log.kafka, [{ name: other, partitions: PARTITIONS, config: {} }])).rejects.toThrow(TopicsDiffer);
    await expect(reader('one', undefined, { topic: other })).rejects.toThrow('8 partitions');
    await asAdmin(log.kafka, (admin) => admin.deleteTopics({ topics: [other] }));
  }, 60_000);

  it('offers a group everything again after its place was forgotten, and nothing is done twice', async () => {
    const list = cases(30);
    const one = await reader('one');
    await countAll(list);
    await allApplied(list, 1);
    await one.feed.stop();
    await forgetPlace(log, 'left');
    await reader('two');
    await countAll(list);
    await allApplied(list, 2);
  }, 60_000);
});
