import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '#contracts/envelope.js';
import type { Unit } from '#libs/persistence/index.js';
import { Continuity, type Found, type LogTable, type Range, type Strip } from './continuity.js';

const event = (caseId: string, seq: number): Envelope => ({ specversion: '1.0', id: `${caseId}/${seq}`, source: '/t', type: 't.v1', subject: caseId, time: '', caseId, seq, data: {} });
const events = (caseId: string, ...seqs: number[]): Envelope[] => seqs.map((seq) => event(caseId, seq));

class LogWith implements LogTable {
  readonly asked: Range[] = [];
  constructor(private readonly all: readonly Envelope[], private readonly passedUpTo = 0) {}

  async between(_unit: Unit, ranges: readonly Range[]): Promise<readonly Found[]> {
    this.asked.push(...ranges);
    return this.all.filter((e) => ranges.some((r) => r.caseId === e.caseId && e.seq > r.after && e.seq < r.before)).map((e) => ({ ...e, passed: e.seq <= this.passedUpTo }));
  }
}
const none = {} as Unit;
const filled = async (continuity: Continuity, page: Envelope[], cursor = 0): Promise<Strip> => {
  const [strip] = continuity.strips(page);
  const after = { ...strip!, events: strip!.events.filter((e) => e.seq > cursor) };
  return (await continuity.fill(none, [after], new Map([['a', cursor]])))[0]!;
};
const seqs = (strip: Strip): number[] => strip.events.map((e) => e.seq);

describe('the numbers of a case', () => {
  it('that come one after the other cost no look into the log', async () => {
    const log = new LogWith(events('a', 1, 2, 3, 4));
    const continuity = new Continuity(log);
    for (const page of [events('a', 1, 2), events('a', 3), events('a', 4)]) {
      // the cursor stands still: nothing of this concerned the group
      expect(continuity.isDoubtful(continuity.strips(page)[0]!)).toBe(false);
      expect(seqs(await filled(continuity, page))).toEqual(page.map((e) => e.seq));
      continuity.remember(continuity.strips(page));
    }
    expect(log.asked).toEqual([]);
  });

  it('come sorted and once, however the page has them', () => {
    const [strip] = new Continuity(new LogWith([])).strips(events('a', 3, 1, 2, 2));
    expect(seqs(strip!)).toEqual([1, 2, 3]);
  });

  it('that are missing before or within a page are fetched, from the cursor on', async () => {
    const log = new LogWith(events('a', 1, 2, 3, 4, 5, 6, 7));
    const strip = await filled(new Continuity(log), events('a', 5, 7), 2);
    expect(seqs(strip)).toEqual([3, 4, 5, 6, 7]);
    expect([...strip.filled]).toEqual([3, 4, 6]);
    expect(log.asked).toEqual([{ caseId: 'a', after: 2, before: 7 }]);
  });

  it('that came by before this reader took over stay passed, unless it knows better', async () => {
    const continuity = new Continuity(new LogWith(events('a', 1, 2, 3, 4), 2));
    const strip = await filled(continuity, events('a', 4));
    expect([seqs(strip), strip.filled, strip.missing]).toEqual([[3, 4], new Set([3]), undefined]);
    continuity.remember(continuity.strips(events('a', 1)));
    expect(seqs(await filled(continuity, events('a', 4), 1))).toEqual([2, 3, 4]);
  });

  it('that nobody has cut the page short', async () => {
    const strip = await filled(new Continuity(new LogWith(events('a', 1, 3))), events('a', 4));
    expect([seqs(strip), strip.missing]).toEqual([[1], 2]);
  });

  it('are known to have been lost only by who saw what was before them', async () => {
    const continuity = new Continuity(new LogWith(events('a', 1, 2, 3, 4)));
    expect((await filled(continuity, events('a', 3))).lost).toBe(false);
    continuity.remember(continuity.strips(events('a', 1)));
    expect((await filled(continuity, events('a', 3))).lost).toBe(true);
    continuity.forget();
    expect((await filled(continuity, events('a', 3))).lost).toBe(false);
    expect((await filled(continuity, events('a', 1, 3))).lost).toBe(true);
  });

  it('of some sixteen to thirty thousand cases are remembered; of older ones the log is asked', () => {
    const continuity = new Continuity(new LogWith([]));
    const isDoubtful = (i: number): boolean => continuity.isDoubtful(continuity.strips(events(String(i), 2))[0]!);
    for (let i = 0; i < 40_000; i++) continuity.remember(continuity.strips(events(String(i), 1)));
    expect([0, 7_000, 24_000, 39_999].map(isDoubtful)).toEqual([true, true, false, false]);
  });
});
