import { linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const write = (file: string, value: unknown): string => {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  return fresh;
};

/** Reads a file of secrets that only its owner may open; made by `create` when there is none, never over one that is there. */
export const readSecret = <T>(file: string, create: () => T): T => {
  if (!statSync(file, { throwIfNoEntry: false })) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = write(file, create());
    try {
      linkSync(fresh, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first: its keys are the keys
    } finally {
      unlinkSync(fresh);
    }
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw new Error(`${file} holds keys and others may open it: chmod 600 ${file}`);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
};

/** Replaces the file as a whole: a reader sees the old keys or the new ones. */
export const replaceSecret = (file: string, value: unknown): void => renameSync(write(file, value), file);
