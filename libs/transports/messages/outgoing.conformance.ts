import { beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from '#libs/kernel/index.js';
import type { Outgoing, Parcel } from './outgoing.js';

/** What every keeper of what is on its way must do. */
export const outgoingConformance = (name: string, open: () => Promise<Outgoing>): void => {
  describe(name, () => {
    let outgoing: Outgoing;
    beforeEach(async () => {
      outgoing = await open();
    });
    const parcel = (jurisdiction: string, over: Partial<Parcel> = {}): Parcel => {
      const deliveryId = over.deliveryId ?? uuidv7();
      return { id: deliveryId, deliveryId, transport: 'file', jurisdiction, text: `{"of":"${deliveryId}"}`, ...over };
    };
    const standing = async (id: string) => (await outgoing.standing([id])).get(id);

    it('sends what was kept before as it was, and nothing else in its place', async () => {
      const one = parcel('ca-sk');
      expect(await outgoing.keep([one])).toEqual([one.text]);
      expect(await outgoing.keep([{ ...one, text: '{"sealed":"anew"}' }, parcel('ca')])).toEqual([one.text, expect.any(String)]);
      expect(await outgoing.keep([one, one])).toEqual([one.text, one.text]);
    });

    it('knows of each delivery whether it never left, may have, or is with a carrier', async () => {
      const one = parcel('ca-sk', { transport: 'topic' });
      expect(await standing(one.id)).toBeUndefined();
      await outgoing.keep([one]);
      expect(await standing(one.id)).toBe('kept');
      await outgoing.handedOver([one.id]);
      expect(await standing(one.id)).toBe('handed-over');
      expect(await outgoing.keep([{ ...one, text: '{"sealed":"anew"}' }])).toEqual(['{"sealed":"anew"}']);
      await outgoing.forget([one.deliveryId]);
      expect(await standing(one.id)).toBeUndefined();
    });

    it('puts what waits together per jurisdiction, in order and no more than a file takes, and says so again until it is handed over', async () => {
      const [a, b, c, other, topic] = [parcel('ca-sk'), parcel('ca-sk'), parcel('ca-sk'), parcel('ca-qc'), parcel('ca-sk', { transport: 'topic' })];
      for (const one of [a, b, c, other, topic]) await outgoing.keep([one]);
      const first = await outgoing.batches('file', 2);
      expect(first.map((x) => [x.jurisdiction, x.texts]).sort()).toEqual([['ca-qc', [other.text]], ['ca-sk', [a.text, b.text]]]);
      const again = await outgoing.batches('file', 2);
      expect(again).toEqual(expect.arrayContaining([...first]));
      expect(again).toHaveLength(3);
      for (const batch of again) await outgoing.batchHandedOver(batch);
      expect(await outgoing.batches('file', 2)).toEqual([]);
      expect([await standing(a.id), await standing(c.id), await standing(topic.id)]).toEqual(['handed-over', 'handed-over', 'kept']);
    });

    it('lets a question travel beside its delivery, which stays known when the question is gone', async () => {
      const one = parcel('ca-sk');
      await outgoing.keep([one]);
      for (const batch of await outgoing.batches('file', 9)) await outgoing.batchHandedOver(batch);
      const question = { ...one, id: `${one.id}/asked`, text: '{"what":"became of it?"}' };
      await outgoing.keep([question, question]);
      expect((await outgoing.batches('file', 9)).map((b) => b.texts)).toEqual([[question.text]]);
      for (const batch of await outgoing.batches('file', 9)) await outgoing.batchHandedOver(batch);
      expect(await standing(one.id)).toBe('handed-over');
      await outgoing.keep([question]); // asked another time
      expect((await outgoing.batches('file', 9)).map((b) => b.texts)).toEqual([[question.text]]);
      await outgoing.forget([one.deliveryId]);
      expect(await outgoing.batches('file', 9)).toEqual([]);
    });
  });
};
