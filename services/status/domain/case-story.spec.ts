import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CaseAdvancedV1, CaseAdvancedV2, CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, CasePlannedV1, CasePlannedV2, ConfirmationDelayedV1, PartyJoinedV1, type TargetView } from '#contracts/events/index.js';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import { CASE_STATUSES, TARGET_STATUSES, type CaseStatus } from '#contracts/words.js';
import { isSettled, tell } from './case-story.js';

const caseId = '0190a000-0000-7000-8000-00000000000c';
const START = Date.parse('2026-03-02T12:00:00Z');
const log = (...events: NewEvent[]): Envelope[] => events.map((e, i) => ({
  specversion: '1.0', id: `${caseId}/${i + 1}`, source: '/x', subject: caseId, time: new Date(START + i * 1000).toISOString(), seq: i + 1, ...e,
}));
const target = (name: string, status: TargetView['status']): TargetView => ({ target: name, programme: 'ca/sin', status, basis: 'consent', consent: 'granted', overdue: false, attempts: 0, changedAt: START });
const opened = CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] });
const planned = CasePlannedV2(caseId, {
  status: 'in-progress', bundleVersion: 1, planned: [{ programmes: ['ca/a', 'ca/sin'], targets: ['a', 'b'], basis: 'consent', signatory: 'parent-1', consent: 'granted' }],
  faces: [{ of: ['a', 'b'], status: 'queued' }], deliveries: [],
});
const advanced = (status: CaseStatus, name: string, word: TargetView['status']) => CaseAdvancedV2(caseId, { status, faces: [{ of: [name], status: word }], deliveries: [] });

describe('the story of a case', () => {
  it('begins as submitted, before anything is planned', () => {
    expect(tell(log(opened))).toMatchObject({ lifeEvent: 'birth', status: 'submitted', version: 1, seq: 1 });
  });

  it('shows each target as it was last told, in the order of the plan', () => {
    const story = tell(log(opened, planned, advanced('in-progress', 'b', 'completed')));
    expect([...story.targets.values()].map((t) => [t.target, t.status])).toEqual([['a', 'queued'], ['b', 'completed']]);
    expect([story.seq, story.changedAt]).toEqual([3, START + 2000]);
  });

  it('of each target says what its last face says, and nothing an earlier one said; what stays true of it stays', () => {
    const late = CaseAdvancedV2(caseId, {
      status: 'in-progress', consents: [{ target: 'b', consent: 'withdrawn' }],
      faces: [{ of: ['a', 'b'], status: 'action-required', reason: 'fee-due', waitingOn: 'notifier', actionBy: START, overdue: true, presumed: true, attempts: 2, changedAt: START - 5 }], deliveries: [],
    });
    const b = { target: 'b', programme: 'ca/sin', basis: 'consent', signatory: 'parent-1', consent: 'withdrawn' } as const;
    const face = { status: 'action-required', reason: 'fee-due', waitingOn: 'notifier', actionBy: START, overdue: true, presumed: true, attempts: 2, changedAt: START - 5 } as const;
    expect([...tell(log(opened, planned, late)).targets.values()]).toStrictEqual([{ ...b, target: 'a', programme: 'ca/a', consent: 'granted', ...face }, { ...b, ...face }]);
    expect(tell(log(opened, planned, late, advanced('in-progress', 'b', 'revoked'))).targets.get('b')).toStrictEqual({ ...b, status: 'revoked', overdue: false, attempts: 0, changedAt: START + 3000 });
  });

  it('planned anew shows what it is now, where it stood; a new target comes last', () => {
    const anew = CaseAdvancedV2(caseId, {
      status: 'in-progress', planned: [{ programmes: ['ca-sk/c', 'ca-sk/a'], basis: 'law', consent: 'not-needed' }], faces: [{ of: ['c', 'a'], status: 'waiting-identity' }], deliveries: [],
    });
    const { targets } = tell(log(opened, planned, anew));
    expect([...targets.keys()]).toEqual(['a', 'b', 'c']);
    expect(targets.get('a')).toStrictEqual({ target: 'a', programme: 'ca-sk/a', basis: 'law', consent: 'not-needed', status: 'waiting-identity', overdue: false, attempts: 0, changedAt: START + 2000 });
  });

  it('is the same to the last field for a case that was planned, or told in full, in version 1', () => {
    const first = [{ ...target('a', 'queued'), signatory: 'parent-2' as const, waitingOn: 'agency-answer' as const, expectedBy: START + 9 }, { ...target('b', 'action-required'), overdue: true, attempts: 3, presumed: true, actionBy: START + 7, waitsFor: ['a'] }];
    const older = [opened, CasePlannedV1(caseId, { status: 'in-progress', bundleVersion: 1, targets: first, deliveries: [] })];
    expect([...tell(log(...older)).targets.values()]).toStrictEqual(first);
    const last = { ...target('b', 'completed'), outcome: 'issued', reason: 'on-paper', programme: 'ca-qc/b', changedAt: START - 1 };
    const told = tell(log(...older, CaseAdvancedV1(caseId, { status: 'completed', settledAt: START + 1, targets: [last, target('c', 'queued')], deliveries: [] })));
    expect([...told.targets.values()]).toStrictEqual([first[0], last, target('c', 'queued')]);
    expect(told).toMatchObject({ status: 'completed', settledAt: START + 1 });
    expect(tell(log(...older, advanced('in-progress', 'a', 'completed'))).targets.get('a')).toStrictEqual({ ...target('a', 'completed'), signatory: 'parent-2', changedAt: START + 2000 });
  });

  it('is settled when it says so, and open again when something reopens it', () => {
    const settled = CaseAdvancedV2(caseId, { status: 'completed', settledAt: START, faces: [{ of: ['a'], status: 'completed' }], deliveries: [] });
    const reopened = advanced('in-progress', 'a', 'queued');
    expect(tell(log(opened, planned, settled))).toMatchObject({ status: 'completed', settledAt: START });
    const again = tell(log(opened, planned, settled, reopened));
    expect([isSettled(again), again.settledAt]).toEqual([false, undefined]);
  });

  it('counts the versions of the report, and every event, whether it shows or not', () => {
    const story = tell(log(opened, planned, CaseAmendedV1(caseId, { version: 2, reason: 'typographical', targets: [] }), ConfirmationDelayedV1(caseId, { personId: 'parent-1', authority: 'ca-on', attempts: 1 }),
      PartyJoinedV1(caseId, { partyId: caseId, personId: 'parent-2', role: 'signatory', claimsDiffer: false }), CaseCancelledV1(caseId, { reason: 'told-in-error' })));
    expect([story.version, story.seq, story.status]).toEqual([2, 6, 'in-progress']);
  });

  it('of an event of a later build still counts, and changes nothing', () => {
    const [first, second] = log(opened, planned);
    expect(tell([first!, { ...second!, type: 'bundling.case-planned.v9' }])).toMatchObject({ seq: 2, status: 'submitted' });
  });

  it('told in two parts is the story told at once, wherever it is cut', () => {
    const happenings = fc.array(fc.oneof(
      fc.record({ status: fc.constantFrom(...CASE_STATUSES), targets: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), status: fc.constantFrom(...TARGET_STATUSES) }), { maxLength: 3 }) })
        .map(({ status, targets }): NewEvent => CaseAdvancedV1(caseId, { status, targets: targets.map((t) => target(t.name, t.status)), deliveries: [] })),
      fc.record({ status: fc.constantFrom(...CASE_STATUSES), of: fc.subarray(['a', 'b', 'c']), word: fc.constantFrom(...TARGET_STATUSES), consent: fc.constantFrom('granted' as const, 'withdrawn' as const) })
        .map(({ status, of, word, consent }): NewEvent => CaseAdvancedV2(caseId, { status, consents: of.map((name) => ({ target: name, consent })), faces: [{ of, status: word }], deliveries: [] })),
      fc.integer({ min: 2, max: 9 }).map((version): NewEvent => CaseAmendedV1(caseId, { version, reason: 'typographical', targets: [] })),
    ), { maxLength: 12 });
    fc.assert(fc.property(happenings, fc.nat(), (events, cut) => {
      const all = log(opened, planned, ...events);
      const at = cut % (all.length + 1);
      expect(tell(all.slice(at), tell(all.slice(0, at)))).toEqual(tell(all));
    }));
  });
});
