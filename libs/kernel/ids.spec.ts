import { describe, expect, it } from '@jest/globals';
import { newReference, parseReference, uuidv5, uuidv7 } from './ids.js';

describe('ids', () => {
  it('gives UUIDv7 that sort by time', () => {
    const a = uuidv7(1_700_000_000_000);
    const b = uuidv7(1_700_000_000_001);
    expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(a.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000);
    expect(a < b).toBe(true);
  });

  it('gives the UUIDv5 of RFC 9562 appendix A.4', () => {
    expect(uuidv5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('reads a reference as it is said and written by hand', () => {
    const reference = newReference();
    expect(reference).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/);
    expect(parseReference(` ${reference.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `)).toBe(reference);
  });

  it('notices every wrong character and every swap of neighbours', () => {
    for (let n = 0; n < 50; n++) {
      const plain = newReference().replaceAll('-', '');
      for (let i = 0; i < 12; i++) {
        const wrong = plain[i] === '7' ? '8' : '7';
        expect(parseReference(plain.slice(0, i) + wrong + plain.slice(i + 1))).toBeUndefined();
        if (i < 11 && plain[i] !== plain[i + 1]) {
          expect(parseReference(plain.slice(0, i) + plain[i + 1]! + plain[i]! + plain.slice(i + 2))).toBeUndefined();
        }
      }
    }
  });
});
