import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { projectFile } from '#libs/config/index.js';
import { BREAKS, type Break } from './breaks.js';
import { runCrash } from './crash-run.js';
import { isSound, type Damage, type Verdict } from './oracle.js';

const SHOWS: Readonly<Record<Break, Damage>> = { idempotency: 'doubled', inbox: 'doubled', fence: 'lost', locks: 'doubled' };

/** The oracle is only worth what it finds: each safety switched off in every service, in the moments in which it matters. */
describe('a fleet with one safety switched off', () => {
  let switched: string;
  beforeAll(() => {
    switched = execFileSync(process.execPath, [projectFile('scripts/safety-off.mjs')], { encoding: 'utf8' }).trim();
  });

  const short = (name: Break, seed: number) => runCrash({
    seed, cases: 36, kills: 0, dbCrashes: 0, brokerRestarts: 0, gapMs: 6000, log: 'embedded', replicas: { intake: 2 }, settleWithinMs: 8000, say: () => undefined,
    ...BREAKS[name], preload: `${switched}/${name}.js`,
  });

  for (const name of Object.keys(BREAKS) as Break[]) {
    it(`does damage without ${name}, and the oracle says which`, async () => {
      // A seed decides what is told, not who is in the middle of what: a run may have luck, four in a row do not.
      let found: Verdict | undefined;
      for (let seed = 5; seed < 9 && (found?.damage[SHOWS[name]].length ?? 0) === 0; seed++) found = (await short(name, seed)).verdict;
      expect(found && isSound(found)).toBe(false);
      expect(found?.damage[SHOWS[name]].length).toBeGreaterThan(0);
    }, 300_000);
  }
});
