import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { unreadEntries } from '#libs/event-log/index.js';
import { eventuallyHolds } from '#libs/testing/index.js';
import { Backlog } from '#services/intake/index.js';
import { quebecBirth } from '../../../bench/workload.js';
import { importBacklog, rejectsOf, type BacklogImport, type Progress } from '../backlog-file.js';
import { startTestApp, type TestApp } from './start-app.js';

const IMPORT = join(import.meta.dirname, '../../../dist/services/all-in-one/import.js');
const GOOD = 300;
const CANARY = 'Zyxwvutsrq';

const bad: Readonly<Record<string, (n: BirthNotification) => unknown>> = {
  'not JSON': () => `{"registryEvent": "x", ${CANARY}`,
  'no number': (n) => ({ notification: n }),
  'a number with a space in it': (n) => ({ registryEvent: `${CANARY} 1`, notification: n }),
  'an unknown field': (n) => ({ registryEvent: 'bad-3', notification: { ...n, [CANARY]: CANARY } }),
  'a date that does not exist': (n) => ({ registryEvent: 'bad-4', notification: { ...n, birth: { ...n.birth, date: '2026-02-30' } } }),
  'a notifier nobody named': (n) => ({ registryEvent: 'bad-5', notification: { ...n, notifier: 'parent-4', decisions: [] } }),
  'too deep': () => `{"registryEvent":"bad-6","notification":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  'a prototype': (n) => `{"registryEvent":"bad-7","__proto__":{"a":1},"notification":${JSON.stringify(n)}}`,
  'too long': (n) => ({ registryEvent: 'bad-8', notification: { ...n, residence: { ...n.residence, line: CANARY.repeat(7000) } } }),
};
const REASONS = [
  [{ pointer: '', code: 'request.malformed-json' }],
  [{ pointer: '/registryEvent', code: 'field.required' }],
  [{ pointer: '/registryEvent', code: 'field.format' }],
  [{ pointer: '/notification', code: 'field.unknown' }],
  [{ pointer: '/notification/birth/date', code: 'date.invalid' }],
  [{ pointer: '/notification/notifier', code: 'notifier.unknown' }],
  [{ pointer: '', code: 'request.malformed-json' }],
  [{ pointer: '', code: 'request.malformed-json' }],
  [{ pointer: '', code: 'request.too-large' }],
];

/** Good lines with a bad one after every twenty-fifth. */
const write = (file: string, good = GOOD): readonly number[] => {
  const lines: string[] = [];
  const badAt: number[] = [];
  const wrong = Object.values(bad);
  for (let i = 0; i < good; i++) {
    lines.push(JSON.stringify({ registryEvent: `2026-02-${i}`, notification: quebecBirth() }));
    const next = wrong[badAt.length];
    if (i % 25 === 24 && next) {
      const line = next(quebecBirth());
      lines.push(typeof line === 'string' ? line : JSON.stringify(line));
      badAt.push(lines.length);
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
  return badAt;
};

interface Ended { readonly code: number | null; readonly said: string }
const runImport = (args: readonly string[], dataDir: string, killAfter?: string): Promise<Ended> => {
  if (!existsSync(IMPORT)) throw new Error('run `npm run build` first: this test starts the built product');
  const child = spawn(process.execPath, [IMPORT, ...args], {
    env: { PATH: process.env['PATH'], DATA_DIR: dataDir, PORT: '0', SANDBOX_PORT: '0', METRICS_PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (killAfter !== undefined && said.includes(killAfter)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
};

describe('a registry’s backlog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tou-import-'));
  const file = join(folder, 'births.ndjson');
  let app: TestApp;
  let badAt: readonly number[];
  beforeAll(async () => {
    app = await startTestApp();
    app.sandbox.setUnknownPeople('FUMA');
    badAt = write(file);
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cases = async (): Promise<number> => Number((await app.platform.db.rows<{ n: string }>('select count(*) n from intake.case_file'))[0]!.n);
  const run = (change: Partial<BacklogImport> = {}): Promise<Progress> => {
    const backlog = app.service.app.get(Backlog, { strict: false });
    return importBacklog({ file, registry: 'ca-qc', list: 32, take: (name, lines) => backlog.take(name, lines), unread: () => unreadEntries(app.platform.db), ...change });
  };

  it('interrupted keeps what it said it had, and nothing else', async () => {
    const stop = new AbortController();
    const first = await run({ signal: stop.signal, onProgress: (p) => p.lines >= 96 && stop.abort() });
    expect(first.lines).toBe(96);
    expect(first.accepted).toBe(await cases());
    expect(first.accepted).toBe(96 - badAt.filter((n) => n <= 96).length);
  });

  it('run again adds what was missing, and names the bad lines with reasons and without a value', async () => {
    const before = await cases();
    const second = await run();
    expect(second).toMatchObject({ lines: GOOD + badAt.length, known: before, accepted: GOOD - before, rejected: badAt.length });
    expect(await cases()).toBe(GOOD);
    const rejects = readFileSync(rejectsOf(file), 'utf8');
    expect(rejects.trim().split('\n').map((l) => JSON.parse(l) as unknown)).toEqual(badAt.map((line, i) => ({ line, reasons: REASONS[i] })));
    expect(rejects).not.toContain(CANARY);
  });

  it('run a third time adds nothing; of another registry the same numbers are other events, and what was told already goes to a reviewer', async () => {
    expect(await run()).toMatchObject({ accepted: 0, known: GOOD });
    expect(await cases()).toBe(GOOD);
    const one = join(folder, 'one.ndjson');
    writeFileSync(one, `${readFileSync(file, 'utf8').split('\n')[0]!}\n`);
    expect(await run({ file: one, registry: 'ca-on' })).toMatchObject({ accepted: 1, known: 0 });
    expect(await app.platform.db.rows('select from intake.duplicate_review')).toHaveLength(1);
  });

  it('is refused line by line where a number comes again with another birth', async () => {
    const other = join(folder, 'other.ndjson');
    writeFileSync(other, `${JSON.stringify({ registryEvent: '2026-02-0', notification: quebecBirth() })}\n`);
    expect(await run({ file: other })).toMatchObject({ accepted: 0, rejected: 1 });
    expect(JSON.parse(readFileSync(rejectsOf(other), 'utf8'))).toEqual({ line: 1, reasons: [{ pointer: '', code: 'idempotency.body-differs' }] });
  });

  it('comes to an end like every other birth, told by the registry as assisted', async () => {
    await eventuallyHolds(async () => {
      const [row] = await app.platform.db.rows<{ n: string }>(`select count(distinct case_id) n from log.event where type = 'bundling.case-advanced.v2' and data->>'status' = 'completed'`);
      expect(Number(row!.n)).toBe(GOOD);
    }, { within: 120_000 });
    const acts = await app.platform.db.rows<{ capacity: string; n: string }>(`select doc->'by'->>'capacity' capacity, count(*) n from consent.act group by 1`);
    expect(acts).toEqual([{ capacity: 'assisted', n: String(GOOD + 1) }]);
  }, 150_000);

  it('is taken by a process of its own beside the running product, which goes on and works on it', async () => {
    const beside = join(folder, 'beside.ndjson');
    writeFileSync(beside, Array.from({ length: 40 }, (_, i) => `${JSON.stringify({ registryEvent: `beside-${i}`, notification: quebecBirth() })}\n`).join(''));
    const before = await cases();
    const { code, said } = await runImport([beside, '--registry', 'ca-qc'], app.dataDir);
    expect(said).toContain('beside the product that is running');
    expect(said).toContain('40 accepted, 0 known before, 0 rejected');
    expect(code).toBe(0);
    expect(await cases()).toBe(before + 40); // the database was not stopped under the product
    await eventuallyHolds(async () => {
      const [row] = await app.platform.db.rows<{ n: string }>(`select count(distinct case_id) n from log.event where type = 'bundling.case-advanced.v2' and data->>'status' = 'completed'`);
      expect(Number(row!.n)).toBe(GOOD + 40);
    }, { within: 30_000 });
  }, 60_000);
});

describe('an import killed with -9', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tou-import-kill-'));
  const file = join(folder, 'births.ndjson');
  const dataDir = join(folder, 'data');
  afterAll(async () => {
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGTERM'); // left where the test failed midway
    await eventuallyHolds(() => expect(existsSync(pidFile)).toBe(false), { within: 10_000 });
    rmSync(folder, { recursive: true, force: true });
  }, 20_000);

  it('goes on where it was when it is run again, on its own, and a third run adds nothing', async () => {
    const good = 120;
    const badAt = write(file, good);
    const args = [file, '--list', '8', '--unknown-people', 'FUMA'];
    const first = await runImport(args, dataDir, '8 lines');
    expect(first.code).toBeNull();
    const second = await runImport(args, dataDir);
    const [, accepted, known, rejected] = /(\d+) accepted, (\d+) known before, (\d+) rejected\. Taken/.exec(second.said)!.map(Number) as [number, number, number, number];
    expect(second.said).toContain('with every service in this process');
    expect([accepted + known, rejected, second.code]).toEqual([good, badAt.length, 3]);
    expect(known).toBeGreaterThanOrEqual(8);
    expect(accepted).toBeGreaterThan(0);
    expect((await runImport(args, dataDir)).said).toContain(`0 accepted, ${good} known before`);
  }, 120_000);
});
