import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeOnce } from './make-once.js';

/** A secret of `bytes` random bytes in a file only its owner can read (0600); made at the first start, outside the database folder. */
export const readOrCreateKey = (path: string, bytes = 32): Buffer => {
  makeOnce(path, () => randomBytes(bytes).toString('base64url'));
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
  if (key.length < bytes) throw new Error(`the key file ${path} is too short`);
  return key;
};
