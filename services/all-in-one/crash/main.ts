import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BREAKS, isBreak } from './breaks.js';
import { runCrash } from './crash-run.js';
import { describeVerdict, isSound } from './oracle.js';

/**
 * `npm run test:crash -- [--cases N] [--kills N] [--db-crashes N] [--broker-restarts N] [--log kafka|embedded] [--seed N] [--gap MS] [--settle S]
 * [--break idempotency|inbox|fence|locks]`: births while everything dies. Exits with 0 when nothing was lost, doubled or told without consent, with 1 and a table of the damage otherwise.
 */
const whole = (text: string, name: string): number => {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 0) return n;
  process.stderr.write(`--${name} takes a whole number\n`);
  process.exit(2);
};
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' }, kills: { type: 'string', default: '200' }, 'db-crashes': { type: 'string', default: '5' }, 'broker-restarts': { type: 'string', default: '3' },
    log: { type: 'string', default: 'kafka' }, seed: { type: 'string', default: String(randomInt(1_000_000)) }, gap: { type: 'string', default: '2000' }, settle: { type: 'string', default: '300' }, preload: { type: 'string' }, break: { type: 'string' },
  },
});
const { log, break: broken, preload } = values;
if (broken !== undefined && !isBreak(broken)) {
  process.stderr.write(`--break takes one of ${Object.keys(BREAKS).join(', ')}\n`);
  process.exit(2);
}
if (log !== 'kafka' && log !== 'embedded') {
  process.stderr.write('--log is kafka or embedded\n');
  process.exit(2);
}
const [seed, cases, kills, dbCrashes] = [whole(values.seed, 'seed'), whole(values.cases, 'cases'), whole(values.kills, 'kills'), whole(values['db-crashes'], 'db-crashes')];
const brokerRestarts = log === 'kafka' ? whole(values['broker-restarts'], 'broker-restarts') : 0;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${seed}: ${cases} births, ${kills} kills, ${dbCrashes} database crashes, ${brokerRestarts} broker restarts, log ${log}${broken === undefined ? '' : `, without ${broken}`}`);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error('stopped before its end')));
const result = await runCrash({
  seed, cases, kills, dbCrashes, brokerRestarts, log, gapMs: whole(values.gap, 'gap'), settleWithinMs: whole(values.settle, 'settle') * 1000, say, stopped: stopping.signal,
  replicas: { intake: 2, identity: 2, consent: 2, bundling: 2, adapters: 2 }, ...(broken !== undefined && BREAKS[broken]), ...(preload !== undefined && { preload }),
});
say(`done: ${JSON.stringify({ ...result.done, ...result.seconds, repeated: result.repeated, gaps: result.gaps })}`);
say(describeVerdict(result.verdict));
say(isSound(result.verdict) ? 'nothing lost, nothing doubled, nothing told without consent' : `DAMAGE (seed ${seed})`);
process.exit(isSound(result.verdict) ? 0 : 1);
