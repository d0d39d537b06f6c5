import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AssignerProtocol } from 'kafkajs';
import { CASE_EVENTS, openKafka, PARTITIONS } from '#libs/event-log/index.js';
import { asAdmin } from '#libs/event-log/kafka/client.js';
import { eventuallyHolds } from '#libs/testing/eventually.js';
import { describeOnKafka } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import type { Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import { clientOf } from './sample.js';
import { startTestFleet, type TestFleet } from './start-fleet.js';

const SHARED = ['bundling', 'adapters', 'identity'] as const;
const BIRTHS = 40;

/** How many partitions each holder has, over all groups, the fewest first. */
type Held = (stage: TestFleet) => Promise<readonly number[]>;

/** Each holds its partitions by session locks. */
const byLocks: Held = async ({ db }) =>
  (await db.rows<{ n: number }>(`select count(*)::int n from pg_locks where locktype = 'advisory' and objsubid = 2 and objid < ${PARTITIONS} and granted group by pid, classid order by n`)).map((r) => r.n);
/** The broker assigns them to members; one that was killed has its own until its session is over. */
const byBroker: Held = async ({ brokers }) => {
  const { groups } = await asAdmin(openKafka({ brokers }), (admin) => admin.describeGroups(SHARED.map((name) => `${CASE_EVENTS}.${name}`)));
  const lists = groups.flatMap((g) => g.members).map((m) => (m.memberAssignment.length === 0 ? [] : AssignerProtocol.MemberAssignment.decode(m.memberAssignment)?.assignment[CASE_EVENTS] ?? []));
  return lists.map((partitions) => partitions.length).sort((a, b) => a - b);
};

const takeover = (kafka: boolean, withinMs: number, heldOn: Held) => (): void => {
  let stage: TestFleet;
  let agent: Client;
  beforeAll(async () => {
    stage = await startTestFleet({ replicas: Object.fromEntries(SHARED.map((name) => [name, 2])), restarts: false, kafka });
    await stage.sandbox.setUnknownPeople('FUMA');
    agent = await clientOf(stage, 'nadia');
  }, STANDS_WITHIN_MS);
  afterAll(() => stage.stop(), 30_000);

  const held = (): Promise<readonly number[]> => heldOn(stage);

  it('share the partitions of the log between them', async () => {
    await eventuallyHolds(async () => expect(await held()).toEqual(SHARED.flatMap(() => [PARTITIONS / 2, PARTITIONS / 2])), { within: 25_000, every: 100 });
  }, 30_000);

  it(`the other has all its work within ${withinMs / 1000} s; every birth settles and nothing is done twice`, async () => {
    const references: string[] = [];
    const telling = Array.from({ length: BIRTHS }, async (_, i) => {
      await sleep(i * 10);
      references.push(await agent.tell(quebecBirth()));
    });
    await sleep((BIRTHS * 10) / 2);
    for (const name of SHARED) stage.fleet.find(name).kill('SIGKILL');
    const killed = performance.now();
    await sleep(20);
    await eventuallyHolds(async () => expect(await held()).toEqual(SHARED.map(() => PARTITIONS)), { within: 40_000, every: 20 });
    const takenOverAfter = performance.now() - killed;
    await Promise.all(telling);
    for (const reference of references) expect((await agent.until(reference, (c) => c.settled, 60_000)).status).toBe('completed');
    expect(takenOverAfter).toBeLessThanOrEqual(withinMs);

    const entries = await stage.sandbox.ledger();
    expect(entries).toHaveLength(BIRTHS * 6);
    expect(entries.filter((e) => e.effects !== 1)).toEqual([]);
    expect(new Set(entries.map((e) => e.deliveryId)).size).toBe(BIRTHS * 6);
  }, 120_000);

  it('what is told afterwards is done by those who are left, as fast as before', async () => {
    const began = performance.now();
    const reference = await agent.tell(quebecBirth());
    await agent.until(reference, (c) => c.settled, 20_000);
    expect(performance.now() - began).toBeLessThan(3000);
  }, 30_000);
};

describe('two processes of a service, one of which is killed', takeover(false, 3000, byLocks));
describeOnKafka('two processes of a service over Kafka, one of which is killed', takeover(true, 15_000, byBroker));
