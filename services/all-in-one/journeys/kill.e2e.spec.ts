import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { signIn } from '#services/sandbox/index.js';
import { quebecBirth } from '../../../bench/workload.js';
import { Client } from '../client.js';

const MAIN = join(import.meta.dirname, '../../../dist/services/all-in-one/main.js');
const BIRTHS = 50;

interface Running { readonly child: ChildProcess; readonly url: string; readonly sandbox: string }

describe('the whole process killed with -9 while births are under way', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tell-us-once-kill-'));
  const children: ChildProcess[] = [];

  const start = async (sandboxPort = '0'): Promise<Running> => {
    if (!existsSync(MAIN)) throw new Error('run `npm run build` first: this test starts the built product');
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir, TRANSPORTS: 'ca-qc/health-card=file,ca-qc/family-allowance=file', PORT: '0', SANDBOX_PORT: sandboxPort, METRICS_PORT: '0', LOG_LEVEL: 'fatal' }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for (let i = 0; i < 600; i++) {
      const [url, sandbox] = [/API\s+(http\S+)\/v1/.exec(said)?.[1], /Sandbox\s+(http\S+)/.exec(said)?.[1]];
      if (url !== undefined && sandbox !== undefined) return { child, url, sandbox };
      if (child.exitCode !== null) throw new Error(`it did not start: ${said}`);
      await sleep(50);
    }
    throw new Error(`it did not become ready: ${said}`);
  };
  const settings = (sandbox: string) => fetch(`${sandbox}/settings`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"unknownPeople":"FUMA"}' });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    if (existsSync(pidFile)) {
      process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGTERM');
      for (let i = 0; i < 100 && existsSync(pidFile); i++) await sleep(50);
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('settles every birth after a restart, without an operator, and each programme did each thing once', async () => {
    const first = await start();
    await settings(first.sandbox);
    const token = await signIn({ issuer: `${first.sandbox}/oidc`, audience: 'tell-us-once', persona: 'nadia' });
    const before = new Client(first.url, token);
    // Accepted means stored: every reference answered before the kill must be found again.
    const references: string[] = [];
    const telling = Array.from({ length: BIRTHS }, async () => {
      const reference = await before.tell(quebecBirth()).catch(() => undefined);
      if (reference !== undefined) references.push(reference);
      if (references.length === Math.floor(BIRTHS * 0.6)) first.child.kill('SIGKILL');
    });
    await Promise.all(telling);
    first.child.kill('SIGKILL');
    const accepted = references.length;
    expect(accepted).toBeGreaterThan(BIRTHS / 4);

    const second = await start(new URL(first.sandbox).port);
    await settings(second.sandbox);
    const client = new Client(second.url, await signIn({ issuer: `${second.sandbox}/oidc`, audience: 'tell-us-once', persona: 'nadia' }));
    for (let i = accepted; i < BIRTHS; i++) references.push(await client.tell(quebecBirth()));
    for (const reference of references) {
      const seen = await client.until(reference, (c) => c.settled, 60_000);
      expect(seen.status).toBe('completed');
      expect(seen.targets.some((t) => t.status === 'parked')).toBe(false);
    }
    const { entries } = (await (await fetch(`${second.sandbox}/ledger`)).json()) as { entries: readonly { programme: string; deliveryId: string; effects: number }[] };
    expect(entries.filter((e) => e.effects !== 1)).toEqual([]);
    expect(new Set(entries.map((e) => e.deliveryId)).size).toBe(entries.length);
    // Births accepted without their answer reaching us are stored too, and were told as well.
    expect(entries.length).toBeGreaterThanOrEqual(BIRTHS * 6);
    expect(entries.length % 6).toBe(0);
    second.child.kill('SIGTERM');
    await new Promise((resolve) => second.child.once('exit', resolve));
    expect(second.child.exitCode).toBe(0);
  }, 120_000);
});
