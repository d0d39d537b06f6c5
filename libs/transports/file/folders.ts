import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `{exchange}/{jurisdiction}/`: what we write for it, what it writes for us, and what of that nobody could read. */
export const outFolder = (dir: string, jurisdiction: string): string => join(dir, jurisdiction, 'out');
export const inFolder = (dir: string, jurisdiction: string): string => join(dir, jurisdiction, 'in');
export const asideFolder = (dir: string, jurisdiction: string): string => join(dir, jurisdiction, 'aside');
export const batchFile = (dir: string, jurisdiction: string, batch: string): string => join(outFolder(dir, jurisdiction), `${batch}.ndjson`);
export const ACK = '.ack';

/** Jurisdictions that have a folder here. */
export const jurisdictionsOf = (dir: string): readonly string[] =>
  existsSync(dir) ? readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory() && /^ca(-[a-z]{2})?$/.test(e.name)).map((e) => e.name).sort() : [];

const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** The file is there as a whole or not at all, also after a power cut: written under another name, synced, renamed, the folder synced. */
export const writeWhole = (path: string, text: string): void => {
  const fresh = `${path}.${process.pid}.part`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o770 });
  writeFileSync(fresh, text, { mode: 0o640, flush: true });
  renameSync(fresh, path);
  syncFolder(dirname(path));
};

/** Another process may have been quicker. */
export const removeFile = (path: string): void => unlessGone(() => unlinkSync(path));

export const moveFile = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true, mode: 0o770 });
  unlessGone(() => renameSync(from, to));
};

const unlessGone = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};
