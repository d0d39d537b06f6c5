import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeliveriesProgressedV2, answerInFull, nameOfDelivery, type DataOf } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { misfit } from '#contracts/events/schema.js';
import type { Delivery, OpenAttempt } from './delivery.js';
import type { Answer, Outcome } from './outcome.js';
import { GIVE_UP_MS, LEASE_MS, NOTHING_KNOWN, decide, type Known, type Progress } from './progress.js';

const CASE = '0190a000-0000-7000-8000-000000000001';
const ID = '0190a000-0000-5000-8000-00000000000a';
const NOW = 1_800_000_000_000;
const delivery: Delivery = { caseId: CASE, deliveryId: ID, tellId: ID, target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1 };
const row = (over: Partial<OpenAttempt> = {}): OpenAttempt => ({ ...delivery, attempts: 1, state: 'failed', since: NOW - 5000, dueAt: NOW, ...over });
const answer = (status: Answer['status'], over: Partial<Answer> = {}): Answer => ({ target: 'sin', kind: 'tell', revision: 1, status, attempts: 1, ...over });
const known = (over: { row?: OpenAttempt; last?: Answer } = {}): Known => ({
  ...NOTHING_KNOWN, ...(over.row && { loaded: new Map([[ID, over.row]]), open: new Map([[ID, over.row]]) }), ...(over.last && { last: new Map([[nameOfDelivery(over.last), over.last]]) }),
});
const ISSUED: Outcome = { status: 'completed', outcome: 'issued', yields: { sin: '046454286' }, freeText: 'sent by post' };
const FAILED: Outcome = { status: 'failed-retryable' };

const answersIn = (events: readonly NewEvent[] | undefined): Answer[] => (events ?? []).flatMap((e) => (e.data as DataOf<typeof DeliveriesProgressedV2>).answers.map(answerInFull));
const after = (outcome: Progress['outcome'], before: Known = NOTHING_KNOWN, over: Partial<Progress> = {}) => {
  const decision = decide(CASE, [{ delivery, outcome, tries: outcome === 'unsent' || outcome === 'not-called' || outcome === 'unasked' ? 0 : 1, waitMs: 700, ...over }], before, NOW);
  const answers = answersIn(decision.events);
  return { answers, row: decision.state!.open.get(ID), isTouched: decision.state!.open.has(ID), deposits: decision.state!.deposits };
};

describe('what is kept of a delivery', () => {
  it('answered at the first try: the answer, its yields for the vault, and no row', () => {
    const { answers, isTouched, deposits } = after(ISSUED);
    expect(answers).toEqual([answer('completed', { outcome: 'issued', yields: ['sin'] })]);
    expect(isTouched).toBe(false);
    expect(deposits).toEqual([{ deliveryId: ID, yields: { sin: '046454286' }, freeText: 'sent by post' }]);
  });

  it('says on the log only which kinds of yields there were, never a value or a word of the programme', () => {
    const text = JSON.stringify(after({ ...ISSUED, yields: { registrationNumber: '2026-31-004711' } }).answers);
    expect(text).toContain('registration-number');
    expect(text).not.toMatch(/004711|by post/);
  });

  it('not answered in time: a row nobody takes up while the call may still be answered, and nothing on the log', () => {
    expect(after('unanswered')).toMatchObject({ answers: [], row: { state: 'unknown', attempts: 1, since: NOW, dueAt: NOW + LEASE_MS } });
  });

  it('not sent yet: a row that is due', () => {
    expect(after('unsent')).toMatchObject({ answers: [], row: { state: 'unsent', attempts: 0, dueAt: NOW } });
    expect(after('unasked')).toMatchObject({ answers: [], row: { state: 'unknown', attempts: 0, dueAt: NOW } });
    expect(after('unsent', known({ row: row({ state: 'unknown' }) })).row).toMatchObject({ state: 'unknown', attempts: 1 });
  });

  it('not sent, because the programme is not called at the moment: the same, and the log is told once that it does not get through', () => {
    const { answers, row: open } = after('not-called');
    expect(answers).toEqual([answer('failed-retryable', { attempts: 0 })]);
    expect(open).toMatchObject({ state: 'unsent', attempts: 0, dueAt: NOW });
    expect(after('not-called', known({ row: open!, last: answers[0]! }))).toMatchObject({ answers: [], row: { state: 'unsent', attempts: 0 } });
    expect(after(FAILED, known({ row: open!, last: answers[0]! })).answers).toEqual([answer('failed-retryable')]);
    expect(after('not-called', known({ last: answer('acknowledged') })).answers).toEqual([]);
  });

  it('answered later: the row goes', () => {
    const { answers, row: left, isTouched } = after(ISSUED, known({ row: row({ state: 'unknown', attempts: 3 }) }));
    expect(answers).toMatchObject([{ status: 'completed', attempts: 4 }]);
    expect([isTouched, left]).toEqual([true, undefined]);
  });
});

describe('a delivery that does not get through', () => {
  it('waits as long as the backoff says, and is told at the first failure', () => {
    expect(after(FAILED)).toMatchObject({ answers: [{ status: 'failed-retryable', attempts: 1 }], row: { state: 'failed', attempts: 1, dueAt: NOW + 700 } });
  });

  it('that may have arrived is remembered as such', () => {
    expect(after({ ...FAILED, uncertain: true }).row).toMatchObject({ state: 'unknown' });
  });

  it('is told again only when the tries have doubled: a thousand failures are ten lines of history', () => {
    let state = NOTHING_KNOWN;
    const told: number[] = [];
    for (let n = 0; n < 1000; n++) {
      const { state: next, events = [] } = decide(CASE, [{ delivery, outcome: FAILED, tries: 1, waitMs: 0 }], state, NOW);
      state = next!;
      told.push(...answersIn(events).map((a) => a.attempts));
    }
    expect(told).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('is given up after a week and left to a person', () => {
    const before = known({ row: row({ since: NOW - GIVE_UP_MS + 1, attempts: 40 }), last: answer('failed-retryable', { attempts: 32 }) });
    expect(after(FAILED, before)).toMatchObject({ answers: [], row: { attempts: 41 } });
    const late = known({ row: row({ since: NOW - GIVE_UP_MS, attempts: 40 }), last: answer('failed-retryable', { attempts: 32 }) });
    expect(after(FAILED, late)).toMatchObject({ answers: [{ status: 'parked', reason: 'no-answer', attempts: 41 }], row: undefined, isTouched: true });
  });

  it('is tried for another week when an operator asks, and a failure is told at once', () => {
    const parked = known({ last: answer('parked', { reason: 'no-answer', attempts: 41 }) });
    expect(after({ ...FAILED, uncertain: true }, parked, { asked: true })).toMatchObject({ answers: [{ status: 'failed-retryable', attempts: 1 }], row: { since: NOW, attempts: 1 } });
    const failing = known({ row: row({ since: NOW - GIVE_UP_MS, attempts: 40 }), last: answer('failed-retryable', { attempts: 32 }) });
    expect(after(FAILED, failing, { asked: true })).toMatchObject({ answers: [{ status: 'failed-retryable', attempts: 41 }], row: { since: NOW } });
    expect(after('unasked', failing, { asked: true })).toMatchObject({ answers: [{ status: 'failed-retryable' }], row: { since: NOW, dueAt: NOW } });
  });

  it('but which the programme has taken in is not called failing because a question about it failed', () => {
    for (const status of ['acknowledged', 'in-progress', 'action-required'] as const) {
      expect(after({ ...FAILED, uncertain: true }, known({ last: answer(status) }), { asked: true })).toMatchObject({ answers: [], row: { state: 'unknown' } });
      expect(after('unasked', known({ last: answer(status) }), { asked: true }).answers).toEqual([]);
      expect(after(FAILED, known({ last: answer(status), row: row({ since: NOW - GIVE_UP_MS }) }))).toMatchObject({ answers: [], row: undefined });
    }
  });
});

describe('late, repeated and overtaken answers', () => {
  it('a repeat writes nothing, however often it was tried meanwhile', () => {
    const last = answer('completed', { outcome: 'issued', yields: ['sin'], attempts: 7 });
    expect(after(ISSUED, known({ last }), { tries: 0 })).toMatchObject({ answers: [], deposits: [] });
    expect(after(ISSUED, known({ last, row: row() }))).toMatchObject({ answers: [], row: undefined, isTouched: true });
  });

  it('an interim answer after the last one writes nothing', () => {
    expect(after({ status: 'in-progress' }, known({ last: answer('completed', { outcome: 'issued' }) }), { tries: 0 }).answers).toEqual([]);
    expect(after(FAILED, known({ last: answer('completed', { outcome: 'issued' }), row: row() }))).toMatchObject({ answers: [], row: undefined });
  });

  it('the next step and another last word are told', () => {
    expect(after({ status: 'in-progress', reason: 'awaiting-hospital-notice' }, known({ last: answer('acknowledged') }), { tries: 0 }).answers).toMatchObject([{ status: 'in-progress', attempts: 1 }]);
    expect(after(ISSUED, known({ last: answer('rejected', { reason: 'refused-by-programme' }) }), { tries: 0 }).answers).toMatchObject([{ status: 'completed' }]);
    expect(after(ISSUED, known({ last: answer('parked', { reason: 'no-answer', attempts: 40 }) }), { tries: 0 }).answers).toMatchObject([{ status: 'completed', attempts: 1 }]);
  });

  it('two commands of one list see each other', () => {
    const twice = decide(CASE, [{ delivery, outcome: ISSUED, tries: 1, waitMs: 0 }, { delivery, outcome: ISSUED, tries: 0, waitMs: 0 }], NOTHING_KNOWN, NOW);
    expect(answersIn(twice.events)).toHaveLength(1);
    expect(twice.state!.deposits).toHaveLength(1);
  });
});

it('whatever comes in whatever order, the log holds only events of its schema, and after a last word only other last words', () => {
  const outcomes: fc.Arbitrary<Progress['outcome']> = fc.constantFrom<Progress['outcome']>(
    'unsent', 'not-called', 'unasked', 'unanswered', FAILED, { ...FAILED, uncertain: true }, { status: 'acknowledged' }, { status: 'in-progress' }, { status: 'action-required', actionBy: NOW }, ISSUED,
    { status: 'rejected', reason: 'refused-by-programme' }, { status: 'handed-over', reason: 'sin-parent-status' }, { status: 'parked', reason: 'answer-not-understood' });
  const FINAL = ['completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent'];
  fc.assert(fc.property(fc.array(fc.record({ outcome: outcomes, tries: fc.integer({ min: 0, max: 2 }), asked: fc.boolean(), inMs: fc.integer({ min: 0, max: GIVE_UP_MS }) }), { maxLength: 30 }), (story) => {
    let [state, now, ended] = [NOTHING_KNOWN, NOW, false];
    for (const { outcome, tries, asked, inMs } of story) {
      now += inMs;
      const { state: next, events = [] } = decide(CASE, [{ delivery, outcome, tries, asked, waitMs: 5 }], state, now);
      state = next!;
      for (const event of events) {
        expect(misfit(DeliveriesProgressedV2.shape, event.data)).toBeUndefined();
        for (const { status } of answersIn([event])) {
          if (ended) expect([...FINAL, 'parked']).toContain(status);
          ended = FINAL.includes(status);
        }
      }
    }
  }));
});
