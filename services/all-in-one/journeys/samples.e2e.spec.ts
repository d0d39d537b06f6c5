import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STANDS_WITHIN_MS } from './place.js';
import { readSamples, runSample } from './sample.js';
import { startStage, type Stage } from './stage.js';
import { SAMPLES } from './start-app.js';

const samples = readSamples(SAMPLES);

describe('every sample, through the public API, to the outcomes it promises', () => {
  let app: Stage;
  beforeAll(async () => {
    app = await startStage();
  }, STANDS_WITHIN_MS);
  afterAll(() => app.stop(), 30_000);

  it.each(samples.map((s) => [s.title, s] as const))('%s', async (_, sample) => {
    const { seen } = await runSample(app, SAMPLES, sample);
    if (sample.linked !== undefined) expect(seen.linked).toHaveLength(sample.linked);
  }, 30_000);

  it('lists every file of the folder', () => {
    expect(new Set(samples.map((s) => s.file))).toEqual(new Set(readdirSync(SAMPLES).filter((f) => f.endsWith('.json') && f !== 'index.json')));
  });

  it('does not pass a sample whose expectation is wrong', async () => {
    const [sample] = samples;
    const [target, { status }] = Object.entries(sample!.expect)[0]!;
    const mutated = { ...sample!, expect: { ...sample!.expect, [target]: { status: status === 'completed' ? 'rejected' : 'completed' } } };
    await expect(runSample(app, SAMPLES, mutated, 1500)).rejects.toThrow(target);
    const { [target]: _missing, ...others } = sample!.expect;
    await expect(runSample(app, SAMPLES, { ...sample!, expect: others }, 1500)).rejects.toThrow('is in the plan and not expected');
  }, 30_000);
});
