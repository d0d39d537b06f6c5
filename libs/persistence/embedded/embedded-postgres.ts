import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, closeSync, fchownSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { serverAccount, type Account } from './account.js';
import { findBinaries, runnableBinaries, WAY_OUT } from './binaries.js';
import { passwordOf, prepareDataFolder, reachableName, realFolder, serverEnv } from './data-folder.js';
import { POLL_MS, removeStaleLock, runningPostmaster, stopPostmaster } from './postmaster.js';

export interface EmbeddedPostgres {
  /** For `pg`, TypeORM and psql. */
  readonly url: string;
  readonly pid: number;
  /** Stops the server for everybody who shares it. */
  stop(): Promise<void>;
  /** Ends it as a power cut would; for tests. */
  crash(): void;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log?: (line: string) => void;
  /** False loses data when the machine stops; for tests that are to be fast. */
  readonly durable?: boolean;
}

interface Setup {
  readonly dataDir: string;
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly durable: boolean;
  readonly log: (line: string) => void;
  readonly socketFolder: string;
  readonly port: number;
}

const DATABASE = 'tellusonce';
const START_PATIENCE = 60_000;
const ADOPT_PATIENCE = 5_000;
const LOG_LIMIT = 10_000_000;
const windows = process.platform === 'win32';

/** Starts PostgreSQL on `dataDir`, or adopts the one that already serves it: a second start, or one that outlived its parent. */
export async function startEmbeddedPostgres({ dataDir: given, log = () => undefined, durable = true }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const found = findBinaries();
  const dataDir = realFolder(given);
  const account = serverAccount(dataDir);
  const binaries = runnableBinaries(found, account);
  const began = Date.now();
  const isNew = await prepareDataFolder(dataDir, binaries, found.version, account, durable);
  if (isNew) log(`made the data folder ${dataDir} for PostgreSQL ${found.version} in ${Date.now() - began} ms`);
  const setup: Setup = { dataDir, binaries, account, durable, log, socketFolder: windows ? '' : privateFolder(dataDir, account), port: windows ? await freePort() : 5432 };
  return (await adopt(setup)) ?? launch(setup);
}

/** Where the socket is: short, because its path may have about 100 bytes, and closed to all other accounts. */
const privateFolder = (dataDir: string, account: Account | undefined): string => {
  const name = `tellusonce-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const folder = join(tmpdir().length > 60 ? '/tmp' : tmpdir(), name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  // Somebody else's folder may hold a socket of theirs, waiting for our data; a link is refused with it.
  if (!lstatSync(folder).isDirectory() || (uid !== process.getuid?.() && uid !== account?.uid)) {
    throw new Error(`${folder} was made by somebody else: remove it, or ${WAY_OUT}.`);
  }
  chmodSync(folder, 0o700);
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const urlOf = ({ dataDir }: Setup, at: { socketFolder: string; port: number }, database = DATABASE): string =>
  windows
    ? `postgres://postgres:${passwordOf(dataDir)}@127.0.0.1:${at.port}/${database}`
    : `postgres://postgres@localhost:${at.port}/${database}?host=${encodeURIComponent(at.socketFolder)}`;

type Answer = 'ready' | 'not-durable' | 'busy' | 'silent';

/** Asks the server how it is; on its first answer it is given our database. */
const ask = async (url: string): Promise<Answer> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 30_000 });
  client.on('error', () => undefined); // told by the call that fails
  try {
    await client.connect();
    const known = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (known.rowCount === 0) {
      await client.query(`create database ${DATABASE}`).catch((error: unknown) => {
        // 42P04, 23505: another start was first.
        if (!(error instanceof DatabaseError) || !['42P04', '23505'].includes(error.code ?? '')) throw error;
      });
    }
    const { rows } = await client.query<{ fsync: string }>(`select current_setting('fsync') as fsync`);
    return rows[0]?.fsync === 'on' ? 'ready' : 'not-durable';
  } catch (error) {
    if (!(error instanceof DatabaseError)) return 'silent';
    if (error.code?.startsWith('57P')) return 'busy'; // starting, recovering or shutting down
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const suits = (answer: Answer, { durable }: Setup): boolean => answer === 'ready' || (answer === 'not-durable' && !durable);

const handle = (setup: Setup, pid: number, at: { socketFolder: string; port: number }): EmbeddedPostgres => ({
  url: urlOf(setup, at),
  pid,
  stop: () => stopPostmaster(pid, setup.dataDir, setup.binaries),
  crash: () => void process.kill(pid, 'SIGKILL'),
});

/** Undefined when there is none, or when the one there was had to be stopped. */
const adopt = async (setup: Setup): Promise<EmbeddedPostgres | undefined> => {
  let heard = Date.now();
  for (;;) {
    const running = runningPostmaster(setup.dataDir);
    if (running === undefined) return undefined;
    const at = { port: running.port, socketFolder: running.socketFolder || setup.socketFolder };
    const answer = await ask(urlOf(setup, at, 'postgres'));
    if (suits(answer, setup)) {
      setup.log(`adopted the PostgreSQL that already serves ${setup.dataDir} (process ${running.pid})`);
      return handle(setup, running.pid, at);
    }
    if (answer === 'busy') heard = Date.now();
    if (answer === 'not-durable' || Date.now() - heard > ADOPT_PATIENCE) {
      setup.log(`stopping the PostgreSQL that serves ${setup.dataDir} (process ${running.pid}): ${answer === 'silent' ? 'it does not answer' : 'it runs without fsync'}`);
      await stopPostmaster(running.pid, setup.dataDir, setup.binaries, ADOPT_PATIENCE);
    }
    await sleep(POLL_MS);
  }
};

const settings = ({ socketFolder, port, durable }: Setup): readonly string[] => Object.entries({
  listen_addresses: windows ? '127.0.0.1' : '',
  ...(windows ? {} : { unix_socket_directories: socketFolder, unix_socket_permissions: '0700' }),
  port,
  cluster_name: DATABASE,
  max_connections: 100,
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  synchronous_commit: 'on',
  fsync: durable ? 'on' : 'off',
  full_page_writes: durable ? 'on' : 'off',
  jit: 'off', // compiling costs more than our short statements take
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log', // a failed statement's message can quote personal data; its caller has it
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

const logPath = (dataDir: string): string => join(dataDir, 'server.log');
const logSize = (dataDir: string): number => statSync(logPath(dataDir), { throwIfNoEntry: false })?.size ?? 0;

/** In a process group of its own: Ctrl-C must reach us and not the database, which we still need to finish. */
const spawnServer = (setup: Setup): { child: ChildProcess; words: () => string } => {
  const { dataDir, account } = setup;
  removeStaleLock(dataDir, join(setup.socketFolder, `.s.PGSQL.${setup.port}.lock`));
  if (logSize(dataDir) > LOG_LIMIT) renameSync(logPath(dataDir), `${logPath(dataDir)}.1`);
  const from = logSize(dataDir);
  // A file and not a pipe: the server outlives us when we are killed.
  const out = openSync(logPath(dataDir), 'a', 0o600);
  if (account) fchownSync(out, account.uid, account.gid);
  const child = spawn(join(setup.binaries, 'bin', 'postgres'), ['-D', reachableName(dataDir, account), ...settings(setup)], {
    ...account, ...serverEnv, cwd: dataDir, detached: true, windowsHide: true, stdio: ['ignore', out, out],
  });
  closeSync(out);
  child.on('error', (error) => setup.log(error.message));
  child.unref();
  return { child, words: () => readFileSync(logPath(dataDir)).subarray(from).toString().trim() };
};

/** Another start holds the lock, or children of a crashed server have not all gone yet. */
const PASSES = /lock file .* (already exists|is empty)|still in use/;

const launch = async (setup: Setup): Promise<EmbeddedPostgres> => {
  const { dataDir, log } = setup;
  const began = Date.now();
  const url = urlOf(setup, setup, 'postgres');
  let heard = began;
  let { child, words } = spawnServer(setup);
  for (;;) {
    const answer = await ask(url);
    const pid = suits(answer, setup) ? runningPostmaster(dataDir)?.pid : undefined;
    if (pid !== undefined) {
      log(`PostgreSQL is ready on ${dataDir} (process ${pid}) after ${Date.now() - began} ms`);
      return handle(setup, pid, setup);
    }
    if (answer === 'busy') heard = Date.now(); // recovery takes as long as it takes
    const tooLong = Date.now() - heard > START_PATIENCE;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      const other = await adopt(setup);
      if (other) return other;
      if (tooLong || !PASSES.test(words())) throw new Error(`PostgreSQL did not start on ${dataDir}:\n${words()}\nMend this, or ${WAY_OUT}.`);
      ({ child, words } = spawnServer(setup));
    } else if (tooLong) {
      child.kill('SIGKILL');
      throw new Error(`PostgreSQL does not answer on ${dataDir} after ${START_PATIENCE / 1000} s:\n${words()}\nMend this, or ${WAY_OUT}.`);
    }
    await sleep(POLL_MS);
  }
};
