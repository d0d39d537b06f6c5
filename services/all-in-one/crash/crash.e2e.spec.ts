import { expect, it } from '@jest/globals';
import { describeOnKafka } from '#libs/testing/test-broker.js';
import { runCrash } from './crash-run.js';
import { describeVerdict, isSound } from './oracle.js';

/** The short form of `npm run test:crash`; the long one is in docs/reliability.md. */
describeOnKafka('births told while every service is killed with -9, the database crashes and the broker restarts', () => {
  it('are each told to everyone once, and settle without an operator', async () => {
    const result = await runCrash({
      seed: 2, cases: 100, kills: 30, dbCrashes: 1, brokerRestarts: 1, gapMs: 800, log: 'kafka', replicas: { intake: 2, bundling: 2, adapters: 2 }, settleWithinMs: 180_000, say: () => undefined,
    });
    const table = describeVerdict(result.verdict);
    if (!isSound(result.verdict)) throw new Error(`seed 2: ${result.schedule}\n${table}`);
    expect(result.done).toEqual({ kills: 30, dbCrashes: 1, brokerRestarts: 1 });
    expect(result.verdict.figures.told).toBe(100);
    expect(result.verdict.figures.accepted).toBeGreaterThan(85);
  }, 420_000);
});
