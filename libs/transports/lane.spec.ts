import { beforeEach, describe, expect, it } from '@jest/globals';
import { Lane, LaneClosed, Lanes } from './lane.js';

const called = () => {
  let finish!: (well: boolean) => void;
  const done = new Promise<boolean>((resolve) => (finish = resolve));
  return { done, finish };
};
const isWell = (well: boolean) => well;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the lane of a programme', () => {
  let [now, ticks] = [0, 0];
  let lane: Lane;
  const take = async (ms: number, well = true) => {
    const call = called();
    const ran = lane.run(() => call.done, isWell);
    ticks += ms;
    call.finish(well);
    await ran;
  };
  beforeEach(() => {
    [now, ticks] = [0, 1000];
    lane = new Lane(() => now, () => ticks, { width: 2, windowMs: 30_000, breaker: { failures: 2, coolMs: 1000 } });
  });

  it('runs so many calls at once, and the others in their turn', async () => {
    const calls = [called(), called(), called(), called()];
    const begun: number[] = [];
    const runs = calls.map((c, i) => lane.run(() => { begun.push(i); return c.done; }, isWell));
    await turn();
    expect(begun).toEqual([0, 1]);
    expect(lane.room).toBe(0);
    calls[1]!.finish(true);
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    for (const c of calls) c.finish(true);
    await Promise.all(runs);
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(lane.room).toBe(2);
  });

  it('knows what is usual by the calls of late, and forgets those of long ago', async () => {
    for (let n = 0; n < 95; n++) await take(10);
    for (let n = 0; n < 5; n++) await take(900);
    expect([lane.isQuick(9), lane.isQuick(10)]).toEqual([false, true]); // one call in twenty may take longer
    await take(900);
    expect([lane.isQuick(899), lane.isQuick(900)]).toEqual([false, true]);
    ticks += 40_000;
    expect(lane.isQuick(0)).toBe(true);
  });

  it('hopes for an answer behind others, as long as their turns fit in the patience', async () => {
    const calls = Array.from({ length: 6 }, called);
    const first = calls.slice(0, 2).map((c) => lane.run(() => c.done, isWell));
    expect(lane.isQuick(200)).toBe(false); // no place, and nothing known of it
    for (const c of calls.slice(0, 2)) c.finish(true);
    await Promise.all(first);
    for (let n = 0; n < 20; n++) await take(70);
    ticks += 20;
    const rest = calls.slice(2).map((c) => lane.run(() => c.done, isWell));
    expect([lane.isQuick(209), lane.isQuick(210)]).toEqual([false, true]); // two under way, two before it
    for (const c of calls) c.finish(true);
    await Promise.all(rest);
  });

  it('knows a programme that hangs before its first timeout', async () => {
    const hanging = called();
    const ran = lane.run(() => hanging.done, isWell);
    expect(lane.isQuick(200)).toBe(true);
    ticks += 201;
    expect(lane.isQuick(200)).toBe(false);
    hanging.finish(true);
    await ran;
  });

  it('does not call a programme whose breaker is open, and gives up its place when refused', async () => {
    await take(1, false);
    await take(1, false);
    const never = () => Promise.reject(new Error('called'));
    await expect(lane.run(never, isWell)).rejects.toThrow(LaneClosed);
    expect(lane.isQuick(200)).toBe(false);
    now += 1000;
    const [probe, other] = await Promise.allSettled([lane.run(() => Promise.resolve(true), isWell), lane.run(never, isWell)]);
    expect([probe.status, other.status]).toEqual(['fulfilled', 'rejected']);
    expect(lane.room).toBe(2);
    expect(lane.breaker.stateAt(now)).toBe('closed');
  });

  it('wakes everyone who waits when the breaker opens meanwhile', async () => {
    const calls = [called(), called()];
    const runs = calls.map((c) => lane.run(() => c.done, isWell));
    const waiting = [1, 2, 3].map(() => lane.run(() => Promise.resolve(true), isWell));
    for (const c of calls) c.finish(false);
    await Promise.all(runs);
    const results = await Promise.allSettled(waiting);
    expect(results.filter((r) => r.status === 'rejected').length).toBeGreaterThan(0);
    expect(lane.room).toBe(2);
  });

  it('counts a call that throws as a failure and lets the error pass', async () => {
    await expect(lane.run(() => Promise.reject(new Error('broken')), isWell)).rejects.toThrow('broken');
    await expect(lane.run(() => Promise.reject(new Error('broken')), isWell)).rejects.toThrow('broken');
    expect(lane.breaker.stateAt(now)).toBe('open');
  });

  it('is one per programme', () => {
    const lanes = new Lanes(() => 0);
    expect(lanes.of('ca/sin')).toBe(lanes.of('ca/sin'));
    expect(lanes.of('ca/sin')).not.toBe(lanes.of('ca-on/health-card'));
    expect([...lanes.entries()].map(([name]) => name)).toEqual(['ca/sin', 'ca-on/health-card']);
  });
});
