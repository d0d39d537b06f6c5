import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SETTLED_CASE_STATUSES, SETTLED_TARGET_STATUSES, TARGET_STATUSES, isSettledCase, isSettledTarget, type CaseStatus, type TargetStatus } from '#contracts/words.js';
import { settle, type Circumstance } from './settle.js';

// Enough that a lie about one word among twenty-one is found every time, not nearly every time.
fc.configureGlobal({ numRuns: 2000 });

const confirmed: Circumstance = { notifierConfirmed: true, notifierRefused: false, held: false };
const statuses = fc.array(fc.constantFrom(...TARGET_STATUSES), { maxLength: 12 });
const settled = fc.array(fc.constantFrom(...SETTLED_TARGET_STATUSES), { maxLength: 12 });
const circumstances = fc.record({ notifierConfirmed: fc.boolean(), notifierRefused: fc.boolean(), held: fc.boolean(), ended: fc.constantFrom(undefined, 'cancelled' as const, 'superseded' as const) });

/** What must be true of any function that settles a case; run against the real one and against planted lies. */
const truths: Readonly<Record<string, (by: typeof settle) => void>> = {
  'a case with an open target is never settled': (by) => fc.assert(fc.property(statuses, circumstances, (list, c) => {
    fc.pre(list.some((s) => !isSettledTarget(s)));
    return !isSettledCase(by(list, c));
  })),
  'a case whose targets are all settled is settled': (by) => fc.assert(fc.property(settled, circumstances, (list, c) => isSettledCase(by(list, c)))),
  'one failure of many is never "completed"': (by) => fc.assert(fc.property(settled, fc.constantFrom<TargetStatus>('rejected', 'failed-permanent'), (list, failed) => by([...list, failed], confirmed) !== 'completed')),
  'an empty bundle has nothing to tell': (by) => fc.assert(fc.property(fc.constant([]), (list) => by(list, confirmed) === 'nothing-to-tell')),
  'nothing told is never "completed"': (by) => fc.assert(fc.property(fc.array(fc.constantFrom<TargetStatus>('handed-over', 'not-selected', 'not-applicable', 'consent-withheld'), { maxLength: 12 }), (list) => by(list, confirmed) === 'nothing-to-tell')),
  'what was handed over, not selected, not applicable or withheld changes nothing': (by) => fc.assert(fc.property(settled, fc.constantFrom<TargetStatus>('handed-over', 'not-selected', 'not-applicable', 'consent-withheld'), (list, neutral) => by([...list, neutral], confirmed) === by(list, confirmed))),
  'the order of targets does not matter': (by) => fc.assert(fc.property(statuses.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), circumstances, ([list, shuffled], c) => by(shuffled, c) === by(list, c))),
  'telling the same outcome twice does not matter': (by) => fc.assert(fc.property(settled, (list) => by([...list, ...list], confirmed) === by(list, confirmed))),
};

/** Lies of the kind that fan-in has told elsewhere; each must be found by some truth. */
const lies: Readonly<Record<string, typeof settle>> = {
  'an empty bundle is completed': (list, c) => (list.length === 0 ? 'completed' : settle(list, c)),
  'the first success settles it': (list, c) => (list.includes('completed') ? 'completed' : settle(list, c)),
  'the last answer decides': (list, c) => (isSettledTarget(list.at(-1) ?? 'completed') && list.at(-1) === 'completed' ? 'completed' : settle(list, c)),
  'a failure that was retried long ago is forgotten': (list, c) => settle(list.filter((s) => s !== 'failed-permanent'), c),
  'a parked target counts as settled': (list, c) => settle(list.filter((s) => s !== 'parked'), c),
  'withheld consent counts as failure': (list, c) => (list.includes('consent-withheld') && settle(list, c) === 'completed' ? 'partially-completed' : settle(list, c)),
  'handed over counts as done': (list, c) => settle(list.map((s) => (s === 'handed-over' ? 'completed' : s)), c),
  'one target too many': (list, c): CaseStatus => (list.length > 9 ? 'in-progress' : settle(list, c)),
};

const finds = (truth: (by: typeof settle) => void, lie: typeof settle): boolean => {
  try {
    truth(lie);
    return false;
  } catch {
    return true;
  }
};

describe('settling a case', () => {
  it.each(Object.entries(truths))('%s', (_, truth) => truth(settle));

  it.each(Object.entries(lies))('the planted lie "%s" is found', (_, lie) => {
    expect(Object.values(truths).some((truth) => finds(truth, lie))).toBe(true);
  });

  it.each(Object.entries(truths))('some planted lie is found by "%s"', (_, truth) => {
    expect(Object.values(lies).some((lie) => finds(truth, lie))).toBe(true);
  });

  it('says completed, partly or not completed by what was done and what failed', () => {
    expect(settle(['completed', 'already-known', 'handed-over'], confirmed)).toBe('completed');
    expect(settle(['completed', 'rejected'], confirmed)).toBe('partially-completed');
    expect(settle(['rejected', 'handed-over'], confirmed)).toBe('not-completed');
    expect(settle([], confirmed)).toBe('nothing-to-tell');
    expect(settle(['completed', 'queued'], confirmed)).toBe('in-progress');
    expect(settle(['waiting-identity'], { ...confirmed, notifierConfirmed: false })).toBe('identity-pending');
    expect(settle(['rejected'], { ...confirmed, notifierConfirmed: false, notifierRefused: true })).toBe('identity-not-confirmed');
    expect(settle(['recalled', 'not-applicable'], { ...confirmed, ended: 'cancelled' })).toBe('cancelled');
    expect(SETTLED_CASE_STATUSES).toContain(settle(['revoked'], confirmed));
  });
});
