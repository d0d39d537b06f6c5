import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope } from '#contracts/envelope.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { Bell, Outbox, partitionOfCase } from '../index.js';

let database: TestDatabase;
const bells: Bell[] = [];
beforeEach(async () => {
  database = await openTestDatabase();
}, 30_000);
afterEach(async () => {
  await Promise.all(bells.splice(0).map((bell) => bell.stop()));
  await database.close();
});

const anEvent = (caseId = uuidv7()): Envelope =>
  ({ specversion: '1.0', id: `${caseId}/1`, source: '/tally', type: 'tally.noted.v1', subject: caseId, time: new Date(0).toISOString(), caseId, seq: 1, data: {} });
const hang = async (name: string): Promise<{ outbox: Outbox; bell: Bell; heard: () => number }> => {
  const outbox = new Outbox();
  const bell = new Bell(await database.open(name), outbox);
  bells.push(bell);
  await bell.start();
  let rings = 0;
  bell.onWake(() => rings++);
  return { outbox, bell, heard: () => rings };
};
const listening = async (name: string) => (await database.db.rows(`select from pg_stat_activity where application_name = $1 and query ~ '^(listen|notify)'`, [name])).length;

describe('the bell', () => {
  it('wakes this process at once and the others soon', async () => {
    const [here, there] = [await hang('here'), await hang('there')];
    here.outbox.ring([anEvent()], '0');
    expect(here.heard()).toBe(1);
    await eventually(() => there.heard() === 1, { within: 500 });
  });

  it('sums up a storm: a thousand rings are few notices, and the last is heard', async () => {
    const [here, there] = [await hang('here'), await hang('there')];
    for (let i = 0; i < 1000; i++) here.outbox.ring([anEvent()], '0');
    await sleep(200);
    expect(there.heard()).toBeGreaterThan(0);
    expect(there.heard()).toBeLessThan(10);
  });

  it('says in which partitions the log has grown, all of them where many rings are one notice', async () => {
    const [here, there] = [await hang('here'), await hang('there')];
    const told: number[] = [];
    there.bell.onWake((_, partitions) => told.push(...(partitions ?? [])));
    const list = Array.from({ length: 8 }, () => uuidv7());
    for (const caseId of list) here.outbox.ring([anEvent(caseId), anEvent(caseId)], '0');
    const expected = new Set(list.map(partitionOfCase));
    await eventually(() => [...expected].every((p) => told.includes(p)));
    expect(new Set(told)).toEqual(expected);
  });

  it('is hung up again after its connection was lost, once, however often it is lost', async () => {
    const [here, there] = [await hang('here'), await hang('there')];
    for (let round = 0; round < 3; round++) {
      await database.cut('there');
      await eventuallyHolds(async () => expect(await listening('there')).toBe(1));
    }
    await sleep(1200);
    expect(await listening('there')).toBe(1);
    const before = there.heard();
    here.outbox.ring([anEvent()], '0');
    await eventually(() => there.heard() > before, { within: 500 });
  });

  it('is silent once it is taken down, also when it is being hung up again', async () => {
    const { bell } = await hang('there');
    await database.cut('there');
    await sleep(450);
    await bell.stop();
    await sleep(400);
    expect(await listening('there')).toBe(0);
  });
});
