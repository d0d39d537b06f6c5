import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { uuidv5, uuidv7 } from '#libs/kernel/index.js';
import { DeliveryTokens } from './delivery-tokens.js';
import type { Delivery } from './domain/delivery.js';

const tokens = new DeliveryTokens(randomBytes(32));
const aDelivery = (): Delivery => {
  const caseId = uuidv7();
  const id = uuidv5(caseId, 'sin/tell/1');
  return { caseId, deliveryId: id, tellId: id, target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1 };
};

describe('the token of a delivery', () => {
  it('says where a later answer belongs', async () => {
    const delivery = aDelivery();
    expect(tokens.open(tokens.issue(delivery), delivery.deliveryId)).toEqual(delivery);
    expect(await tokens.admits(tokens.issue(delivery), { id: delivery.deliveryId })).toBe(true);
  });

  it('is the same each time, so that a delivery sent again is the same to the last byte, and differs from every other', () => {
    const [a, b] = [aDelivery(), aDelivery()];
    expect(tokens.issue(a)).toBe(tokens.issue({ ...a }));
    expect(tokens.issue(a)).not.toBe(tokens.issue(b));
  });

  it('is refused for any other delivery', async () => {
    const [a, b] = [aDelivery(), aDelivery()];
    expect(tokens.open(tokens.issue(a), b.deliveryId)).toBeUndefined();
    expect(await tokens.admits(tokens.issue(a), { id: b.deliveryId })).toBe(false);
    expect(await tokens.admits(tokens.issue(a), {})).toBe(false);
  });

  it('is refused when a single bit of it is changed, when cut short and when written otherwise', () => {
    const delivery = aDelivery();
    const sealed = Buffer.from(tokens.issue(delivery), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(tokens.open(changed.toString('base64url'), delivery.deliveryId)).toBeUndefined();
    }
    for (const token of ['', 'x', sealed.subarray(0, 20).toString('base64url'), `${sealed.toString('base64url')}=`, sealed.toString('base64')]) {
      if (token !== sealed.toString('base64url')) expect(tokens.open(token, delivery.deliveryId)).toBeUndefined();
    }
  });

  it('takes no part of what it holds for part of the id, nor the other way round', () => {
    const delivery = aDelivery();
    const token = tokens.issue(delivery);
    for (const id of ['', delivery.deliveryId.slice(0, -1), `${delivery.deliveryId}\n`, `${delivery.deliveryId}\n[`, `${delivery.deliveryId}[`]) expect(tokens.open(token, id)).toBeUndefined();
  });

  it('shows nothing of the case', () => {
    const delivery = aDelivery();
    const other = aDelivery();
    const [a, b] = [delivery, { ...delivery, deliveryId: other.deliveryId }].map((d) => Buffer.from(tokens.issue(d), 'base64url'));
    expect(a!.includes(delivery.caseId)).toBe(false);
    expect(a!.subarray(16, 32).equals(b!.subarray(16, 32))).toBe(false);
  });

  it('that an earlier build issued is still taken, for its own delivery', () => {
    const earlier = new DeliveryTokens(Buffer.alloc(32, 7));
    const [deliveryId, token] = ['25738626-6122-58eb-a68f-8b118a499d66', 'jtuEbr15X1oZazYmwVYXgPxnPqBhGq7hy7JK8nCGqlOmEb4ce1VRn0bUsIMGG3Y8sDhSW8LoArCL0d8fEa14V0CJ0XRhp6kdyQdGym4U8eg6RqF4zF6KsbwxC5-N_kf2Xee6HdtTIIAu8TJu4VA3NEJE4j23DRw3Fsj0RONnyP7RLZGvdaDjApHa0Wd-WIOsi2UfPN2s9ht8qLWlWCREl-ljnpg'];
    expect(earlier.open(token, deliveryId)).toEqual({
      caseId: '01a23024-97eb-71ef-82a8-ae31f4103a77', deliveryId, tellId: deliveryId, target: 'birth-registration', programme: 'ca-qc/birth-registration', kind: 'tell', revision: 1,
    });
    expect(earlier.open(token, aDelivery().deliveryId)).toBeUndefined();
  });

  it('is the same whether issued alone or with many, and opens by itself, wherever its vector is counted over', () => {
    const fixed = new DeliveryTokens(Buffer.alloc(32, 7));
    const namespace = '01a23024-97eb-71ef-82a8-ae31f4103a77';
    const targets = ['sin', 'naïveté', 'a-target-with-a-longer-name-than-any-other'];
    const many = Array.from({ length: 20_000 }, (_, i): Delivery => {
      const id = uuidv5(namespace, String(i)); // among so many some vectors end with two or three bytes of 255
      return { caseId: namespace, deliveryId: id, tellId: id, target: targets[i % 3]!, programme: 'ca/sin', kind: 'tell', revision: i };
    });
    const issued = fixed.issueAll(many);
    expect(many.filter((delivery, i) => JSON.stringify(fixed.open(issued[i]!, delivery.deliveryId)) !== JSON.stringify(delivery))).toEqual([]);
    for (const i of [0, 1, 2, 19_999]) expect(fixed.issue(many[i]!)).toBe(issued[i]);
    expect(fixed.issueAll([])).toEqual([]);
  });

  it('is refused under another key', () => {
    const delivery = aDelivery();
    expect(new DeliveryTokens(randomBytes(32)).open(tokens.issue(delivery), delivery.deliveryId)).toBeUndefined();
  });
});
