import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Remembered } from './remembered.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('of so many the newest are known whatever comes, and never more than twice as many; what is kept anew is young again', () => {
  const known = new Remembered<number>(3);
  for (const [id, n] of [['a', 1], ['b', 2], ['c', 3], ['d', 4], ['a', 5]] as const) known.keep(id, n);
  expect(known.ofAll(['a', 'b', 'c', 'd'])).toEqual([5, 2, 3, 4]);
  known.keep('e', 6);
  expect(['a', 'b', 'c', 'd', 'e'].map((id) => known.get(id))).toEqual([5, undefined, undefined, 4, 6]);
  expect([known.size, known.ofAll(['a', 'd']), known.ofAll(['a', 'b'])]).toEqual([3, [5, 4], undefined]);
  for (let i = 0; i < 1000; i++) {
    known.keep(`n${i}`, i);
    expect(known.ofAll([i - 2, i - 1, i].filter((n) => n >= 0).map((n) => `n${n}`))).toBeDefined();
    expect(known.size).toBeLessThan(6);
  }
  jest.advanceTimersByTime(1e9);
  expect(known.size).toBeGreaterThanOrEqual(3);
  known.clear();
  expect([known.size, known.get('n999')]).toEqual([0, undefined]);
});

it('with a span, what was not kept anew for one to two of them is let go of, and nothing runs while it is empty', () => {
  const known = new Remembered<number>(9, 1000);
  known.keep('a', 1);
  jest.advanceTimersByTime(999);
  known.keep('b', 2);
  jest.advanceTimersByTime(1000);
  expect([known.get('a'), known.get('b')]).toEqual([1, 2]);
  known.keep('a', 3);
  jest.advanceTimersByTime(1000);
  expect([known.get('a'), known.get('b'), known.size]).toEqual([3, undefined, 1]);
  jest.advanceTimersByTime(2000);
  expect([known.size, jest.getTimerCount()]).toEqual([0, 0]);
  known.keep('c', 4);
  jest.advanceTimersByTime(3000);
  expect(known.size).toBe(0);
});

it('with a span, what is many goes at once, nothing is let go of before its span is over, and what is taken is gone', () => {
  const known = new Remembered<number>(2, 1000);
  jest.advanceTimersByTime(500);
  for (const [id, n] of [['a', 1], ['b', 2], ['c', 3]] as const) known.keep(id, n);
  jest.advanceTimersByTime(900);
  known.keep('d', 4);
  jest.advanceTimersByTime(100);
  expect([known.get('a'), known.get('d')]).toEqual([undefined, 4]);
  jest.advanceTimersByTime(800);
  expect([known.take('d'), known.take('d'), known.size]).toEqual([4, undefined, 1]); // c, not yet two spans old
  jest.advanceTimersByTime(2000);
  expect(jest.getTimerCount()).toBe(0);
});
