import { describe, expect, it } from '@jest/globals';
import { DAY, movableClockAt, StillClock } from './clocks.js';

describe('a clock for tests', () => {
  it('stands still until it is moved', () => {
    const clock = StillClock.at('2026-03-01T00:00:00Z');
    clock.advance(15 * DAY);
    expect(new Date(clock.now()).toISOString()).toBe('2026-03-16T00:00:00.000Z');
  });

  it('or runs from a given instant, and tells those who wait when it jumps', () => {
    const clock = movableClockAt('2026-03-01T00:00:00Z');
    let moved = 0;
    clock.onMove(() => moved++);
    clock.advance(DAY);
    expect(clock.now() - Date.parse('2026-03-02T00:00:00Z')).toBeLessThan(5000);
    expect(moved).toBe(1);
  });
});
