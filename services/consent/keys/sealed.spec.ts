import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { keyIdOf, seal, unseal, type SealingKey } from './sealed.js';

const aKey = (id = 'k1'): SealingKey => ({ id: Buffer.from(id), secret: randomBytes(32) });
const plain = Buffer.from('Juniper Quillfeather');

describe('a sealed text', () => {
  it('is opened by its key in its place', () => {
    const key = aKey();
    expect(unseal(key, seal(key, plain, 'declaration a 1'), 'declaration a 1')).toEqual(plain);
  });

  it('shows nothing of what it holds, and never looks the same twice', () => {
    const key = aKey();
    const [one, two] = [seal(key, plain, 'x'), seal(key, plain, 'x')];
    expect(one.includes('Juniper')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it('names the key that opens it', () => {
    expect(keyIdOf(seal(aKey('kek-7'), plain, 'x')).toString()).toBe('kek-7');
  });

  it('cannot be opened in another place, by another key, nor after any of its bytes was changed', () => {
    const key = aKey();
    const sealed = seal(key, plain, 'declaration a 1');
    expect(() => unseal(key, sealed, 'declaration b 1')).toThrow();
    expect(() => unseal(key, sealed, 'declaration a 2')).toThrow();
    expect(() => unseal(aKey(), sealed, 'declaration a 1')).toThrow();
    expect(() => unseal(aKey('k2'), sealed, 'declaration a 1')).toThrow('sealed by another key');
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i]! ^= 1;
      expect(() => unseal(key, changed, 'declaration a 1')).toThrow();
    }
  });

  it('of a format this build does not know is refused by its number', () => {
    expect(() => keyIdOf(Buffer.from([9, 1, 65]))).toThrow('sealed in format 9');
  });

  it('cut short is refused', () => {
    const key = aKey();
    const sealed = seal(key, plain, 'x');
    for (const length of [0, 1, 5, 20, sealed.length - 1]) expect(() => unseal(key, sealed.subarray(0, length), 'x')).toThrow();
  });
});
