import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { projectFile } from '#libs/config/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka } from '#libs/testing/test-broker.js';

const DEMO = join(dirname(projectFile('package.json')), 'dist/services/all-in-one/demo.js');

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tou-demo-')));
  chmodSync(folder, 0o755); // the database may run as another account
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM'); // left where the test failed midway
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}, 30_000);
const start = (): ChildProcess => {
  child = spawn(process.execPath, [DEMO, '--kafka'], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
  return child;
};

/** What a demonstration has left where it keeps its things. */
const left = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('tell-us-once-demo-'));
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** The broker's process, once it has one. */
const brokerPid = (): Promise<number> => eventually(() => {
  const file = left().map((name) => join(folder, name, 'kafka/pid')).find((path) => existsSync(path));
  return file === undefined ? undefined : Number(readFileSync(file, 'utf8'));
}, { within: 60_000, every: 50 });

describe('npm run demo -- --kafka, without Java', () => {
  it('says what is missing and how to get it, and leaves nothing', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const tool of ['bash', 'env', 'dirname']) symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(bin, tool));
    const { status, stdout } = spawnSync(process.execPath, [DEMO, '--kafka'], { env: { PATH: bin, TMPDIR: folder }, encoding: 'utf8' });
    expect(stdout).toContain('Kafka needs Java 17 or newer, and there is none: install them');
    expect([status, left()]).toEqual([1, []]);
  }, 30_000);
});

describeOnKafka('npm run demo -- --kafka', () => {
  it('tells one birth over a broker of its own, ends by itself, and leaves nothing behind', async () => {
    const demo = start();
    let said = '';
    demo.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(demo, 'exit');
    const pid = await brokerPid();
    await ended;
    expect(said).toMatch(/Case \S+: completed/);
    await eventually(() => !isThere(pid), { within: 10_000 });
    expect([demo.exitCode, left()]).toEqual([0, []]);
  }, 240_000);

  it('leaves nothing behind either when it is stopped while the broker starts', async () => {
    const demo = start();
    const ended = once(demo, 'exit');
    const pid = await brokerPid();
    demo.kill('SIGINT');
    await ended;
    await eventually(() => !isThere(pid), { within: 10_000 });
    expect([demo.exitCode, left()]).toEqual([130, []]);
  }, 90_000);
});
