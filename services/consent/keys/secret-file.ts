import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { makeOnce } from '#libs/config/make-once.js';

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Reads a file of secrets that only its owner may open; made by `create` when there is none, never over one that is there. */
export const readSecret = <T>(file: string, create: () => T): T => {
  makeOnce(file, () => text(create()));
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw new Error(`${file} holds keys and others may open it: chmod 600 ${file}`);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
};

/** Replaces the file as a whole: a reader sees the old keys or the new ones. */
export const replaceSecret = (file: string, value: unknown): void => {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text(value), { mode: 0o600, flush: true });
  renameSync(fresh, file);
};
