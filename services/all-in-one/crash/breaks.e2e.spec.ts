import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { projectFile } from '#libs/config/index.js';
import { BREAKS, type Break } from './breaks.js';
import { runCrash } from './crash-run.js';
import { isSound, type Damage } from './oracle.js';

const SHOWS: Readonly<Record<Break, Damage>> = { idempotency: 'doubled', inbox: 'doubled', fence: 'lost', locks: 'doubled' };

/** The oracle is only worth what it finds: each safety switched off in every service, in the moments in which it matters. */
describe('a fleet with one safety switched off', () => {
  let switched: string;
  beforeAll(() => {
    switched = execFileSync(process.execPath, [projectFile('scripts/safety-off.mjs')], { encoding: 'utf8' }).trim();
  });

  const short = (name: Break, seed = 5) => runCrash({
    seed, cases: 36, kills: 0, dbCrashes: 0, brokerRestarts: 0, gapMs: 6000, log: 'embedded', replicas: { intake: 2 }, settleWithinMs: 8000, say: () => undefined,
    ...BREAKS[name], preload: `${switched}/${name}.js`,
  });

  for (const name of Object.keys(BREAKS) as Break[]) {
    it(`does damage without ${name}, and the oracle says which`, async () => {
      const { verdict } = await short(name);
      expect(isSound(verdict)).toBe(false);
      expect(verdict.damage[SHOWS[name]].length).toBeGreaterThan(0);
    }, 120_000);
  }
});
