import { expect, it } from '@jest/globals';
import { Gather } from './gather.js';

it('what is asked in one turn is one call; what is asked during a call is the next; each caller has their own answer or error', async () => {
  const calls: (readonly number[])[] = [];
  const gather = new Gather<number, number>(async (list) => {
    calls.push(list);
    await new Promise((wait) => setTimeout(wait, 5));
    if (list.includes(13)) throw new Error('unlucky');
    return list.map((n) => n * 2);
  });
  const first = Promise.all([1, 2, 3].map((n) => gather.ask(n)));
  await new Promise((turn) => setTimeout(turn, 2));
  const second = Promise.allSettled([13, 4].map((n) => gather.ask(n)));
  expect(await first).toEqual([2, 4, 6]);
  expect((await second).map((r) => r.status)).toEqual(['rejected', 'rejected']);
  expect(await gather.ask(5)).toBe(10);
  await gather.idle();
  expect(calls).toEqual([[1, 2, 3], [13, 4], [5]]);
});
