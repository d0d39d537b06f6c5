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
interface Posted { readonly requests: number; readonly seconds: number; readonly p99: number }
interface Server { readonly name: string; readonly engine: Engine; readonly subject: RunningSubject; posted: number; readonly rounds: Omit<ServerFigures, 'name'>[] }

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
  return { requests: waits.length, seconds: took, p99: waits[Math.min(waits.length - 1, Math.floor(waits.length * 0.99))]! };
};

/**
 * POST /v1/notifications with a token, validated, durable when it is answered: the product, and the stack Nest gives by default on the same
 * engine. First with the feed at rest, so that accepting is all there is; then with the fan-out running. Bodies, tokens and keys are alike.
 */
export const measureHttp = async ({ folder, rounds, seconds, connections, say }: Accepting): Promise<HttpFigures> => {
  const servers: Server[] = [];
  const provider = await RunningSubject.start('the sign-in provider', join(HERE, 'provider.js'), []);
  try {
    const issuer = await provider.ask<string>('issuer');
    for (const [name, file] of [['product', join(HERE, 'product.js')], ['Nest + Express + class-validator + jose', join(PEERS, 'express.mjs')]] as const) {
      const own = join(folder, name.replaceAll(/[^a-z]/gi, ''));
      const engine = await Engine.start(own);
      servers.push({ name, engine, subject: await RunningSubject.start(name, file, [engine.url, own, '--issuer', issuer]), posted: 0, rounds: [] });
    }
    const asks = async ({ subject }: Server, share: number): Promise<Posted> =>
      postAll(await subject.ask<string>('http'), await provider.ask<string>('token'), seconds * share, connections, Math.ceil(seconds * share * 6000));
    for (let round = 0; round <= rounds; round++) { // the first warms up
      for (const { subject } of servers) await subject.ask('pause');
      // There and back in short turns: the machine is slower and faster by the minute, and both should have their share of it.
      const turns: { readonly server: Server; readonly cpu: number; readonly posted: Posted }[] = [];
      for (const server of [...servers, ...servers.toReversed()]) {
        const before = await cpuOf(server);
        const posted = await asks(server, 1 / 2);
        turns.push({ server, posted, cpu: (await cpuOf(server)) - before });
      }
      for (const server of servers) {
        await server.subject.ask('resume');
        const busy = await asks(server, 1);
        const own = turns.filter((t) => t.server === server);
        const requests = own.reduce((n, t) => n + t.posted.requests, 0);
        server.posted += requests + busy.requests;
        await caughtUp(server.engine, server.posted);
        if (round === 0) continue;
        const figures = {
          perSecond: requests / own.reduce((n, t) => n + t.posted.seconds, 0), p99: Math.max(...own.map((t) => t.posted.p99)),
          nodeMicroseconds: own.reduce((n, t) => n + t.cpu, 0) / requests, busyPerSecond: busy.requests / busy.seconds,
        };
        server.rounds.push(figures);
        say(`round ${round}: ${server.name}: ${figures.perSecond.toFixed(0)} requests/s, p99 ${figures.p99.toFixed(1)} ms, ${figures.nodeMicroseconds.toFixed(0)} µs of node a request; ${figures.busyPerSecond.toFixed(0)}/s with the fan-out running`);
      }
    }
    const of = (server: Server, pick: (r: Server['rounds'][number]) => number): number => median(server.rounds.map(pick))!;
    const [product, other] = servers as [Server, Server];
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

const cpuOf = async ({ subject }: Server): Promise<number> => {
  const { user, system } = await subject.ask<NodeJS.CpuUsage>('cpu');
  return user + system;
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
