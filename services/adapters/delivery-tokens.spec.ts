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

  it('is refused under another key', () => {
    const delivery = aDelivery();
    expect(new DeliveryTokens(randomBytes(32)).open(tokens.issue(delivery), delivery.deliveryId)).toBeUndefined();
  });
});
