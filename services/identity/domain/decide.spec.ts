import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfirmationDelayedV1, PersonConfirmedV1, ReviewOpenedV1, ReviewResolvedV1 } from '#contracts/events/index.js';
import type { EvidenceCode, ParentId, Resolution, ReviewDecision } from '#contracts/words.js';
import { LOST_AFTER, follow, judge, type Answer, type Followed, type ReviewOnFile } from './decide.js';
import { nextDue, questionIdOf, questionsDue, type Finding, type Happening, type IdentityFile } from './identity-file.js';
import { reviewIdOf } from './review.js';

const CASE = '0190a5c0-0000-7000-8000-000000000001';
const NOW = 1_760_000_000_000;
const ONE: ParentId = 'parent-1';
const OPERATOR = 'a'.repeat(32);

const finding = (resolution: Resolution): Finding => ({ resolution, score: resolution === 'FUMA' ? 100 : 60, fields: { givenNames: 'SAME', familyName: 'SIML', birthDate: 'SAME', birthPlace: 'NODI' } });
const question = (version = 1, personId: ParentId = ONE) => questionIdOf(CASE, personId, version);
const found = (resolution: Resolution, version = 1, personId: ParentId = ONE): Answer => ({ kind: 'found', questionId: question(version, personId), personId, authority: 'ca-qc', finding: finding(resolution) });
const unreachable = (retryInMs = 500): Answer => ({ kind: 'unreachable', questionId: question(), personId: ONE, authority: 'ca-qc', retryInMs });
const pending = (version = 1): Answer => ({ kind: 'pending', questionId: question(version), personId: ONE, authority: 'ca-qc' });
const opened = (change: Partial<Extract<Happening, { kind: 'opened' }>> = {}): Happening => ({ kind: 'opened', notifier: ONE, held: false, claimsDiffer: false, ...change });

/** What follows from steps taken in order; each is a happening, an answer, or both together. */
const given = (...steps: readonly (Happening | Answer | readonly (Happening | Answer)[])[]) => {
  let file: IdentityFile | undefined;
  let last: Followed | undefined;
  const isAnswer = (x: Happening | Answer): x is Answer => 'questionId' in x;
  for (const step of steps) {
    const list = Array.isArray(step) ? (step as readonly (Happening | Answer)[]) : [step as Happening | Answer];
    last = follow(file, CASE, list.filter((x): x is Happening => !isAnswer(x)), list.filter(isAnswer), NOW);
    file = last?.file;
  }
  return { file: file!, events: last!.events, notes: last!.notes, person: (id: ParentId = ONE) => file!.people[id] };
};

describe('who is asked about', () => {
  it('asks about the notifier as soon as the case is opened', () => {
    expect(questionsDue(given(opened()).file, NOW)).toEqual([{ questionId: question(), caseId: CASE, personId: ONE, attempts: 0 }]);
  });

  it('asks about nobody while a possible duplicate is undecided, and about all of them once it is its own event', () => {
    const held = given(opened({ held: true }), { kind: 'joined', personId: 'parent-2', claimsDiffer: false });
    expect(questionsDue(held.file, NOW)).toEqual([]);
    expect(nextDue(held.file)).toBeUndefined();
    const distinct = given(opened({ held: true }), { kind: 'joined', personId: 'parent-2', claimsDiffer: false }, { kind: 'duplicate', decision: 'distinct' });
    expect(questionsDue(distinct.file, NOW).map((q) => q.personId)).toEqual([ONE, 'parent-2']);
  });

  it('never asks when the event was told before, or the case is cancelled', () => {
    expect(questionsDue(given(opened({ held: true }), { kind: 'duplicate', decision: 'same-event' }).file, NOW)).toEqual([]);
    const cancelled = given([opened(), unreachable()], { kind: 'cancelled' });
    expect(questionsDue(cancelled.file, NOW + 86_400_000)).toEqual([]);
    expect(nextDue(cancelled.file)).toBeUndefined();
  });

  it('asks about a second signatory when they join, and not again about the first', () => {
    const joined = given([opened(), found('FUMA')], { kind: 'joined', personId: 'parent-2', claimsDiffer: false });
    expect(questionsDue(joined.file, NOW).map((q) => q.personId)).toEqual(['parent-2']);
  });

  it('asks about the amended report of whoever is not confirmed, under a new question', () => {
    const amended = given([opened(), found('NOMA')], { kind: 'amended', version: 2 });
    expect(questionsDue(amended.file, NOW).map((q) => q.questionId)).toEqual([question(2)]);
    expect(question(2)).not.toBe(question(1));
    expect(given([opened(), found('FUMA')], { kind: 'amended', version: 2 }).person()).toMatchObject({ status: 'confirmed', version: 1 });
  });

  it('stops asking about somebody the report no longer names', () => {
    const gone = given([opened(), { kind: 'gone', questionId: question(), personId: ONE }]);
    expect(gone.person()).toMatchObject({ status: 'gone' });
    expect(nextDue(gone.file)).toBeUndefined();
  });
});

describe('what an answer does', () => {
  it('confirms on a full match, at the first try, with one fact', () => {
    const { events, notes, file, person } = given([opened(), found('FUMA')]);
    expect(events).toEqual([PersonConfirmedV1(CASE, { personId: ONE, authority: 'ca-qc', resolution: 'FUMA', by: 'authority' })]);
    expect(notes).toEqual([]);
    expect(person()).toEqual({ status: 'confirmed', version: 1, attempts: 1, authority: 'ca-qc' });
    expect(nextDue(file)).toBeUndefined();
  });

  it.each([['ACMA', 'acceptable-match'], ['NOMA', 'no-match']] as const)('opens a review on %s, with the words a reviewer needs', (resolution, reason) => {
    const { events, notes, person } = given([opened(), found(resolution)]);
    const id = reviewIdOf(question(), reason);
    expect(events).toEqual([ReviewOpenedV1(CASE, { personId: ONE, authority: 'ca-qc', reason })]);
    expect(notes).toEqual([{ kind: 'opened', id, personId: ONE, authority: 'ca-qc', reason, finding: finding(resolution) }]);
    expect(person()).toMatchObject({ status: 'review', review: id });
  });

  it('states a delay once, and asks again when it is time', () => {
    const first = given([opened(), unreachable(700)]);
    expect(first.events).toEqual([ConfirmationDelayedV1(CASE, { personId: ONE, authority: 'ca-qc', attempts: 1 })]);
    expect(questionsDue(first.file, NOW + 699)).toEqual([]);
    expect(questionsDue(first.file, NOW + 700)).toMatchObject([{ questionId: question(), attempts: 1 }]);
    expect(given([opened(), unreachable()], unreachable()).events).toEqual([]);
    expect(given([opened(), unreachable()], unreachable(), found('FUMA')).person()).toMatchObject({ status: 'confirmed', attempts: 3 });
  });

  it('puts a question again that was lost with the process that put it', () => {
    const { file, events } = given([opened(), pending()]);
    expect(events).toEqual([]);
    expect(nextDue(file)).toBe(NOW + LOST_AFTER);
  });

  it('records one confirmation however often the answer comes', () => {
    const twice = given([opened(), found('FUMA'), found('FUMA')]);
    expect(twice.events).toHaveLength(1);
    expect(given([opened(), found('FUMA')], [opened(), found('FUMA')], pending(), unreachable()).events).toEqual([]);
  });

  it('drops an answer about a report that was amended since', () => {
    const { events, person } = given([opened(), pending()], { kind: 'amended', version: 2 }, found('FUMA', 1));
    expect(events).toEqual([]);
    expect(person()).toMatchObject({ status: 'asking', version: 2 });
  });
});

describe('a sign-in that does not fit the declared person', () => {
  const differs = opened({ claimsDiffer: true });
  const id = reviewIdOf(question(), 'claims-differ');

  it('goes to a reviewer even on a full match', () => {
    const { events, notes } = given([differs, found('FUMA')]);
    expect(events).toEqual([ReviewOpenedV1(CASE, { personId: ONE, authority: 'ca-qc', reason: 'claims-differ' })]);
    expect(notes).toMatchObject([{ kind: 'opened', id, finding: { resolution: 'FUMA' } }]);
  });

  it('is in review before the authority answers, and the words follow', () => {
    const waiting = given([differs, pending()]);
    expect(waiting.notes).toEqual([{ kind: 'opened', id, personId: ONE, authority: 'ca-qc', reason: 'claims-differ' }]);
    expect(nextDue(waiting.file)).toBe(NOW + LOST_AFTER);
    const delayed = given([differs, pending()], unreachable());
    expect(delayed.events).toEqual([]);
    const heard = given([differs, pending()], unreachable(), found('FUMA'));
    expect(heard.events).toEqual([]);
    expect(heard.notes).toEqual([{ kind: 'heard', id, finding: finding('FUMA') }]);
    expect(nextDue(heard.file)).toBeUndefined();
  });

  it('also when somebody joins as a person already confirmed', () => {
    const joined = given([opened(), found('FUMA')], [{ kind: 'joined', personId: ONE, claimsDiffer: true }, found('FUMA')]);
    expect(joined.events).toEqual([ReviewOpenedV1(CASE, { personId: ONE, authority: 'ca-qc', reason: 'claims-differ' })]);
  });
});

describe('what a reviewer decides', () => {
  const decide = (decision: ReviewDecision, evidence?: EvidenceCode, steps = given([opened(), found('ACMA')]), row: ReviewOnFile | null = { closed: false }) =>
    judge(steps.file, row ?? undefined, { reviewId: reviewIdOf(question(), 'acceptable-match'), personId: ONE, decision, ...(evidence !== undefined && { evidence }), operator: OPERATOR });

  it('accepts with evidence: the person is confirmed by a reviewer', () => {
    const { events, notes, file } = decide('accept', 'birth-certificate-seen')!;
    expect(events).toEqual([PersonConfirmedV1(CASE, { personId: ONE, authority: 'ca-qc', resolution: 'ACMA', by: 'reviewer' })]);
    expect(notes).toEqual([{ kind: 'decided', id: reviewIdOf(question(), 'acceptable-match'), decision: 'accept', evidence: 'birth-certificate-seen', operator: OPERATOR }]);
    expect(file.people[ONE]).toEqual({ status: 'confirmed', version: 1, attempts: 1, authority: 'ca-qc' });
  });

  it('accepts nobody without evidence, or before the authority was heard', () => {
    expect(() => decide('accept')).toThrow(expect.objectContaining({ code: 'review.evidence-missing' }));
    const unheard = given([opened({ claimsDiffer: true }), pending()]);
    const judgement = { reviewId: reviewIdOf(question(), 'claims-differ'), personId: ONE, decision: 'accept', evidence: 'statements-compared', operator: OPERATOR } as const;
    expect(() => judge(unheard.file, { closed: false }, judgement)).toThrow(expect.objectContaining({ code: 'review.authority-not-heard' }));
  });

  it.each([['refuse', 'refused'], ['ask-citizen-to-correct', 'to-correct']] as const)('%s leaves the person %s, and nobody is asked', (decision, status) => {
    const { events, file } = decide(decision)!;
    expect(events).toEqual([ReviewResolvedV1(CASE, { personId: ONE, decision })]);
    expect(file.people[ONE]).toMatchObject({ status });
    expect(nextDue(file)).toBeUndefined();
  });

  it('asks again when a report that was to be corrected is amended; a refusal stays one', () => {
    const next = (decision: ReviewDecision) => follow(decide(decision)!.file, CASE, [{ kind: 'amended', version: 2 }], [found('FUMA', 2)], NOW)!;
    expect(next('ask-citizen-to-correct').events).toEqual([PersonConfirmedV1(CASE, { personId: ONE, authority: 'ca-qc', resolution: 'FUMA', by: 'authority' })]);
    expect(next('refuse').events).toEqual([]);
  });

  it('may be said twice, and not be changed', () => {
    const done = { file: decide('refuse')!.file, events: [], notes: [], person: () => undefined };
    expect(decide('refuse', undefined, done, { closed: true, decision: 'refuse' })).toBeUndefined();
    expect(() => decide('accept', 'hospital-record-confirmed', done, { closed: true, decision: 'refuse' })).toThrow(expect.objectContaining({ code: 'review.already-decided', status: 409 }));
    expect(() => decide('refuse', undefined, done, null)).toThrow(expect.objectContaining({ code: 'review.unknown', status: 404 }));
  });

  it('finds nothing to decide where an amendment or a cancellation came first', () => {
    for (const overtaking of [{ kind: 'amended', version: 2 }, { kind: 'cancelled' }] as const) {
      const later = given([opened(), found('ACMA')], overtaking);
      expect(later.notes).toContainEqual({ kind: 'overtaken', id: reviewIdOf(question(), 'acceptable-match') });
      expect(() => decide('refuse', undefined, later, { closed: true })).toThrow(expect.objectContaining({ code: 'review.already-decided' }));
    }
    expect(given([opened(), found('ACMA')], { kind: 'cancelled' }, { kind: 'cancelled' }).notes).toEqual([]);
  });
});

describe('whatever happens, in whatever order', () => {
  const first = fc.record({ kind: fc.constant('opened' as const), notifier: fc.constant(ONE), held: fc.constantFrom(false, false, true), claimsDiffer: fc.constantFrom(false, false, true) });
  const happening = fc.oneof(
    first,
    fc.record({ kind: fc.constant('joined' as const), personId: fc.constantFrom<ParentId>('parent-1', 'parent-2'), claimsDiffer: fc.boolean() }),
    fc.record({ kind: fc.constant('amended' as const), version: fc.constantFrom(1, 2, 3) }),
    fc.record({ kind: fc.constant('duplicate' as const), decision: fc.constantFrom('distinct' as const, 'same-event' as const) }),
    fc.constant({ kind: 'cancelled' as const }),
  );
  const answer = fc.tuple(fc.constantFrom<ParentId>('parent-1', 'parent-2'), fc.constantFrom(1, 1, 1, 2, 3), fc.constantFrom('FUMA', 'FUMA', 'ACMA', 'NOMA', 'unreachable', 'pending', 'gone')).map(([personId, version, what]): Answer => {
    const about = { questionId: question(version, personId), personId };
    if (what === 'gone') return { kind: 'gone', ...about };
    if (what === 'pending') return { kind: 'pending', ...about, authority: 'ca-qc' };
    return what === 'unreachable' ? { kind: 'unreachable', ...about, authority: 'ca-qc', retryInMs: 10 } : { kind: 'found', ...about, authority: 'ca-qc', finding: finding(what) };
  });
  const later = fc.array(fc.record({ happenings: fc.array(happening, { maxLength: 3 }), answers: fc.array(answer, { maxLength: 3 }) }), { maxLength: 12 });
  const steps = fc.tuple(first, later).map(([start, list]) => [{ happenings: [start], answers: [] as Answer[] }, ...list]);

  it('nobody is confirmed by an authority but on a full match of the report asked about, with claims that fit', () => {
    let confirmations = 0;
    fc.assert(fc.property(steps, (list) => {
      let file: IdentityFile | undefined;
      for (const { happenings, answers } of list) {
        const next = follow(file, CASE, happenings, answers, NOW);
        for (const { type, data } of next?.events ?? []) {
          if (type !== PersonConfirmedV1.type) continue;
          confirmations++;
          const { personId } = data as { personId: ParentId };
          const person = next!.file.people[personId]!;
          expect(answers).toContainEqual(found('FUMA', person.version, personId));
          expect(person.claimsDiffer).toBeUndefined();
          expect(next!.file.held).toBeUndefined();
          expect(next!.file.ended).toBeUndefined();
        }
        file = next?.file ?? file;
      }
    }), { numRuns: 2000 });
    expect(confirmations).toBeGreaterThan(50);
  });

  it('taking a step twice is taking it once, and whoever is still asked about has a time for it', () => {
    fc.assert(fc.property(steps, (list) => {
      let file: IdentityFile | undefined;
      for (const { happenings, answers } of list) {
        const once = follow(file, CASE, happenings, answers.filter((a) => a.kind !== 'unreachable'), NOW);
        if (!once) continue;
        const again = follow(once.file, CASE, happenings, answers.filter((a) => a.kind === 'found'), NOW)!;
        expect(again.file).toEqual(once.file);
        expect(again.events).toEqual([]);
        file = once.file;
        const asked = Object.values(file.people).some((p) => !file!.ended && (p.status === 'asking' || (p.status === 'review' && !p.finding)));
        expect(nextDue(file) !== undefined).toBe(asked);
      }
    }), { numRuns: 2000 });
  });
});
