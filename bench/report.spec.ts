import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Options } from './options.js';
import { barsOf, markdown, ratio, type Comparison } from './report.js';
import { median, medianOf, type Measured, type Round } from './rounds.js';

const round = (change: Partial<Round> = {}): Round => ({
  cases: 1000, perSecond: 100, nodeCpu: 1, postgresCpu: 1, rows: 30, wrote: 0.05, transactions: 1, fsyncs: 0.05, wal: 10_000, p50: 10, p99: 20, ownRate: 30, ownP50: 10, ownP99: 20, ...change,
});
const measured = (name: string, ...rounds: readonly Round[]): Measured => ({ name, rounds, median: medianOf(rounds), told: 3000, completed: 3000, outcomes: 18_000 });
const compared = (change: Partial<Comparison>): Comparison => ({ at: '2026-11-25T10:00:00.000Z', command: 'npm run bench -- --compare', machine: 'a machine', settings: { rate: 40 }, ...change });

describe('what a run comes to', () => {
  it('is the middle of its rounds, whatever one of them met', () => {
    expect(median([3, 1, 900])).toBe(3);
    expect(median([4, 2])).toBe(2);
    expect(median([undefined, 5])).toBe(5);
    expect(median([])).toBeUndefined();
  });

  it('beside another is compared round by round, so that a slow minute for both says nothing', () => {
    const product = measured('product', round({ perSecond: 2000 }), round({ perSecond: 200 }), round({ perSecond: 1900 }));
    const peer = measured('DBOS', round({ perSecond: 100 }), round({ perSecond: 10 }), round({ perSecond: 100 }));
    expect(ratio(product, peer, (r) => r.perSecond)).toBe(20);
    expect(ratio(product, measured('floor', round({ p50: undefined })), (r) => r.p50)).toBeUndefined();
  });
});

describe('the bars', () => {
  const dbos = measured('DBOS', round({ perSecond: 100, p50: 10, p99: 40 }));
  const boss = measured('pg-boss', round({ perSecond: 700 }));

  it('are met by who meets every one of them', () => {
    const bars = barsOf(compared({ subjects: [measured('product', round({ perSecond: 2100, p50: 9, p99: 29 })), dbos, boss] }));
    expect(bars.filter((b) => !b.met)).toEqual([]);
    expect(bars).toHaveLength(8);
  });

  it.each<[string, Partial<Round>]>([
    ['completed/s, beside DBOS', { perSecond: 1999 }], ['completed/s, beside pg-boss', { perSecond: 1749 }], ['rows a case', { rows: 36.1 }], ['WAL a case', { wal: 12_501 }],
    ['commits a case', { wrote: 0.11 }], ['p50 at the common rate, beside DBOS', { p50: 9.1 }], ['p99 at the common rate', { p99: 30.1 }], ['p99 at the common rate, beside DBOS', { p99: 40.1 }],
  ])('say that %s is missed', (what, change) => {
    const bars = barsOf(compared({ subjects: [measured('product', round({ perSecond: 2100, p50: 9, p99: 29, ...change })), dbos, boss] }));
    expect(bars.filter((b) => !b.met).map((b) => b.what)).toContain(what);
  });

  it('of what was not measured are not judged, and what could not be is not met', () => {
    expect(barsOf(compared({}))).toEqual([]);
    const bars = barsOf(compared({ subjects: [measured('product', round({ perSecond: 2100, p50: undefined })), dbos] }));
    expect(bars.find((b) => b.what.startsWith('p50'))).toMatchObject({ measured: 'not measured', met: false });
  });

  it('of a kill are none lost, none duplicated, and drained in time', () => {
    const kill = { pending: 10_000, perSecond: 1000, readySeconds: 1, drainedSeconds: 14.1, allowedSeconds: 14, lost: 1, duplicated: 2, sends: 5, sentAgain: 0 };
    expect(barsOf(compared({ kill })).map((b) => b.met)).toEqual([false, false, false]);
    expect(barsOf(compared({ kill: { ...kill, drainedSeconds: 13, lost: 0, duplicated: 0 } })).map((b) => b.met)).toEqual([true, true, true]);
  });
});

it('the table names every subject once, with what was counted again', () => {
  const text = markdown(compared({ subjects: [measured('product', round({ perSecond: 2000 })), measured('DBOS', round())] }));
  expect(text.match(/^\| product \|/gm)).toHaveLength(1);
  expect(text).not.toContain('Kafka');
  const beside = markdown(compared({ subjects: [measured('product', round({ nodeCpu: 2 })), measured('product-kafka', round({ nodeCpu: 2.75 }))] }));
  expect(beside).toContain('Kafka adds 0.75 CPU-s per 1,000 cases to Node');
  expect(text).toMatch(/^\| DBOS \| .*20\.0× \|$/m);
  expect(text).toContain('DBOS 3,000 told, 3,000 completed, 18,000 outcomes');
});

it('an option that is no number ends the run before it begins', () => {
  expect(new Options(['--rounds', '5']).number('rounds', 3)).toBe(5);
  expect(new Options([]).number('rounds', 3)).toBe(3);
  expect(() => new Options(['--rounds', 'many']).number('rounds', 3)).toThrow('--rounds needs a number');
});

it('the peers are pinned to the version', () => {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'peers/package.json'), 'utf8')) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(['@dbos-inc/dbos-sdk', 'pg-boss', '@nestjs/platform-express']));
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
