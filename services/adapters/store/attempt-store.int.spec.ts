import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { uuidv7 } from '#libs/kernel/index.js';
import type { OpenAttempt } from '../domain/delivery.js';
import { LEASE_MS } from '../domain/progress.js';
import { Store, World } from '../testing/harness.js';
import { AttemptStore } from './attempt-store.js';

const NOW = 1_800_000_000_000;
let store: Store;
let attempts: AttemptStore;
beforeAll(async () => {
  store = await Store.open();
  attempts = new AttemptStore(store.db);
}, 60_000);
afterAll(() => store.close());
beforeEach(() => store.empty());

const put = (n: number, over: Partial<OpenAttempt> = {}): Promise<void> => new World(store).unitOfWork.join([], async (unit) => {
  attempts.keep(unit, Array.from({ length: n }, () => {
    const id = uuidv7();
    return { caseId: id, deliveryId: id, tellId: id, target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1, attempts: 1, state: 'failed', since: NOW, dueAt: NOW, ...over };
  }));
});
const ALL = { except: [], oneEach: [], limit: 64 };

it('gives each due row to one of many replicas that ask at once', async () => {
  await put(300);
  const lists = await Promise.all(Array.from({ length: 10 }, () => attempts.claim(NOW, { ...ALL, limit: 20 })));
  const ids = lists.flat().map((row) => row.deliveryId);
  expect(ids.length).toBeGreaterThan(20);
  expect(new Set(ids).size).toBe(ids.length);
});

it('gives none before it is due, nor again before the lease ends', async () => {
  await put(1, { dueAt: NOW + 1 });
  expect(await attempts.claim(NOW, ALL)).toEqual([]);
  expect(await attempts.claim(NOW + 1, ALL)).toHaveLength(1);
  expect(await attempts.claim(NOW + LEASE_MS, ALL)).toEqual([]);
  expect(await attempts.claim(NOW + 1 + LEASE_MS, ALL)).toHaveLength(1);
});

it('leaves programmes alone that are not called, and gives one row of those that are tried', async () => {
  await put(3, { programme: 'ca/sin' });
  await put(3, { programme: 'ca-on/health-card' });
  await put(3, { programme: 'ca-qc/health-card' });
  const taken = (await attempts.claim(NOW, { except: ['ca/sin'], oneEach: ['ca-on/health-card'], limit: 64 })).map((row) => row.programme).sort();
  expect(taken).toEqual(['ca-on/health-card', 'ca-qc/health-card', 'ca-qc/health-card', 'ca-qc/health-card']);
  expect((await attempts.backlog()).map(({ programme, count }) => [programme, count])).toEqual([['ca-on/health-card', 3], ['ca-qc/health-card', 3], ['ca/sin', 3]]);
});

it('does not read what has heaped up for a programme that is not called', async () => {
  const quickest = async (): Promise<number> => {
    const took: number[] = [];
    for (let i = 0; i < 15; i++) {
      const began = performance.now();
      expect(await attempts.claim(NOW, { except: ['ca/sin'], oneEach: [], limit: 64 })).toEqual([]);
      took.push(performance.now() - began);
    }
    return Math.min(...took);
  };
  await put(1);
  const alone = await quickest();
  await store.db.rows(`insert into adapters.attempt (delivery_id, case_id, tell_id, target, programme, kind, revision, attempts, state, since, due_at)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'sin', 'ca/sin', 'tell', 1, 0, 'unsent', $1::bigint, $1::bigint - i from generate_series(1, 100000) i`, [NOW]);
  expect(await quickest()).toBeLessThan(6 * alone);
}, 30_000);
