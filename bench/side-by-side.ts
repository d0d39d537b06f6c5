import { join } from 'node:path';
import { startLocalBroker, whyNoBroker } from '#libs/event-log/index.js';
import type { Counts, Marks } from './engine.js';
import { Engine } from './engine.js';
import { medianOf, type Measured, type Round } from './rounds.js';
import { RunningSubject } from './subject.js';

export interface SideBySide {
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly inFlight: number;
  readonly rate: number;
  readonly latencySeconds: number;
  readonly say: (line: string) => void;
}
interface Contender { readonly name: string; readonly engine: Engine; readonly subject: RunningSubject; readonly waits: boolean; told: number }

/** Of its own maximum: where latency is asked a second time. */
const SHARE = 0.3;
const HERE = import.meta.dirname;
export const PEERS = join(HERE, '../../bench/peers');

interface Entry { readonly name: string; readonly file: string; readonly waits: boolean; readonly options?: readonly string[] }

const open = async ({ name, file, waits, options = [] }: Entry, folder: string): Promise<Contender> => {
  const own = join(folder, name);
  const engine = await Engine.start(own);
  const subject = await RunningSubject.start(name, file, [engine.url, own, ...options]).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return { name, engine, subject, waits, told: 0 };
};

type Load = { readonly cases: number; readonly perSecond: number; readonly nodeCpu: number; readonly marks: readonly [Marks, Marks]; readonly counts: Counts };

const loadOnce = async (contender: Contender, seconds: number, inFlight: number): Promise<Load> => {
  const { engine, subject } = contender;
  await engine.tidy();
  const counts = await engine.counts();
  const before = await engine.marks();
  const loaded = await subject.load(seconds, inFlight);
  const after = await engine.marks();
  engine.touch();
  contender.told += loaded.cases;
  return { cases: loaded.cases, perSecond: loaded.perSecond, nodeCpu: loaded.nodeCpu, marks: [before, after], counts };
};

const waitOnce = async (contender: Contender, rate: number, seconds: number): Promise<{ readonly p50: number; readonly p99: number }> => {
  const waited = await contender.subject.latency(rate, seconds);
  contender.engine.touch();
  contender.told += waited.cases;
  return waited;
};

/** The product over a broker of its own; undefined, and said, where there can be none. */
const overKafka = async (folder: string, say: (line: string) => void): Promise<{ readonly entry: Entry; readonly end: () => void } | undefined> => {
  const why = whyNoBroker();
  if (why !== undefined) {
    say(`without the product over Kafka: ${why}`);
    return undefined;
  }
  const broker = await startLocalBroker(join(folder, 'kafka'));
  return { entry: { name: 'product-kafka', file: join(HERE, 'product.js'), waits: true, options: ['--kafka', broker.brokers.join(',')] }, end: broker.abandon };
};

/** The product, its peers and the floor, one after another in every round; each on a PostgreSQL of its own, each in a process of its own. */
export const measureSideBySide = async ({ folder, rounds, seconds, inFlight, rate, latencySeconds, say }: SideBySide): Promise<readonly Measured[]> => {
  const contenders: Contender[] = [];
  const kafka = await overKafka(folder, say);
  const entries: readonly Entry[] = [
    { name: 'product', file: join(HERE, 'product.js'), waits: true }, ...(kafka ? [kafka.entry] : []),
    { name: 'DBOS', file: join(PEERS, 'dbos.mjs'), waits: true }, { name: 'pg-boss', file: join(PEERS, 'pg-boss.mjs'), waits: true }, { name: 'floor', file: join(HERE, 'floor.js'), waits: false },
  ];
  try {
    for (const entry of entries) contenders.push(await open(entry, folder));
    for (const c of contenders) {
      c.told += (await c.subject.load(seconds, inFlight)).cases; // code and plans are warm
      c.engine.touch();
    }
    const measured = new Map<string, Round[]>(contenders.map((c) => [c.name, []]));
    for (let round = 1; round <= rounds; round++) {
      const loads = new Map<string, Load>();
      for (const c of contenders) loads.set(c.name, await loadOnce(c, seconds, inFlight));
      const counted = new Map<string, Counts>();
      for (const c of contenders) counted.set(c.name, await c.engine.counts());
      // What one of them wrote is not swept up while another's waits are measured, and nobody is always the first to wait.
      for (const c of contenders) await c.engine.tidy();
      const first = (round - 1) % contenders.length;
      for (const c of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const { cases, perSecond, nodeCpu, marks: [before, after], counts } = loads.get(c.name)!;
        const later = counted.get(c.name)!;
        const own = perSecond * SHARE;
        const common = c.waits ? await waitOnce(c, rate, latencySeconds) : undefined;
        const atOwn = c.waits ? await waitOnce(c, own, latencySeconds) : undefined;
        const result: Round = {
          cases, perSecond, nodeCpu: (nodeCpu * 1000) / cases, postgresCpu: ((after.postgresCpu - before.postgresCpu) * 1000) / cases,
          rows: (later.rows - counts.rows) / cases, fsyncs: (later.fsyncs - counts.fsyncs) / cases, transactions: (later.transactions - counts.transactions) / cases,
          wrote: (after.wrote - before.wrote) / cases, wal: (after.wal - before.wal) / cases,
          p50: common?.p50, p99: common?.p99, ownRate: c.waits ? own : undefined, ownP50: atOwn?.p50, ownP99: atOwn?.p99,
        };
        measured.get(c.name)!.push(result);
        say(`round ${round}: ${c.name.padEnd(13)} ${perSecond.toFixed(0).padStart(6)} completed/s · CPU ${result.nodeCpu.toFixed(2)} + ${result.postgresCpu.toFixed(2)} · ${result.rows.toFixed(1)} rows · ${result.wrote.toFixed(3)} commits · ${(result.wal / 1000).toFixed(1)} kB WAL${common && atOwn ? ` · at ${rate}/s ${common.p50.toFixed(1)} / ${common.p99.toFixed(1)} ms · at ${own.toFixed(0)}/s ${atOwn.p50.toFixed(1)} / ${atOwn.p99.toFixed(1)} ms` : ''}`);
      }
    }
    return await Promise.all(contenders.map(async (c) => {
      const { completed, outcomes } = await c.subject.count();
      if (completed !== c.told || outcomes !== 6 * c.told) throw new Error(`${c.name}: ${c.told} told, but ${completed} completed with ${outcomes} outcomes`);
      return { name: c.name, rounds: measured.get(c.name)!, median: medianOf(measured.get(c.name)!), told: c.told, completed, outcomes };
    }));
  } finally {
    for (const c of contenders) {
      await c.subject.stop().catch((error: unknown) => say(String(error)));
      await c.engine.stop();
    }
    kafka?.end();
  }
};
