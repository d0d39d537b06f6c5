import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Offsets } from './offsets.js';

type Committed = Parameters<Parameters<Offsets['move']>[1]>[0];

/** A broker that answers when told to. */
class Broker {
  readonly asked: { readonly places: readonly (readonly [number, string])[]; readonly answer: (error?: Error) => void }[] = [];

  readonly commit = (offsets?: Committed): Promise<void> => new Promise((resolve, reject) => {
    this.asked.push({ places: offsets!.topics.flatMap((t) => t.partitions.map((p) => [p.partition, p.offset] as const)), answer: (error) => (error ? reject(error) : resolve()) });
  });
}

const settle = () => jest.advanceTimersByTimeAsync(0);

describe('the offsets of a member', () => {
  let broker: Broker;
  let offsets: Offsets;
  const move = (...places: (readonly [number, number])[]) => offsets.move(places.map(([partition, offset]) => ({ partition, offset: String(offset) })), broker.commit);
  beforeEach(() => {
    jest.useFakeTimers();
    broker = new Broker();
    offsets = new Offsets('case-events');
  });
  afterEach(() => void jest.useRealTimers());

  it('are committed together, the newest of each partition, a moment after the first', async () => {
    move([0, 5], [1, 9]);
    move([0, 6]);
    expect(broker.asked).toEqual([]);
    await jest.advanceTimersByTimeAsync(100);
    expect(broker.asked.map((a) => a.places)).toEqual([[[0, '6'], [1, '9']]]);
    broker.asked[0]!.answer();
    await jest.advanceTimersByTimeAsync(1000);
    expect(broker.asked).toHaveLength(1); // nothing has moved since
  });

  it('are committed by one request at a time, so that none is taken back', async () => {
    move([0, 5]);
    await jest.advanceTimersByTimeAsync(100);
    move([0, 6]);
    await jest.advanceTimersByTimeAsync(300);
    expect(broker.asked).toHaveLength(1);
    broker.asked[0]!.answer();
    await settle();
    expect(broker.asked.map((a) => a.places)).toEqual([[[0, '5']], [[0, '6']]]);
  });

  it('are committed at once when somebody waits for it', async () => {
    move([0, 5]);
    let done = false;
    const flushed = offsets.flush().then(() => (done = true));
    expect(broker.asked).toHaveLength(1);
    await settle();
    expect(done).toBe(false);
    broker.asked[0]!.answer();
    await flushed;
  });

  it('that could not be committed are tried again, unless a newer one is there, and whoever reads next hears of it', async () => {
    move([0, 5], [1, 9]);
    await jest.advanceTimersByTimeAsync(100);
    move([0, 6]);
    broker.asked[0]!.answer(new Error('not a member'));
    await settle();
    expect(() => offsets.check()).toThrow('not a member');
    await jest.advanceTimersByTimeAsync(100);
    expect(new Map(broker.asked[1]!.places)).toEqual(new Map([[0, '6'], [1, '9']]));
    broker.asked[1]!.answer();
    await settle();
    expect(() => offsets.check()).not.toThrow();
  });

  it('are forgotten when the partitions are given out anew: they may be another’s by now', async () => {
    move([0, 5]);
    await jest.advanceTimersByTimeAsync(100);
    move([1, 9]);
    offsets.drop();
    broker.asked[0]!.answer(new Error('another generation'));
    await jest.advanceTimersByTimeAsync(1000);
    expect(broker.asked).toHaveLength(1);
    expect(() => offsets.check()).not.toThrow();
  });

  it('leave before that when there is time', () => {
    move([0, 5]);
    void offsets.flush();
    offsets.drop();
    expect(broker.asked.map((a) => a.places)).toEqual([[[0, '5']]]);
  });
});
