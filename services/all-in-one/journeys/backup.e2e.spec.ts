import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Module, type OnModuleInit } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { PlatformConfig } from '#libs/config/index.js';
import { LogNeedsRebase } from '#libs/event-log/index.js';
import type { Database } from '#libs/persistence/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import { passTime, startAllInOne, type AllInOne } from '../app.js';
import { Refused, type Client } from '../client.js';
import { openDatabase } from '../platform.js';
import { filesAndWal, rowsOfOneSnapshot, type Copy } from './copies.js';
import { openLog } from './place.js';
import { clientOf } from './sample.js';

const REBASE = join(import.meta.dirname, '../../../dist/scripts/log-rebase.js');
const AT_ONCE = 3;
const DELIVERIES = 6;
/** Nothing is left for us to do but to wait for an answer. */
const QUIET: readonly string[] = ['completed', 'handed-over', 'acknowledged', 'waiting-dependency'];
const DAY = 86_400_000;
/** By when a programme that has taken something in is asked how it goes: a SIN after 15 business days and before its limit, the others within 87 days. */
const ASKED_WITHIN_DAYS = { sin: 30, others: 90 };

interface Told { readonly reference: string; readonly family: string; readonly askedAt: number; readonly answeredAt: number }

/** Parents who go on telling births until they are told to stop; every answer is kept, with when it came. */
class Telling {
  readonly told: Told[] = [];
  private stopped = false;
  private readonly parents: Promise<unknown>;

  constructor(private readonly agent: Client) {
    this.parents = Promise.all(Array.from({ length: AT_ONCE }, () => this.goOn()));
  }

  private async goOn(): Promise<void> {
    while (!this.stopped) {
      this.told.push(await tell(this.agent));
      await sleep(250);
    }
  }

  async until(done: (told: readonly Told[]) => boolean): Promise<void> {
    await eventually(() => done(this.told), { within: 30_000 });
  }

  async stop(): Promise<readonly Told[]> {
    this.stopped = true;
    await this.parents;
    return this.told;
  }
}

const tell = async (agent: Client): Promise<Told> => {
  const body = quebecBirth();
  const askedAt = performance.now();
  const reference = await agent.tell(body);
  return { reference, family: body.parents[0]!.names.family, askedAt, answeredAt: performance.now() };
};

const isThere = (agent: Client, reference: string): Promise<boolean> =>
  agent.show(reference).then(() => true, (error: unknown) => {
    if (error instanceof Refused && error.status === 404) return false;
    throw error;
  });

/** The product on a data folder; registers know nobody, and say so of nobody. */
const start = async (dataDir: string, kafka: boolean, ports: Partial<PlatformConfig>): Promise<AllInOne> => {
  const log = await openLog(dataDir, { kafka });
  ended.push(() => {
    log.end();
  });
  const config = Object.assign(new PlatformConfig(), { port: 0, sandboxPort: 0, metricsPort: 0, dataDir, clock: 'movable', logLevel: 'silent' }, log.config, ports);
  @Module({})
  class KnownToRegisters implements OnModuleInit {
    async onModuleInit(): Promise<void> {
      if (config.sandboxPort !== 0) await fetch(`http://127.0.0.1:${config.sandboxPort}/settings`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"unknownPeople":"FUMA"}' });
    }
  }
  const app = await startAllInOne({ config, logger: new SilentLogger(), extraModules: [KnownToRegisters] });
  ended.push(() => app.service.stop());
  app.sandbox.setUnknownPeople('FUMA');
  return app;
};

const ended: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
}, 60_000);

const portOf = (url: string): number => Number(new URL(url).port);

interface Lost { readonly app: AllInOne; readonly dataDir: string; readonly ports: Partial<PlatformConfig>; readonly told: readonly Told[]; readonly surelyIn: readonly Told[]; readonly surelyOut: readonly Told[] }

/** Births are told while a copy is taken, and after it; then all is lost but the copy, the keys, and what agencies did. Answers with the copy restored into a fresh data folder. */
const copyUnderLoad = async (copy: Copy, kafka: boolean): Promise<Lost> => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tou-backup-')));
  chmodSync(root, 0o755); // the database server may run as another account
  ended.push(() => {
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  const [before, after] = [join(root, 'before'), join(root, 'after')];
  const app = await start(before, kafka, {});
  const ports = { port: portOf(app.url), sandboxPort: portOf(app.sandbox.url) };
  // A cluster with a past: its transaction ids are far ahead of a fresh one's.
  await app.platform.db.rows('create procedure spend(n int) language plpgsql as $$ begin for i in 1..n loop perform pg_current_xact_id(); commit; end loop; end $$');
  await app.platform.db.rows('call spend(20000)');
  app.sandbox.faults.add({ fault: 'latency', ms: 400, probability: 0.5 });
  app.sandbox.faults.add({ programme: 'ca/sin', fault: 'late', ms: 2000 });

  const agent = await clientOf(app, 'nadia');
  await agent.until(await agent.tell(quebecBirth()), (c) => c.settled, 30_000); // everybody reads
  const telling = new Telling(agent);
  await telling.until((told) => told.length >= 12);
  const began = performance.now();
  const copied = await copy({ url: app.platform.db.url, dataDir: before }, join(root, 'copy'));
  const done = performance.now();
  await telling.until((told) => told.filter((t) => t.askedAt > done).length >= 12);
  const told = await telling.stop();
  await app.service.stop();

  mkdirSync(after);
  chmodSync(after, 0o755);
  await copied.restore(after);
  for (const kept of ['keys', 'sandbox', 'exchange']) if (existsSync(join(before, kept))) renameSync(join(before, kept), join(after, kept));
  rmSync(before, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return { app, dataDir: after, ports, told, surelyIn: told.filter((t) => t.answeredAt < began), surelyOut: told.filter((t) => t.askedAt > done) };
};

/** How far each case of the log is. */
const heads = async (db: Database): Promise<ReadonlyMap<string, number>> =>
  new Map((await db.rows<{ id: string; seq: number }>('select case_id id, max(seq) seq from log.event group by case_id')).map(({ id, seq }) => [id, seq]));
const headsIn = async (dataDir: string): Promise<ReadonlyMap<string, number>> => {
  const { db, embedded } = await openDatabase({ dataDir });
  const found = await heads(db);
  await db.close();
  await embedded?.stop();
  return found;
};

const settlesOnce = async (app: AllInOne, { told, surelyIn, surelyOut }: Lost, copied: ReadonlyMap<string, number>): Promise<void> => {
  const agent = await clientOf(app, 'nadia');
  const fresh = await Promise.all(Array.from({ length: 8 }, () => tell(agent)));
  const there = await Promise.all(told.map(async (t) => ((await isThere(agent, t.reference)) ? [t] : []))).then((found) => found.flat());
  expect(surelyIn.filter((t) => !there.includes(t))).toEqual([]);
  expect(surelyOut.filter((t) => there.includes(t))).toEqual([]);
  const cases = [...there, ...fresh];
  for (const { reference } of cases) await agent.until(reference, (c) => c.targets.every((t) => QUIET.includes(t.status)), 30_000);
  // What the lost cluster was answered after the copy is asked for when the service standard has passed.
  passTime(app, ASKED_WITHIN_DAYS.sin * DAY);
  for (const { reference } of cases) await agent.until(reference, (c) => c.targets.every((t) => t.target !== 'sin' || t.status === 'completed'), 30_000);
  passTime(app, (ASKED_WITHIN_DAYS.others - ASKED_WITHIN_DAYS.sin) * DAY);
  for (const { reference } of cases) expect((await agent.until(reference, (c) => c.settled, 30_000)).status).toBe('completed');
  const now = await heads(app.platform.db);
  expect([...copied].filter(([id, seq]) => now.get(id)! > seq).length).toBeGreaterThan(0); // it was taken under load

  const ledger = app.sandbox.ledger();
  expect(ledger.filter((e) => e.effects !== 1)).toEqual([]);
  expect(new Set(ledger.map((e) => e.deliveryId)).size).toBe(ledger.length);
  const done = (family: string): readonly string[] => ledger.filter((e) => JSON.stringify(e.body).includes(family)).map((e) => `${e.programme} ${e.kind}`);
  for (const { family } of cases) expect([done(family).length, new Set(done(family)).size]).toEqual([DELIVERIES, DELIVERIES]);
  expect(ledger.some((e) => e.sends > 1)).toBe(true); // asked again for what the copy did not know of
};

describeOnKafka('a copy of all rows as of one snapshot (no pg_dump fits the embedded server), taken under load, restored into a fresh cluster beside a fresh broker', () => {
  it('is noticed at the start; after `npm run log:rebase` everything in it settles, and each programme did each thing once', async () => {
    if (!existsSync(REBASE)) throw new Error('run `npm run build` first: this runs the built script');
    const lost = await copyUnderLoad(rowsOfOneSnapshot, true);
    const copied = await headsIn(lost.dataDir);
    const refusal: unknown = await start(lost.dataDir, true, lost.ports).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LogNeedsRebase);
    expect((refusal as Error).message).toContain('npm run log:rebase');

    const { stdout } = await promisify(execFile)(process.execPath, [REBASE], { env: { PATH: process.env['PATH'], DATA_DIR: lost.dataDir } });
    expect(stdout).toContain('Start the services again');
    await settlesOnce(await start(lost.dataDir, true, lost.ports), lost, copied);
  }, 240_000);
});

describe('a base backup taken under load, and started in a data folder of its own', () => {
  it('is the same cluster, whose transaction ids go on: nothing is to be noticed, everything in it settles, and each programme did each thing once', async () => {
    const lost = await copyUnderLoad(filesAndWal, false);
    const copied = await headsIn(lost.dataDir);
    await settlesOnce(await start(lost.dataDir, false, lost.ports), lost, copied);
  }, 240_000);
});
