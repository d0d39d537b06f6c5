import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock } from './clock.js';
import { Ticker, type TickerOptions } from './ticker.js';

const started: Ticker[] = [];
afterEach(() => Promise.all(started.splice(0).map((t) => t.stop())));
const ticker = (work: () => Promise<unknown>, options: Partial<TickerOptions> = {}): Ticker => {
  const one = new Ticker(work, { everyMs: 60_000, ...options });
  one.start();
  started.push(one);
  return one;
};
const until = async (check: () => boolean): Promise<void> => {
  while (!check()) await sleep(1);
};

/** Work that goes on until it is let go. */
class Gate {
  runs = 0;
  open: () => void = () => undefined;
  readonly pass = (): Promise<void> => {
    this.runs++;
    return new Promise((resolve) => (this.open = resolve));
  };
}

describe('a ticker', () => {
  it('runs by itself, again and again', async () => {
    let runs = 0;
    ticker(async () => runs++, { everyMs: 1 });
    await until(() => runs >= 3);
  });

  it('runs at once when it is poked, one run at a time, and once more for all pokes that came meanwhile', async () => {
    const gate = new Gate();
    const one = ticker(gate.pass);
    for (let i = 0; i < 5; i++) one.poke();
    expect(gate.runs).toBe(1);
    gate.open();
    await until(() => gate.runs === 2);
    gate.open();
    await sleep(5);
    expect(gate.runs).toBe(2);
  });

  it('loses no poke, whenever it comes', async () => {
    let [runs, poked] = [0, 0];
    const one: Ticker = ticker(async () => runs++);
    for (let i = 0; i < 200; i++) {
      one.poke();
      const before = runs;
      for (let turn = 0; turn < i % 7; turn++) await Promise.resolve();
      one.poke();
      poked++;
      await until(() => runs > before);
    }
    expect(poked).toBe(200);
  });

  it('runs when the clock is moved', async () => {
    let runs = 0;
    const clock = new MovableClock();
    ticker(async () => runs++, { clock });
    clock.advance(1000);
    await until(() => runs === 1);
  });

  it('outlives a failure, and tells of a row of them once', async () => {
    const told: unknown[] = [];
    let [runs, well] = [0, false];
    const one = ticker(async () => {
      runs++;
      if (!well) throw new Error('the database is away');
    }, { onFailure: (error) => told.push(error) });
    for (const expected of [1, 2, 3, 4]) {
      well = expected === 3;
      one.poke();
      await until(() => runs === expected);
      await sleep(1);
    }
    expect(told).toHaveLength(2);
  });

  it('stops when the run under way is over, and never runs again', async () => {
    const gate = new Gate();
    const one = ticker(gate.pass, { everyMs: 1 });
    await until(() => gate.runs === 1);
    one.poke();
    let over = false;
    const stopping = one.stop().then(() => (over = true));
    await sleep(5);
    expect(over).toBe(false);
    gate.open();
    await stopping;
    one.poke();
    await sleep(5);
    expect(gate.runs).toBe(1);
  });
});
