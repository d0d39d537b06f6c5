import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Remembered } from './remembered.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('of more than it may hold the oldest is let go of; what is kept anew is young again', () => {
  const known = new Remembered<number>(2);
  for (const [id, n] of [['a', 1], ['b', 2], ['a', 3], ['c', 4]] as const) known.keep(id, n);
  expect([known.get('a'), known.get('b'), known.get('c'), known.size]).toEqual([3, undefined, 4, 2]);
  expect([known.ofAll(['a', 'c']), known.ofAll(['a', 'b'])]).toEqual([[3, 4], undefined]);
  jest.advanceTimersByTime(1e9);
  expect(known.size).toBe(2);
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

it('with a span the oldest goes first too, and what is taken is gone', () => {
  const known = new Remembered<number>(2, 1000);
  known.keep('a', 1);
  known.keep('b', 2);
  jest.advanceTimersByTime(1000);
  known.keep('c', 3);
  expect([known.get('a'), known.take('b'), known.take('b'), known.get('c'), known.size]).toEqual([undefined, 2, undefined, 3, 1]);
});
