import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyRing } from './key-ring.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tou-keys-'));
  file = join(folder, 'private', 'kek.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the key ring', () => {
  it('is made once, in a file only its owner can open', () => {
    const made = new KeyRing(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new KeyRing(file).current).toBe(made.current);
  });

  it('is refused when others may open it', () => {
    new KeyRing(file);
    chmodSync(file, 0o640);
    expect(() => new KeyRing(file)).toThrow(`chmod 600 ${file}`);
  });

  it('wraps a data key for one case: for another it does not open', () => {
    const ring = new KeyRing(file);
    const key = ring.newDataKey();
    const { wrappedKey, kekId } = ring.wrap(key, 'case-a');
    expect(kekId).toBe(ring.current);
    expect(ring.unwrap(wrappedKey, 'case-a')).toEqual(key);
    expect(() => ring.unwrap(wrappedKey, 'case-b')).toThrow();
    expect(wrappedKey.includes(key.secret)).toBe(false);
  });

  it('opens after a rotation what was wrapped before it, and wraps by the new key', () => {
    const ring = new KeyRing(file);
    const [key, before] = [ring.newDataKey(), ring.current];
    const { wrappedKey } = ring.wrap(key, 'case-a');
    const after = ring.rotate();
    expect(after).not.toBe(before);
    expect(ring.unwrap(wrappedKey, 'case-a')).toEqual(key);
    expect(ring.wrap(key, 'case-a').kekId).toBe(after);
  });

  it('in another process opens what was wrapped by a key made after it started', () => {
    const [here, there] = [new KeyRing(file), new KeyRing(file)];
    here.rotate();
    const key = here.newDataKey();
    expect(there.unwrap(here.wrap(key, 'case-a').wrappedKey, 'case-a')).toEqual(key);
  });

  it('forgets retired keys: what they wrapped is gone for good', () => {
    const ring = new KeyRing(file);
    const { wrappedKey, kekId } = ring.wrap(ring.newDataKey(), 'case-a');
    ring.rotate();
    ring.retireOthers();
    expect(readFileSync(file, 'utf8')).not.toContain(kekId);
    expect(() => ring.unwrap(wrappedKey, 'case-a')).toThrow('put back the key file');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
