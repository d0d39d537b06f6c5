import { describe, expect, it } from '@jest/globals';
import { isBcHealthNumber, isHealthNumber, isSin } from '#contracts/notifications/formats.js';
import { aBcHealthNumber, anOntarioHealthNumber, aSin } from './identifiers.js';

const numbers = Array.from({ length: 500 }, (_, i) => i * 7919);

describe.each([
  ['Social Insurance Number', aSin, isSin],
  ['Ontario health number', anOntarioHealthNumber, (v: string) => isHealthNumber('ca-on', v)],
  ['British Columbia health number', aBcHealthNumber, isBcHealthNumber],
] as const)('a made-up %s', (_name, make, isValid) => {
  it('passes the check that is published', () => {
    for (const n of numbers) expect([make(n), isValid(make(n))]).toEqual([make(n), true]);
    expect(isValid(make())).toBe(true);
  });

  it('no longer passes with one digit changed', () => {
    for (const n of numbers.slice(0, 20)) {
      const number = make(n);
      for (let i = 1; i < number.length; i++) expect(isValid(number.slice(0, i) + String((Number(number[i]) + 1) % 10) + number.slice(i + 1))).toBe(false);
    }
  });

  it('is another one each time, and the same for the same seed', () => {
    expect(new Set(Array.from({ length: 100 }, () => make())).size).toBeGreaterThan(90);
    expect(make(42)).toBe(make(42));
  });
});

it('no made-up Social Insurance Number can be a real one', () => {
  for (const n of numbers) expect(aSin(n)).toMatch(/^0/);
});
