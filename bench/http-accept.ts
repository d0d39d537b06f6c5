import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'undici';
import { Engine } from './engine.js';
import { median } from './rounds.js';
import { PEERS } from './side-by-side.js';
import { RunningSubject } from './subject.js';
import { quebecBirth } from './workload.js';

export interface ServerFigures { readonly name: string; readonly perSecond: number; readonly p99: number; readonly nodeMicroseconds: number; readonly busyPerSecond: number }
export interface HttpFigures { readonly ratio: number; readonly servers: readonly ServerFigures[] }
export interface Accepting { readonly folder: string; readonly rounds: number; readonly seconds: number; readonly connections: number; readonly say: (line: string) => void }
interface Posted { readonly requests: number; readonly perSecond: number; readonly p99: number }

const HERE = import.meta.dirname;

/** One POST; resolves when the whole answer is there. Throws on anything but 202. By undici: who asks shares the cores with who answers, and it takes two thirds of what `node:http` does. */
const post = async (pool: Pool, path: string, token: string, body: Buffer): Promise<void> => {
  const answer = await pool.request({ path, method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() }, body });
  await answer.body.dump();
  if (answer.statusCode !== 202) throw new Error(`${path} answered ${answer.statusCode}`);
};

/** So many connections kept open, each posting the next birth when the last is answered. Bodies are made before the clock runs. */
const postAll = async (url: string, token: string, seconds: number, connections: number, most: number): Promise<Posted> => {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections });
  const bodies = Array.from({ length: most }, () => Buffer.from(JSON.stringify(quebecBirth())));
  const waits: number[] = [];
  const began = performance.now();
  try {
    await Promise.all(Array.from({ length: connections }, async () => {
      while (performance.now() - began < seconds * 1000) {
        const body = bodies.pop();
        if (!body) return;
        const at = performance.now();
        await post(pool, pathname, token, body);
        waits.push(performance.now() - at);
      }
    }));
  } finally {
    await pool.close();
  }
  const took = (performance.now() - began) / 1000;
  waits.sort((a, b) => a - b);
  return { requests: waits.length, perSecond: waits.length / took, p99: waits[Math.min(waits.length - 1, Math.floor(waits.length * 0.99))]! };
};

/**
 * POST /v1/notifications with a token, validated, durable when it is answered: the product, and the stack Nest gives by default on the same
 * engine. First with the feed at rest, so that accepting is all there is; then with the fan-out running. Bodies, tokens and keys are alike.
 */
export const measureHttp = async ({ folder, rounds, seconds, connections, say }: Accepting): Promise<HttpFigures> => {
  const servers: { readonly name: string; readonly engine: Engine; readonly subject: RunningSubject; posted: number; readonly rounds: { perSecond: number; p99: number; nodeMicroseconds: number; busyPerSecond: number }[] }[] = [];
  const provider = await RunningSubject.start('the sign-in provider', join(HERE, 'provider.js'), []);
  try {
    const issuer = await provider.ask<string>('issuer');
    for (const [name, file] of [['product', join(HERE, 'product.js')], ['Nest + Express + class-validator + jose', join(PEERS, 'express.mjs')]] as const) {
      const own = join(folder, name.replaceAll(/[^a-z]/gi, ''));
      const engine = await Engine.start(own);
      servers.push({ name, engine, subject: await RunningSubject.start(name, file, [engine.url, own, '--issuer', issuer]), posted: 0, rounds: [] });
    }
    for (let round = 0; round <= rounds; round++) { // the first warms up
      for (const server of servers) {
        const { subject } = server;
        const [url, token] = [await subject.ask<string>('http'), await provider.ask<string>('token')];
        const cpu = async (): Promise<number> => {
          const { user, system } = await subject.ask<NodeJS.CpuUsage>('cpu');
          return user + system;
        };
        const some = seconds * 6000;
        await subject.ask('pause');
        const before = await cpu();
        const alone = await postAll(url, token, seconds, connections, some);
        const nodeMicroseconds = ((await cpu()) - before) / alone.requests;
        await subject.ask('resume');
        const busy = await postAll(url, token, seconds, connections, some);
        server.posted += alone.requests + busy.requests;
        await caughtUp(server.engine, server.posted);
        if (round === 0) continue;
        server.rounds.push({ perSecond: alone.perSecond, p99: alone.p99, nodeMicroseconds, busyPerSecond: busy.perSecond });
        say(`round ${round}: ${server.name}: ${alone.perSecond.toFixed(0)} requests/s, p99 ${alone.p99.toFixed(1)} ms, ${nodeMicroseconds.toFixed(0)} µs of node a request; ${busy.perSecond.toFixed(0)}/s with the fan-out running`);
      }
    }
    const of = (server: (typeof servers)[number], pick: (r: (typeof server.rounds)[number]) => number): number => median(server.rounds.map(pick))!;
    const [product, other] = servers as [(typeof servers)[number], (typeof servers)[number]];
    return {
      ratio: median(product.rounds.map((r, i) => r.perSecond / other.rounds[i]!.perSecond))!,
      servers: servers.map((s) => ({ name: s.name, perSecond: of(s, (r) => r.perSecond), p99: of(s, (r) => r.p99), nodeMicroseconds: of(s, (r) => r.nodeMicroseconds), busyPerSecond: of(s, (r) => r.busyPerSecond) })),
    };
  } finally {
    for (const { subject, engine } of servers) {
      await subject.stop().catch((error: unknown) => say(String(error)));
      await engine.stop();
    }
    await provider.stop();
  }
};

/** Counts the store: every request answered 202 is a case on file; and waits until nothing of it is open, so that the next round starts at rest. */
const caughtUp = async (engine: Engine, posted: number): Promise<void> => {
  for (;;) {
    const [row] = await engine.rows<{ files: string; open: string }>('select (select count(*) from intake.case_file) files, (select count(*) from bundling.plan where next_due is not null) as open');
    if (Number(row!.files) !== posted) throw new Error(`${posted} were answered 202, ${row!.files} are on file`);
    if (row!.open === '0') return;
    await new Promise((r) => setTimeout(r, 100));
  }
};
