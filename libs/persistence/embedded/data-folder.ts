import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, lchownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { canReach, type Account } from './account.js';
import { WAY_OUT } from './binaries.js';

const windows = process.platform === 'win32';
const PASSWORD = 'tellusonce.password';

/** The folder's one true name, whatever links lead to it: it names the socket and tells our server from another. */
export const realFolder = (dataDir: string): string => {
  const path = resolve(dataDir);
  mkdirSync(dirname(path), { recursive: true });
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
};

/**
 * How the server names its data folder. Below a folder closed to its account (root's home) a full path leads nowhere, so it
 * is started inside the folder and names it by Linux's link to the current one, which every child inherits.
 */
export const reachableName = (dataDir: string, account: Account | undefined): string => {
  if (account === undefined || canReach(account, dataDir)) return dataDir;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new Error(`PostgreSQL does not run as root, and user ${account.uid} may not enter the folders above ${dataDir}: choose another DATA_DIR, or ${WAY_OUT}.`);
};

/** The server needs none of our environment, which holds secrets; its own words stay English and in UTC. */
export const serverEnv = windows ? {} : { env: { LC_ALL: 'C', TZ: 'UTC' } };

/** Only where there is no private socket (Windows). */
export const passwordOf = (dataDir: string): string => readFileSync(join(dataDir, PASSWORD), 'utf8');

const initialise = async (dataDir: string, binaries: string, account: Account | undefined, durable: boolean): Promise<void> => {
  // Made beside and moved into place whole: neither a crash half-way nor a second start leaves a folder nobody can use.
  const draft = mkdtempSync(`${dataDir}.new-`);
  const password = `${draft}.password`;
  try {
    if (account) chownSync(draft, account.uid, account.gid);
    if (windows) writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 });
    await promisify(execFile)(join(binaries, 'bin', 'initdb'), [
      '--pgdata', reachableName(draft, account), '--username', 'postgres', '--encoding', 'UTF8',
      '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--no-instructions',
      // Trust: only the account itself (and root) can enter the folder of the socket, and nothing listens on the network.
      ...(windows ? ['--auth', 'scram-sha-256', '--pwfile', password] : ['--auth-local', 'trust', '--auth-host', 'reject']),
      ...(durable ? [] : ['--no-sync']),
    ], { ...account, ...serverEnv, cwd: draft, windowsHide: true });
    if (windows) renameSync(password, join(draft, PASSWORD));
    if (existsSync(dataDir)) rmdirSync(dataDir);
    renameSync(draft, dataDir);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    rmSync(password, { force: true });
    if (!existsSync(join(dataDir, 'PG_VERSION'))) throw error; // otherwise another start was first
  }
};

/** Makes the data folder, or refuses one this PostgreSQL cannot open; true when it is new. */
export const prepareDataFolder = async (
  dataDir: string, binaries: string, version: string, account: Account | undefined, durable: boolean,
): Promise<boolean> => {
  const entries = existsSync(dataDir) ? readdirSync(dataDir) : [];
  if (entries.length === 0) {
    await initialise(dataDir, binaries, account, durable);
    return true;
  }
  if (!entries.includes('PG_VERSION')) throw new Error(`${dataDir} is not empty and holds no PostgreSQL data: choose another DATA_DIR, or ${WAY_OUT}.`);
  const found = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const ours = version.split('.')[0]!;
  if (found !== ours) {
    throw new Error(
      `${dataDir} was written by PostgreSQL ${found} and the embedded one is ${ours}, which cannot open it. Nothing was changed. ` +
      `To keep the data: with PostgreSQL ${found}, pg_dump the database, then psql the dump into a new DATA_DIR. ` +
      `To go without them: choose another DATA_DIR. To stay on ${found}: ${WAY_OUT}.`,
    );
  }
  if (account && statSync(dataDir).uid !== account.uid) {
    for (const file of ['.', ...readdirSync(dataDir, { recursive: true, encoding: 'utf8' })]) lchownSync(join(dataDir, file), account.uid, account.gid);
  }
  return false;
};
