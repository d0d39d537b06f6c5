import { beforeEach, describe, expect, it } from '@jest/globals';
import { Breaker } from './breaker.js';

describe('the breaker of a programme', () => {
  let breaker: Breaker;
  beforeEach(() => {
    breaker = new Breaker({ failures: 3, coolMs: 1000, longestMs: 5000 });
    for (let n = 0; n < 3; n++) breaker.failed(0);
  });

  it('opens after so many failures in a row, not after as many with successes between', () => {
    expect(breaker.stateAt(0)).toBe('open');
    expect(breaker.admit(999)).toBe(false);
    const patient = new Breaker({ failures: 3 });
    for (let n = 0; n < 10; n++) {
      patient.failed(0);
      patient.failed(0);
      patient.succeeded();
    }
    expect(patient.stateAt(0)).toBe('closed');
    expect(patient.admit(0)).toBe(true);
  });

  it('lets one probe pass after a while, and only one', () => {
    expect(breaker.stateAt(1000)).toBe('half-open');
    expect(breaker.admit(1000)).toBe(true);
    expect(breaker.isProbing).toBe(true);
    expect(breaker.admit(1001)).toBe(false);
  });

  it('closes when the probe succeeds', () => {
    breaker.admit(1000);
    breaker.succeeded();
    expect(breaker.stateAt(1000)).toBe('closed');
    expect([breaker.admit(1000), breaker.admit(1000)]).toEqual([true, true]);
  });

  it('stays open twice as long each time the probe fails, up to the longest', () => {
    let at = 1000;
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      breaker.admit(at);
      breaker.failed(at);
      let wait = 0;
      while (breaker.stateAt(at + wait) === 'open') wait += 100;
      waits.push(wait);
      at += wait;
    }
    expect(waits).toEqual([2000, 4000, 5000, 5000]);
  });

  it('is not opened for longer by calls that were under way when it opened', () => {
    breaker.failed(500);
    breaker.failed(900);
    expect(breaker.stateAt(1000)).toBe('half-open');
  });
});
