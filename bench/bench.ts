import { writeFileSync } from 'node:fs';
import { compare } from './compare.js';
import { Options } from './options.js';
import { quebecBirth } from './workload.js';
import { openSystem, type System } from './system.js';

/**
 * `npm run bench [-- --cases 4000 --rounds 3 --json FILE]`: workload W on the whole product path in process (accept, identity, plan, release
 * with consent, agreement, projection and access line, no-op transport, outcome, settlement), 64 accepts in flight; then latency in an open loop at
 * 40 a second, from the scheduled arrival to the commit that settles the case. The store is counted again at the end.
 * `npm run bench -- --compare`: beside its peers and the floor, on a grown store, over HTTP, killed, and fed with a backlog (compare.ts).
 */
const options = new Options(process.argv.slice(2));
const option = (name: string, otherwise: number): number => options.number(name, otherwise);
const CASES = option('cases', 4000);
const ROUNDS = option('rounds', 3);
const IN_FLIGHT = option('in-flight', 64);
const RATE = option('rate', 40);
const SECONDS = option('seconds', 15);
const out = (line: string): void => void process.stdout.write(`${line}\n`);
if (options.has('compare')) {
  const met = await compare(options, out);
  process.exit(options.has('strict') && !met ? 1 : 0);
}

const load = async (system: System, cases: number): Promise<number> => {
  const began = performance.now();
  const settlements: Promise<number>[] = [];
  let left = cases;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left-- > 0) {
      const { caseId } = await system.tell(quebecBirth());
      settlements.push(system.settled(caseId));
    }
  }));
  const last = Math.max(...(await Promise.all(settlements)));
  return cases / ((last - began) / 1000);
};

const percentile = (sorted: readonly number[], p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!;

const latency = async (system: System): Promise<readonly number[]> => {
  const began = performance.now();
  const waits = await Promise.all(Array.from({ length: RATE * SECONDS }, async (_, i) => {
    const due = began + (i * 1000) / RATE;
    await new Promise((r) => setTimeout(r, Math.max(0, due - performance.now())));
    const { caseId } = await system.tell(quebecBirth());
    return (await system.settled(caseId)) - due;
  }));
  return waits.sort((a, b) => a - b);
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const system = await openSystem();
try {
  await load(system, 500); // code and plans are warm, and plan shapes are stored
  const rounds: { rate: number; rows: number; wal: number; commits: number; node: number; postgres: number; p50: number; p99: number }[] = [];
  let told = 500;
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await system.figures();
    const rate = await load(system, CASES);
    const after = await system.figures();
    const waits = await latency(system);
    told += CASES + waits.length;
    rounds.push({
      rate, rows: (after.rows - before.rows) / CASES, wal: (after.walBytes - before.walBytes) / CASES, commits: (after.commits - before.commits) / CASES,
      node: ((after.nodeCpu - before.nodeCpu) * 1000) / CASES, postgres: ((after.postgresCpu - before.postgresCpu) * 1000) / CASES,
      p50: percentile(waits, 0.5), p99: percentile(waits, 0.99),
    });
    const r = rounds.at(-1)!;
    out(`round ${round}: ${r.rate.toFixed(0)} completed/s · ${r.rows.toFixed(1)} rows · ${(r.wal / 1000).toFixed(1)} kB WAL · ${r.commits.toFixed(3)} commits a case · CPU-s per 1,000: node ${r.node.toFixed(2)} + PostgreSQL ${r.postgres.toFixed(2)} · at ${RATE}/s p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms`);
  }
  const of = (pick: (r: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
  const [count] = await system.app.platform.db.rows<{ cases: string; completed: string }>(
    `select (select count(*) from intake.case_file) cases, (select count(distinct case_id) from log.event where type = 'bundling.case-advanced.v2' and data->>'status' = 'completed') completed`);
  const result = {
    workload: 'Québec birth, six deliveries in two waves', inFlight: IN_FLIGHT, cases: CASES, rounds: ROUNDS,
    completedPerSecond: of((r) => r.rate), rowsPerCase: of((r) => r.rows), walBytesPerCase: of((r) => r.wal), commitsPerCase: of((r) => r.commits),
    nodeCpuPer1000: of((r) => r.node), postgresCpuPer1000: of((r) => r.postgres), p50Ms: of((r) => r.p50), p99Ms: of((r) => r.p99),
    told, stored: Number(count!.cases), completed: Number(count!.completed),
  };
  out('');
  out(`| completed/s | rows | WAL | commits | CPU-s per 1,000 (node + PostgreSQL) | p50 / p99 at ${RATE}/s |`);
  out('|---|---|---|---|---|---|');
  out(`| ${result.completedPerSecond.toFixed(0)} | ${result.rowsPerCase.toFixed(1)} | ${(result.walBytesPerCase / 1000).toFixed(1)} kB | ${result.commitsPerCase.toFixed(3)} | ${result.nodeCpuPer1000.toFixed(2)} + ${result.postgresCpuPer1000.toFixed(2)} | ${result.p50Ms.toFixed(1)} / ${result.p99Ms.toFixed(1)} ms |`);
  out(`counted again: ${result.told} told, ${result.stored} on file, ${result.completed} completed`);
  const json = process.argv.indexOf('--json');
  if (json >= 0) writeFileSync(process.argv[json + 1]!, `${JSON.stringify(result, null, 2)}\n`);
  if (result.told !== result.stored || result.told !== result.completed) process.exitCode = 1;
} finally {
  await system.stop();
}
