import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '#contracts/apis/routes.js';
import { projectFile } from '#libs/config/index.js';

const MAIN = join(dirname(projectFile('package.json')), 'dist/services/all-in-one/start-split.js');

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('npm run start:split', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tou-start-split-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('starts every service, says when all are ready and where, and leaves nothing behind on Ctrl-C', async () => {
    const child = spawn(process.execPath, [MAIN, '--ports', 'free'], { env: { DATA_DIR: dataDir, PORT: '0', SANDBOX_PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'info' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    try {
      for (let i = 0; i < 900 && child.exitCode === null && !said.includes('Stop       Ctrl-C'); i++) await sleep(100);
      expect(said).toContain(`Tell us once is running in ${SERVICES.length} processes.`);
      const pids = [...said.matchAll(/^ {2}(\w+)\.1 .*process (\d+)/gm)].map(([, name, pid]) => ({ name, pid: Number(pid) }));
      expect(pids.map((p) => p.name).sort()).toEqual([...SERVICES].sort());
      for (const name of SERVICES) expect(said).toMatch(new RegExp(`^${name}\\.1 +\\| \\{"level":"info".*"service":"${name}"`, 'm'));
      expect((await fetch(/Reference +(\S+)/.exec(said)![1]!)).status).toBe(200);
      const began = Date.now();
      child.kill('SIGINT');
      await once(child, 'exit');
      expect([child.exitCode, Date.now() - began < 15_000]).toEqual([0, true]);
      expect(pids.filter((p) => isThere(p.pid))).toEqual([]);
    } finally {
      child.kill('SIGTERM');
    }
  }, 150_000);

  it('says what it does not understand', () => {
    const told = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env: { DATA_DIR: dataDir }, encoding: 'utf8' });
      return [status, stderr.trim()];
    };
    expect(told('--replicas', 'many')).toEqual([2, '--replicas takes a number from 1 to 4']);
    expect(told('--only', 'intake,outtake')).toEqual([2, `outtake is no service; there are ${SERVICES.join(', ')}`]);
  }, 30_000);
});
