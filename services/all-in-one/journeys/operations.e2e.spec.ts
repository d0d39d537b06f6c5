import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { Partitioners } from 'kafkajs';
import { projectFile } from '#libs/config/index.js';
import { declaredTopics, makeTopics, openKafka } from '#libs/event-log/index.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import type { LocalBroker } from '#libs/event-log/index.js';
import { describeWithPromtool, scrape } from '#libs/testing/promtool.js';
import { Watch } from '#libs/testing/watch.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import type { Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import { clientOf } from './sample.js';
import { startTestApp, type TestApp } from './start-app.js';

jest.setTimeout(60_000);
/** What is wrong with an event must be said without repeating it. */
const SECRET = 'Émilie Gagnon';
/** `stuck`: who reacts to such an event; what nobody knows concerns everybody. */
interface Planted { readonly type: string; readonly at?: string; readonly data: unknown; readonly reason: string; readonly stuck: readonly string[] }
const EVERYBODY = ['adapters', 'bundling', 'identity'];
const CONFIRMED = { personId: 'parent-1', authority: 'ca-qc', resolution: 'FUMA', by: 'authority' };
const KINDS: Readonly<Record<string, Planted>> = {
  'that cannot be decoded': { type: 'identity.person-confirmed.v1', at: '9000000000000000000', data: CONFIRMED, reason: 'undecodable', stuck: ['bundling'] },
  'of a type nobody knows': { type: 'intake.case-forgotten.v1', data: { name: SECRET }, reason: 'unknown-type', stuck: EVERYBODY },
  'of a version nobody knows': { type: 'intake.case-opened.v9', data: { name: SECRET }, reason: 'unknown-version', stuck: EVERYBODY },
  'that does not fit its schema': { type: 'intake.case-opened.v1', data: { lifeEvent: SECRET }, reason: 'wrong-schema', stuck: ['bundling', 'identity'] },
  'about a case that is missing': { type: 'identity.person-confirmed.v1', data: CONFIRMED, reason: 'case-missing', stuck: ['bundling'] },
};
interface Parked { readonly group: string; readonly caseId: string; readonly eventId: string; readonly reason: string }

/** Name → type, as docs/operations.md has it. */
const documented = (): ReadonlyMap<string, string> => {
  const [, table = ''] = /<!-- metrics:begin -->([\s\S]*)<!-- metrics:end -->/.exec(readFileSync(projectFile('docs/operations.md'), 'utf8')) ?? [];
  return new Map([...table.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name!, type!]));
};

let app: TestApp;
let operator: Client;
let parent: Client;
const start = async (config: NonNullable<Parameters<typeof startTestApp>[0]>['config']): Promise<void> => {
  app = await startTestApp({ ...(config && { config }) });
  app.sandbox.setUnknownPeople('FUMA');
  operator = await clientOf(app, 'oscar');
  parent = await clientOf(app, 'nadia');
};
const plant = async ({ type, at = '1700000000000', data }: Planted): Promise<string> => {
  const caseId = uuidv7();
  await app.platform.db.rows('insert into log.entry (case_id, seq, types, at, data) values ($1, 1, $2, $3, $4)', [caseId, type, at, JSON.stringify(data)]);
  return caseId;
};
const parked = async (caseId: string): Promise<readonly Parked[]> => {
  const list = await operator.request<readonly Parked[]>('GET', '/v1/ops/log/parked');
  expect(JSON.stringify(list)).not.toContain(SECRET);
  return list.filter((p) => p.caseId === caseId);
};
const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${app.service.metricsPort!}/metrics`)).text();
const theRestFlows = async (): Promise<void> => {
  await parent.until(await parent.tell(quebecBirth()), (c) => c.settled, 20_000);
};

const itParks = (): void => {
  it.each(Object.entries(KINDS))('%s parks its case, is seen by operators, and the rest flows', async (_, kind) => {
    const caseId = await plant(kind);
    await eventuallyHolds(async () => expect((await parked(caseId)).map((p) => p.group).sort()).toEqual(kind.stuck), { within: 10_000, every: 50 });
    expect(await parked(caseId)).toEqual(expect.arrayContaining(kind.stuck.map((group) => expect.objectContaining({ group, reason: kind.reason, eventId: `${caseId}/1` }))));
    for (const group of kind.stuck) expect(await metrics()).toMatch(new RegExp(`log_parked_cases\\{group="${group}",reason="${kind.reason}"\\} 1`));
    await theRestFlows();
    // Offered again as it is, it is parked again.
    await operator.request('POST', `/v1/ops/log/${kind.stuck[0]!}/parked/${caseId}/retry`);
    await eventuallyHolds(async () => expect((await parked(caseId)).map((p) => p.group).sort()).toEqual(kind.stuck), { within: 10_000, every: 50 });
    expect(app.platform.log.failing()).toEqual([]);
  });

  it('mended, its case goes on when an operator says so, and only an operator may', async () => {
    const caseId = await plant({ ...KINDS['of a type nobody knows']!, data: {} });
    await eventually(async () => (await parked(caseId)).length === 3, { within: 10_000, every: 50 });
    const retry = `/v1/ops/log/identity/parked/${caseId}/retry`;
    await expect(parent.request('POST', retry)).rejects.toMatchObject({ status: 403 });
    await expect(operator.request('POST', retry.replace(caseId, uuidv7()))).rejects.toMatchObject({ status: 404 });
    await app.platform.db.rows(`update log.entry set types = 'intake.duplicate-resolved.v1', data = '{"decision":"distinct"}' where case_id = $1`, [caseId]);
    await operator.request('POST', retry);
    await operator.request('POST', retry.replace('identity', 'adapters'));
    await eventuallyHolds(async () => expect((await parked(caseId)).map((p) => p.group)).toEqual(['bundling']), { within: 10_000, every: 50 });
  });
};

describe('an event', () => {
  beforeAll(() => start({ eventLog: 'embedded' })); // whatever JOURNEYS says
  afterAll(() => app.stop());
  itParks();

  it('is counted, with all else, by metrics that docs/operations.md names', async () => {
    const { types } = await scrape(new Watch(app.service.metricsPort!).url);
    expect(types.size).toBeGreaterThan(15);
    expect([...types].filter(([name, type]) => documented().get(name) !== type)).toEqual([]);
  });

  it('is never unreadable where the outbox itself is read', async () => {
    expect(await operator.request('GET', '/v1/ops/log/unreadable')).toEqual([]);
  });
});

describeOnKafka('over Kafka, an event', () => {
  let broker: LocalBroker;
  beforeAll(async () => {
    broker = await startTestBroker();
    await start({ eventLog: 'kafka', kafkaBrokers: [...broker.brokers] });
  }, STANDS_WITHIN_MS);
  afterAll(() => app.stop(), 30_000);
  itParks();

  it('is counted by metrics, of which docs/operations.md names exactly those there are, and alert rules no other', async () => {
    const { types } = await scrape(new Watch(app.service.metricsPort!).url);
    expect([...types].sort()).toEqual([...documented()].sort());
    const { groups } = load(readFileSync(projectFile('deploy/alerts.yml'), 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] };
    for (const { alert, expr } of groups.flatMap((g) => g.rules)) {
      const named = [...expr.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+(?=[{)[ ])/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')).filter((name) => name !== 'histogram_quantile');
      expect([alert, named.filter((name) => !types.has(name))]).toEqual([alert, []]);
      expect(alert === 'ProcessDown' || named.length > 0).toBe(true);
      expect(readFileSync(projectFile('docs/operations.md'), 'utf8')).toContain(`| ${alert} |`);
    }
  });

  const spoil = async (): Promise<void> => {
    const producer = openKafka({ brokers: broker.brokers }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: 'case-events', messages: [{ partition: 7, key: SECRET, value: `{"name":"${SECRET}"` }] });
    await producer.disconnect();
  };

  it('whose record was spoilt on the topic is taken from the log, and the record is shown by its place', async () => {
    await spoil();
    const seen = await eventually(async () => {
      const list = await operator.request<readonly { group: string; partition: number; part: string }[]>('GET', '/v1/ops/log/unreadable');
      return list.filter((r) => r.partition === 7 && r.part === 'log').length === 3 ? list : undefined;
    }, { within: 15_000, every: 50 });
    expect(JSON.stringify(seen)).not.toContain(SECRET);
    expect(await metrics()).toMatch(/log_unreadable_records\{group="bundling",part="log"\} 1/);
    await theRestFlows();
  });

  describeWithPromtool('and an alert fires', () => {
    it('when records on the topic are no events', async () => {
      await app.platform.db.rows('delete from log.parked');
      expect(await new Watch(app.service.metricsPort!).alertsOf(spoil)).toEqual(EVERYBODY.map((group) => `RecordsUnreadable ${group}`));
    });

    it('when the broker is away, and when it comes back without what it had', async () => {
      const watch = new Watch(app.service.metricsPort!);
      await broker.crash();
      const away = await watch.alertsOf(async () => {
        for (let i = 0; i < 15; i++) await Promise.all(Array.from({ length: 20 }, () => parent.tell(quebecBirth())));
        await watch.until('log_relay_lag_entries', (n) => n > 250);
      });
      expect(away).toContain('RelayLagging');
      await broker.wipe();
      await broker.start();
      await makeTopics(openKafka({ brokers: broker.brokers }), declaredTopics());
      expect(await watch.alertsOf(() => watch.until('log_relay_rewinds_total', (n) => n > 0, 60_000))).toContain('RelayRewound');
      await watch.until('log_relay_lag_entries', (n) => n === 0, 60_000);
    }, 180_000);
  });
});
