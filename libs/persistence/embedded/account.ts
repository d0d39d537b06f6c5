import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user a server process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const idOf = (flag: '-u' | '-g'): number => {
  try {
    return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 65_534;
  }
};

/**
 * PostgreSQL refuses to run as root: then it runs as whoever owns the data folder, and as `nobody` for a new one or one of
 * root's. Undefined: as ourselves.
 */
export const serverAccount = (dataDir: string): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  return owner !== undefined && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : { uid: idOf('-u'), gid: idOf('-g') };
};

/** Whether `account` may pass through every folder above `path`. */
export const canReach = (account: Account, path: string): boolean => {
  const parent = dirname(path);
  if (parent === path) return true;
  const { mode, uid, gid } = statSync(parent);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0 && canReach(account, parent);
};
