import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backOff, readRetryAfter } from './retry.js';

const OPTIONS = { baseMs: 500, capMs: 60_000 };
const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('the wait before another try', () => {
  it('doubles its longest with every failure, up to the cap', () => {
    expect([1, 2, 3, 4].map((n) => backOff(n, 1, OPTIONS))).toEqual([500, 1000, 2000, 4000]);
    expect(backOff(500, 1, OPTIONS)).toBe(60_000);
  });

  it('falls anywhere below that, so that many who failed together do not come back together', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, chance) => {
      const wait = backOff(failures, chance, OPTIONS);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(OPTIONS.capMs);
    }));
    expect(backOff(3, 0, OPTIONS)).toBe(0);
    expect(backOff(3, 0.5, OPTIONS)).toBe(1000);
  });

  it('is never shorter than what the programme asked for', () => {
    expect(backOff(1, 0, OPTIONS, 120_000)).toBe(120_000);
  });
});

describe('Retry-After', () => {
  it('is read as seconds or as a date', () => {
    expect(readRetryAfter('120', NOW)).toBe(120_000);
    expect(readRetryAfter(' 0 ', NOW)).toBe(0);
    expect(readRetryAfter('Fri, 20 Nov 2026 12:00:30 GMT', NOW)).toBe(30_000);
  });

  it('of the past is now, and of the far future a day', () => {
    expect(readRetryAfter('Fri, 20 Nov 2026 11:00:00 GMT', NOW)).toBe(0);
    expect(readRetryAfter('9999999999', NOW)).toBe(86_400_000);
  });

  it('that says neither is as good as none', () => {
    for (const header of [undefined, '', 'soon', '-5', '1.5', '12 apples']) expect([header, readRetryAfter(header, NOW)]).toEqual([header, undefined]);
  });
});
