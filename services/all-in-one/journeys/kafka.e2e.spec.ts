import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KafkaFeed } from '#libs/event-log/index.js';
import { describeOnKafka } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import { STANDS_WITHIN_MS, takePlaceIn } from './place.js';
import { clientOf, readSamples, runSample } from './sample.js';
import { SAMPLES, startTestApp, type TestApp } from './start-app.js';

/** The most telling journeys in every test run (a killed process is in takeover.e2e.spec.ts); `npm run test:kafka` takes all of them over Kafka. */
takePlaceIn('kafka');

describeOnKafka('over Kafka', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  }, STANDS_WITHIN_MS);
  afterAll(() => app.stop(), 30_000);

  it('a birth is told, the mother joins by invitation and signs days later, and every programme comes to its outcome', async () => {
    const sample = readSamples(SAMPLES).find((s) => s.then?.some((step) => 'invite' in step) === true && s.then.some((step) => 'decide' in step))!;
    await runSample(app, SAMPLES, sample, 30_000);
    expect(app.platform.feed).toBeInstanceOf(KafkaFeed);
  }, 90_000);

  it('an amendment goes to those told; consent withdrawn afterwards stops the programme; each did each thing once', async () => {
    app.sandbox.setUnknownPeople('FUMA');
    const agent = await clientOf(app, 'nadia');
    const body = quebecBirth();
    const reference = await agent.tell(body);
    await agent.until(reference, (c) => c.settled, 30_000);
    await agent.request('POST', `/v1/cases/${reference}/amendments`, { reason: 'typographical', notification: { ...body, decisions: [], birth: { ...body.birth, time: '05:21' } } });
    await agent.until(reference, (c) => c.settled && c.targets.some((t) => t.target === 'birth-registration' && t.outcome === 'amended'), 30_000);
    await agent.decide(reference, 'sin', 'withdrawn');
    await agent.until(reference, (c) => c.settled && c.targets.some((t) => t.target === 'sin' && t.status === 'revoked'), 30_000);
    const entries = app.sandbox.ledger();
    expect(entries.some((e) => e.programme === 'ca/sin' && e.kind === 'stop')).toBe(true);
    expect(entries.filter((e) => e.effects !== 1)).toEqual([]);
  }, 90_000);
});
