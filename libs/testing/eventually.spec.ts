import { describe, expect, it } from '@jest/globals';
import { eventually, eventuallyHolds } from './eventually.js';

describe('waiting for something to happen', () => {
  it('answers what the probe found, as soon as it is there', async () => {
    let looks = 0;
    expect(await eventually(() => (++looks < 3 ? undefined : 'there'), { every: 1 })).toBe('there');
    expect(looks).toBe(3);
    expect(await eventually(() => 0)).toBe(0);
  });

  it('waits for an expectation to hold', async () => {
    let looks = 0;
    await eventuallyHolds(() => expect(++looks).toBe(4), { every: 1 });
    expect(looks).toBe(4);
  });

  it('fails with the last reason when time is up', async () => {
    let looks = 0;
    await expect(eventuallyHolds(() => expect(++looks).toBe(0), { within: 20, every: 1 })).rejects.toThrow(/Expected: .*0/);
    expect(looks).toBeGreaterThan(1);
    await expect(eventually(() => false, { within: 20 })).rejects.toThrow('it did not happen within 20 ms');
    await expect(eventually(() => undefined, { within: 20 })).rejects.toThrow('it did not happen within 20 ms');
  });
});
