import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CaseAdvancedV1, CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, CasePlannedV1, ConfirmationDelayedV1, PartyJoinedV1, type TargetView } from '#contracts/events/index.js';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import { CASE_STATUSES, TARGET_STATUSES } from '#contracts/words.js';
import { isSettled, tell } from './case-story.js';

const caseId = '0190a000-0000-7000-8000-00000000000c';
const START = Date.parse('2026-03-02T12:00:00Z');
const log = (...events: NewEvent[]): Envelope[] => events.map((e, i) => ({
  specversion: '1.0', id: `${caseId}/${i + 1}`, source: '/x', subject: caseId, time: new Date(START + i * 1000).toISOString(), seq: i + 1, ...e,
}));
const target = (name: string, status: TargetView['status']): TargetView => ({ target: name, programme: 'ca/sin', status, basis: 'consent', consent: 'granted', overdue: false, attempts: 0, changedAt: START });
const opened = CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] });
const planned = CasePlannedV1(caseId, { status: 'in-progress', bundleVersion: 1, targets: [target('a', 'queued'), target('b', 'queued')], deliveries: [] });

describe('the story of a case', () => {
  it('begins as submitted, before anything is planned', () => {
    expect(tell(log(opened))).toMatchObject({ lifeEvent: 'birth', status: 'submitted', version: 1, seq: 1 });
  });

  it('shows each target as it was last told, in the order of the plan', () => {
    const story = tell(log(opened, planned, CaseAdvancedV1(caseId, { status: 'in-progress', targets: [target('b', 'completed')], deliveries: [] })));
    expect([...story.targets.values()].map((t) => [t.target, t.status])).toEqual([['a', 'queued'], ['b', 'completed']]);
    expect([story.seq, story.changedAt]).toEqual([3, START + 2000]);
  });

  it('is settled when it says so, and open again when something reopens it', () => {
    const settled = CaseAdvancedV1(caseId, { status: 'completed', settledAt: START, targets: [target('a', 'completed')], deliveries: [] });
    const reopened = CaseAdvancedV1(caseId, { status: 'in-progress', targets: [target('a', 'queued')], deliveries: [] });
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
      fc.integer({ min: 2, max: 9 }).map((version): NewEvent => CaseAmendedV1(caseId, { version, reason: 'typographical', targets: [] })),
    ), { maxLength: 12 });
    fc.assert(fc.property(happenings, fc.nat(), (events, cut) => {
      const all = log(opened, planned, ...events);
      const at = cut % (all.length + 1);
      expect(tell(all.slice(at), tell(all.slice(0, at)))).toEqual(tell(all));
    }));
  });
});
