import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { serverAccount } from './account.js';
import { findBinaries, linkLibraries, runnableBinaries } from './binaries.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './index.js';

const root = process.getuid?.() === 0;
const here = import.meta.dirname;

let folder: string;
let dataDir: string;
let said: string[];
let started: EmbeddedPostgres[];
let children: ChildProcess[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tou-')));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
  [said, started, children] = [[], [], []];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of started) {
    await server.stop();
    rmSync(socketFolderOf(server), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

const socketFolderOf = ({ url }: EmbeddedPostgres): string => new URL(url).searchParams.get('host')!;

const start = async (durable = false): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres({ dataDir, durable, log: (line) => said.push(line) });
  started.push(server);
  return server;
};

const query = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

/** The launcher compiled for a plain node process, which can be killed as an operator's would be. */
const startInChild = async (): Promise<{ child: ChildProcess; pid: number; url: string }> => {
  const build = join(folder, 'build');
  if (!existsSync(build)) {
    mkdirSync(build);
    for (const file of readdirSync(here).filter((f) => f.endsWith('.ts') && !f.endsWith('.spec.ts'))) {
      const { code } = transformFileSync(join(here, file), { swcrc: false, module: { type: 'es6' }, jsc: { target: 'es2023', parser: { syntax: 'typescript' } } });
      writeFileSync(join(build, file.replace(/ts$/, 'js')), code);
    }
    writeFileSync(join(build, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(build, 'main.js'), `
      import { startEmbeddedPostgres } from './index.js';
      const { pid, url } = await startEmbeddedPostgres({ dataDir: process.argv[2], durable: false });
      console.log(JSON.stringify({ pid, url }));
      setInterval(() => {}, 1000);`);
    symlinkSync(join(here, '../../../node_modules'), join(build, 'node_modules'));
  }
  const child = spawn(process.execPath, [join(build, 'main.js'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, ...(JSON.parse(line) as { pid: number; url: string }) };
  throw new Error('the child ended before its database was ready');
};

describe('the embedded database', () => {
  it('starts on a folder that does not exist yet, and nobody but its own account can knock', async () => {
    const server = await start(true);
    expect(await query(server.url, `select current_database() as name, upper('é') as upper, current_setting('server_encoding') as encoding,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('listen_addresses') as network, current_setting('jit') as jit`))
      .toEqual([{ name: 'tellusonce', upper: 'É', encoding: 'UTF8', fsync: 'on', commit: 'on', network: '', jit: 'off' }]);
    expect(statSync(socketFolderOf(server)).mode & 0o777).toBe(0o700);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    if (root) expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0);
    expect(readdirSync(folder)).toEqual(['data']);
  });

  it('keeps its data when it is stopped and started again', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false);
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('lives on when its process is killed, and the next start takes it over', async () => {
    const { child, pid, url } = await startInChild();
    await query(url, 'create table kept as select 1 as answer');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const next = await start();
    expect(next.pid).toBe(pid);
    expect(said.join()).toContain('adopted');
    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 1 }]);
    await next.stop();
    await expect(query(url, 'select 1')).rejects.toThrow();
  });

  it('has lost nothing that was committed when the server is killed', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 7 as answer');
    first.crash();
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 7 }]);
  });

  it('is one server when several processes start it on a new folder at the same moment', async () => {
    const all = await Promise.all([startInChild(), startInChild(), start(), start()]);
    expect(new Set(all.map((s) => s.pid)).size).toBe(1);
    expect(readdirSync(folder).filter((f) => f.startsWith('data'))).toEqual(['data']);
  });

  it('does not serve careful callers with a server that was started without fsync', async () => {
    const careless = await start(false);
    const careful = await start(true);
    expect(careful.pid).not.toBe(careless.pid);
    expect(await query(careful.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect((await start(false)).pid).toBe(careful.pid);
  });

  it('starts although the number in its old lock file now belongs to another process', async () => {
    const server = await start();
    const lock = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8');
    await server.stop();
    const stranger = spawn('sleep', ['60'], { ...serverAccount(dataDir), cwd: '/', stdio: 'ignore' });
    children.push(stranger);
    writeFileSync(join(dataDir, 'postmaster.pid'), lock.replace(/^\d+/, String(stranger.pid)));
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it('refuses the data of another major version, changes nothing and says what to do', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'PG_VERSION'), '16\n');
    const refusal = start();
    await expect(refusal).rejects.toThrow(/was written by PostgreSQL 16 and the embedded one is 18/);
    await expect(refusal).rejects.toThrow(/pg_dump .* new DATA_DIR.*set DATABASE_URL to a PostgreSQL >= 15/);
    expect(readdirSync(dataDir)).toEqual(['PG_VERSION']);
  });

  it('refuses a folder that holds something else', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'holiday.jpg'), '');
    await expect(start()).rejects.toThrow(/is not empty and holds no PostgreSQL data: choose another DATA_DIR/);
  });

  it('says why when the server will not start', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'postgresql.conf'), 'no_such_setting = on\n');
    await expect(start()).rejects.toThrow(/did not start[^]*no_such_setting[^]*set DATABASE_URL/);
  });

  (root ? it : it.skip)('works for root below a folder closed to all others', async () => {
    chmodSync(folder, 0o700);
    const server = await start();
    await query(server.url, 'create table kept as select 5 as answer; checkpoint');
    server.crash();
    expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 5 }]);
  });
});

describe('the PostgreSQL programs', () => {
  const installed = findBinaries();
  const copyWithoutLinks = (): string => {
    const copy = join(folder, 'closed', 'native');
    cpSync(installed.folder, copy, { recursive: true, filter: (file) => !/lib(pq|icu\w+)\.so(\.\d+)?$/.test(file) });
    return copy;
  };
  const versionOf = (binaries: string): string =>
    spawnSync(join(binaries, 'bin', 'initdb'), ['--version'], { ...serverAccount('/'), cwd: '/', encoding: 'utf8' }).stdout;

  it('get their library links when npm ran no install scripts', () => {
    const copy = copyWithoutLinks();
    expect(versionOf(copy)).toBe('');
    linkLibraries(copy);
    expect(versionOf(copy)).toMatch(/PostgreSQL\) 18/);
    expect(() => linkLibraries(copy)).not.toThrow();
  });

  (root ? it : it.skip)('are copied to where the server\'s account can run them when the checkout is private, and mended there', () => {
    const binaries = { ...installed, folder: copyWithoutLinks() };
    chmodSync(join(folder, 'closed'), 0o700);
    const copy = runnableBinaries(binaries, serverAccount('/'), join(folder, 'temporary'));
    expect(copy).not.toBe(binaries.folder);
    expect(versionOf(copy)).toMatch(/PostgreSQL\) 18/);
    rmSync(join(copy, 'share'), { recursive: true });
    expect(runnableBinaries(binaries, serverAccount('/'), join(folder, 'temporary'))).toBe(copy);
    expect(existsSync(join(copy, 'share'))).toBe(true);
    expect(readdirSync(join(folder, 'temporary'))).toHaveLength(1);
  });

  it('are missed with a sentence that names the way out', () => {
    expect(() => findBinaries('sunos', 'sparc')).toThrow(/No embedded PostgreSQL for sunos-sparc.*set DATABASE_URL to a PostgreSQL >= 15/);
  });
});
