import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SERVICES } from '#contracts/apis/routes.js';
import { startCollector, type Collector, type SpanSeen } from '#libs/testing/collector.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { signIn } from '#services/sandbox/index.js';
import { quebecBirth } from '../../../bench/workload.js';
import { Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import type { Stage } from './stage.js';
import { startTestApp } from './start-app.js';
import { startTestFleet } from './start-fleet.js';

jest.setTimeout(60_000);
const PROGRAMMES = ['ca-qc/birth-registration', 'ca-qc/birth-certificate', 'ca/sin', 'ca/child-benefits', 'ca-qc/family-allowance', 'ca-qc/health-card'];
/** As a citizen's own software may send it. */
const TRACE = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const CALLER = '1122334455667788';

/** A span and the one that caused it. */
const STEPS = [
  'POST /v1/notifications < the caller', 'bundling follows intake.case-opened.v1 < POST /v1/notifications', 'identity follows intake.case-opened.v1 < POST /v1/notifications',
  'asks ca-qc < identity follows intake.case-opened.v1', 'bundling follows identity.person-confirmed.v1 < identity follows intake.case-opened.v1',
  'adapters follows bundling.case-advanced.v2 < bundling follows identity.person-confirmed.v1', 'tells ca-qc/birth-registration < adapters follows bundling.case-advanced.v2',
  'bundling follows adapters.deliveries-progressed.v2 < adapters follows bundling.case-advanced.v2', 'tells ca/sin < adapters follows bundling.case-advanced.v2',
];
const stepsIn = (spans: readonly SpanSeen[]): readonly string[] => spans.map((s) => `${s.name} < ${spans.find((p) => p.spanId === s.parentSpanId)?.name ?? 'the caller'}`);

interface Followed { readonly spans: readonly SpanSeen[]; readonly sent: ReadonlyMap<string, string | undefined>; readonly elsewhere: readonly SpanSeen[] }

/** Tells a birth within the caller's trace, and hears what came of it when all is settled. */
const follow = async (stage: Stage, collector: Collector): Promise<Followed> => {
  await stage.sandbox.setUnknownPeople('FUMA');
  const token = await signIn({ issuer: stage.sandbox.issuer, audience: 'tell-us-once', persona: 'nadia' });
  // One agency answers later, and another fails at first: neither leaves the trace.
  await stage.sandbox.faults.add({ programme: 'ca-qc/birth-registration', fault: 'late', ms: 300, times: 1 });
  await stage.sandbox.faults.add({ programme: 'ca/sin', fault: 'status', status: 503, times: 1 });
  const response = await fetch(`${stage.url}/v1/notifications`, {
    method: 'POST', body: JSON.stringify(quebecBirth()),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID(), traceparent: `00-${TRACE}-${CALLER}-01` },
  });
  expect(response.status).toBe(202);
  const { reference } = (await response.json()) as { reference: string };
  const seen = await new Client(stage.url, token).until(reference, (c) => c.settled, 30_000);
  expect(seen.status).toBe('completed');
  const lines = await stage.sandbox.ledger();
  const names = PROGRAMMES.map((p) => `tells ${p}`);
  await eventually(() => names.every((name) => collector.spans.some((s) => s.name === name && !s.failed)), { within: 15_000, every: 100 });
  // Each process sends its spans when it likes: a step may be heard of before the one that caused it, and long before what it caused.
  const isCaused = (span: SpanSeen): boolean => span.parentSpanId === CALLER || collector.spans.some((s) => s.spanId === span.parentSpanId);
  await eventually(() => collector.spans.every((s) => s.traceId !== TRACE || isCaused(s)), { within: 15_000, every: 100 });
  const heard = (): readonly string[] => stepsIn(collector.spans.filter((s) => s.traceId === TRACE));
  await eventually(() => STEPS.every((step) => heard().includes(step)), { within: 15_000, every: 100 }).catch(() => undefined); // which is missing is told by its test
  return {
    spans: collector.spans.filter((s) => s.traceId === TRACE), sent: new Map(lines.map((l) => [l.programme, l.traceparent])),
    elsewhere: collector.spans.filter((s) => s.traceId !== TRACE),
  };
};

/** From a span up to the caller. */
const wayUp = (spans: readonly SpanSeen[], from: SpanSeen): readonly string[] => {
  const way: string[] = [];
  for (let at: SpanSeen | undefined = from; at; at = spans.find((s) => s.spanId === way.at(-1))) {
    if (way.length > 40) throw new Error('a span is its own ancestor');
    way.push(at.parentSpanId);
  }
  return way;
};

const itIsFollowed = (seen: () => Followed): void => {
  it('in one trace, the caller’s, from the report to each of six agencies', () => {
    const { spans, sent } = seen();
    expect([...sent.keys()].sort()).toEqual([...PROGRAMMES].sort());
    for (const [programme, traceparent] of sent) {
      const [, traceId, spanId, flags] = (traceparent ?? '').split('-');
      expect([programme, traceId, flags]).toEqual([programme, TRACE, '01']);
      const call = spans.find((s) => s.spanId === spanId)!;
      expect(call).toMatchObject({ name: `tells ${programme}`, kind: 3, attributes: { 'tell.programme': programme, 'http.response.status_code': expect.any(Number) as unknown } });
      expect(wayUp(spans, call).at(-1)).toBe(CALLER);
    }
  });

  it('each step under the one that caused it', () => {
    const { spans } = seen();
    expect(STEPS.filter((step) => !stepsIn(spans).includes(step))).toEqual([]);
    expect(spans.filter((s) => s.name === 'tells ca/sin').map((s) => s.failed).sort()).toEqual([false, true]);
  });

  it('beside which nothing of the case is found in another', () => {
    const { spans, elsewhere } = seen();
    const caseIds = new Set(spans.map((s) => s.attributes['tell.case_id']).filter(Boolean));
    expect(caseIds.size).toBe(1);
    expect(elsewhere.filter((s) => caseIds.has(s.attributes['tell.case_id']))).toEqual([]);
  });
};

describe('a notification is followed through one process', () => {
  let collector: Collector;
  let stage: Stage;
  let followed: Followed;
  beforeAll(async () => {
    collector = await startCollector();
    stage = await startTestApp({ config: { otlpEndpoint: collector.url } });
    followed = await follow(stage, collector);
  });
  afterAll(async () => {
    await stage.stop();
    await collector.stop();
  });
  itIsFollowed(() => followed);

  it('which starts a trace of its own where the caller has none, and follows none the caller does not sample', async () => {
    const ask = async (traceparent?: string): Promise<void> => {
      const response = await fetch(`${stage.url}/v1/notices/child-benefits.v1`, { headers: { ...(traceparent !== undefined && { traceparent }) } });
      expect(response.status).toBe(401);
    };
    await ask(`00-${'b'.repeat(32)}-${CALLER}-00`);
    await ask('00-nonsense');
    await ask();
    await eventually(() => collector.spans.filter((s) => s.name === 'GET /v1/notices/:id' && s.parentSpanId === '').length === 2, { within: 10_000 });
    expect(collector.spans.filter((s) => s.traceId === 'b'.repeat(32))).toEqual([]);
  });
});

describeOnKafka('a notification is followed through every process, over Kafka', () => {
  let collector: Collector;
  let stage: Stage;
  let followed: Followed;
  beforeAll(async () => {
    collector = await startCollector();
    const broker = await startTestBroker();
    stage = await startTestFleet({ environment: { EVENT_LOG: 'kafka', KAFKA_BROKERS: broker.brokers.join(), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    followed = await follow(stage, collector);
  }, STANDS_WITHIN_MS);
  afterAll(async () => {
    await stage.stop();
    await collector.stop();
  }, 60_000);
  itIsFollowed(() => followed);

  it('through the doors between them too', () => {
    const { spans } = followed;
    const door = spans.find((s) => s.service === 'consent' && s.name === 'POST /doors/:door/:question')!;
    const asked = spans.find((s) => s.spanId === door.parentSpanId)!;
    expect(asked.name).toMatch(/^asks vault\./);
    expect(SERVICES).toContain(asked.service);
    expect(new Set(spans.map((s) => s.service))).toEqual(new Set(['intake', 'identity', 'consent', 'bundling', 'adapters']));
  });
});
