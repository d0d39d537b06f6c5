import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from './engine.js';
import { RememberingTransport } from './no-op-agencies.js';
import { RunningSubject } from './subject.js';

export interface KillFigures {
  /** Accepted and not settled when it was killed. */
  readonly pending: number;
  /** Of the same run, before. */
  readonly perSecond: number;
  readonly readySeconds: number;
  readonly drainedSeconds: number;
  readonly allowedSeconds: number;
  /** Accepted and not completed at the end. */
  readonly lost: number;
  /** Things the agencies did beyond six a case, and outcomes recorded beyond six a case. */
  readonly duplicated: number;
  readonly sends: number;
  readonly sentAgain: number;
}
export interface Killing { readonly folder: string; readonly pending: number; readonly seconds: number; readonly inFlight: number; readonly say: (line: string) => void }

const HERE = import.meta.dirname;
/** It is killed when the agencies have had so many requests for each case of the backlog. */
const UNDER_WAY = 0.5;
const PATIENCE_S = 600;

/** Kills the product with -9 while it works off a backlog, starts it again on the same data, and counts what became of every case. */
export const measureKill = async ({ folder, pending: wanted, seconds, inFlight, say }: Killing): Promise<KillFigures> => {
  const own = join(folder, 'killed');
  const engine = await Engine.start(own);
  const ledger = join(own, 'agencies.ledger');
  const start = () => RunningSubject.start('product', join(HERE, 'product.js'), [engine.url, own, ledger]);
  let subject: RunningSubject | undefined;
  try {
    subject = await start();
    const warm = await subject.load(Math.min(3, seconds), inFlight);
    const { cases, perSecond } = await subject.load(seconds, inFlight);
    await subject.ask('pause');
    const backlog = Math.ceil(wanted * 1.15); // so that `wanted` are still pending when work on them is well under way
    await subject.ask('accept', { cases: backlog, inFlight: 256 });
    const told = warm.cases + cases + backlog;
    const sentBefore = statSync(ledger).size;
    await subject.ask('resume');
    while (statSync(ledger).size - sentBefore < wanted * UNDER_WAY * RememberingTransport.LINE) await sleep(5);
    await subject.kill();
    const pending = told - (await settled(engine));
    const killed = performance.now();
    subject = await start();
    const ready = performance.now();
    say(`killed with ${pending} pending of ${told}; ready again after ${((ready - killed) / 1000).toFixed(1)} s`);
    while ((await open(engine)) > 0 && performance.now() - ready < PATIENCE_S * 1000) await sleep(250);
    let drained = performance.now();
    for (; (await settled(engine)) < told && performance.now() - ready < PATIENCE_S * 1000; drained = performance.now()) await sleep(250);
    const { completed, outcomes } = await subject.count();
    const { effects, sends } = RememberingTransport.figures(ledger);
    return {
      pending, perSecond, readySeconds: (ready - killed) / 1000, drainedSeconds: (drained - ready) / 1000, allowedSeconds: (1.2 * pending) / perSecond + 2,
      lost: told - completed, duplicated: Math.max(0, effects - 6 * told) + Math.max(0, outcomes - 6 * told), sends, sentAgain: sends - effects,
    };
  } finally {
    await subject?.stop().catch((error: unknown) => say(String(error)));
    await engine.stop();
  }
};

const settled = async (engine: Engine): Promise<number> =>
  Number((await engine.rows<{ n: string }>(`select count(distinct case_id) n from log.event where type = 'bundling.case-advanced.v2' and data->>'status' = 'completed'`))[0]!.n);
/** Cheap to ask: plans with a timer. A settled one has none. */
const open = async (engine: Engine): Promise<number> =>
  Number((await engine.rows<{ n: string }>('select count(*) n from bundling.plan where next_due is not null'))[0]!.n);
