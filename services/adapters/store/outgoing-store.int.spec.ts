import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { outgoingConformance } from '#libs/transports/messages/outgoing.conformance.js';
import { Store } from '../testing/harness.js';
import { OutgoingStore } from './outgoing-store.js';
import { UnreadableStore } from './unreadable-store.js';

let store: Store;
beforeAll(async () => (store = await Store.open()), 60_000);
afterAll(() => store.close());
const open = async () => {
  await store.empty();
  return new OutgoingStore(store.db, new SystemClock());
};

outgoingConformance('what is on its way, in the database', open);

describe('several processes', () => {
  it('put every parcel into exactly one batch', async () => {
    const outgoing = await open();
    const ids = Array.from({ length: 300 }, () => uuidv7());
    await outgoing.keep(ids.map((id) => ({ id, deliveryId: id, transport: 'file', jurisdiction: 'ca-sk', text: `"${id}"` })));
    for (let look = 0; look < 5; look++) await Promise.all(Array.from({ length: 6 }, () => outgoing.batches('file', 60)));
    const batches = await outgoing.batches('file', 60);
    expect(batches.flatMap((b) => b.texts).sort()).toEqual(ids.map((id) => `"${id}"`).sort());
    expect(batches.every((b) => b.texts.length <= 60)).toBe(true);
  });
});

describe('messages nobody could read', () => {
  it('are shown once each, newest first', async () => {
    await store.empty();
    const unreadable = new UnreadableStore(store.db);
    const [one, two] = [{ transport: 'topic', place: 'jurisdiction.ca.outcomes/0/7', reason: 'not-opened' }, { transport: 'file', place: 'ca-sk/x.ack/3', reason: 'undecodable' }] as const;
    expect(await unreadable.park([one, one], 1000)).toHaveLength(2);
    expect(await unreadable.park([one, two], 2000)).toEqual([two]);
    expect(await unreadable.list()).toEqual([{ ...two, since: 2000 }, { ...one, since: 1000 }]);
  });
});
