import { linkSync, mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a file only its owner can read (0600) when there is none, whole or not at all, and never over one that is there: of replicas that start together, one makes it. */
export const makeOnce = (path: string, text: () => string): void => {
  if (statSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text(), { mode: 0o600, flush: true });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first: its content is the content
  } finally {
    unlinkSync(fresh);
  }
};
