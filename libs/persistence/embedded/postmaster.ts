import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const POLL_MS = 20;

/** A running server, as its lock file in the data folder tells. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Empty until the server has opened its socket. */
  readonly socketFolder: string;
}

const lockFile = (dataDir: string): Postmaster | undefined => {
  try {
    const [pid, , , port, socketFolder] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return Number(pid) > 0 ? { pid: Number(pid), port: Number(port), socketFolder: socketFolder?.trim() ?? '' } : undefined;
  } catch {
    return undefined;
  }
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Whether `pid` is a server of this data folder. After a restart of the machine or the container the number may be anybody's,
 * and without an init process a dead server keeps its number: neither may be adopted, and the first not stopped.
 */
const serves = (pid: number, dataDir: string): boolean => {
  try {
    if (process.platform === 'win32') return exists(pid);
    if (process.platform === 'linux') {
      return readlinkSync(`/proc/${pid}/cwd`) === dataDir && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
    }
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return command.includes('postgres') && command.includes(dataDir);
  } catch {
    return false;
  }
};

export const runningPostmaster = (dataDir: string): Postmaster | undefined => {
  const found = lockFile(dataDir);
  return found && serves(found.pid, dataDir) ? found : undefined;
};

/**
 * Removes a lock file whose number now belongs to another process; PostgreSQL would take that for itself and refuse. A number
 * nobody has is left to PostgreSQL, which first makes sure that no child of the dead server still holds the data.
 */
export const removeStaleLock = (dataDir: string, socketLock: string): void => {
  const found = lockFile(dataDir);
  if (found === undefined || !exists(found.pid) || serves(found.pid, dataDir)) return;
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  rmSync(socketLock, { force: true });
};

/** Fast shutdown; one that does not come to an end in `patience` is ended harder, and recovers at its next start. */
export const stopPostmaster = async (pid: number, dataDir: string, binaries: string, patience = 60_000): Promise<void> => {
  if (process.platform === 'win32') {
    spawnSync(join(binaries, 'bin', 'pg_ctl'), ['stop', '--mode', 'fast', '--wait', '--pgdata', dataDir], { windowsHide: true });
    return;
  }
  for (const [signal, wait] of [['SIGINT', patience], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const) {
    if (!serves(pid, dataDir)) return;
    process.kill(pid, signal);
    for (const end = Date.now() + wait; Date.now() < end && serves(pid, dataDir);) await sleep(POLL_MS);
  }
};
