import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { birthBundle } from '#contracts/bundles/birth.bundle.js';
import type { PlanningFacts } from '#contracts/bundles/index.js';
import { CASE_STATUSES, PARENT_IDS, TARGET_STATUSES, WAITING_ON } from '#contracts/words.js';
import { decide } from '../domain/decide.js';
import type { CaseState, Correction, Planned, TakingBack, TargetState, Told } from '../domain/case-state.js';
import { plan } from '../domain/plan.js';
import { shared } from '../domain/planned.js';
import { correct, turn } from '../domain/target.js';
import { DAY, NOON, aCase, aRoot, aTarget, planAs } from '../testing/a-case.js';
import * as codes from './plan-codes.js';
import { packCase, unpackCase, type PackedCase, type PackedCaseV1 } from './plan-codec.js';
import { ShapeNames, nameOfShape, shapeOf, type PlanShape } from './plan-shape.js';

const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const CASE = '0190a000-0000-7000-8000-00000000000c';

describe('a stored plan', () => {
  const instants = fc.oneof(fc.integer({ min: NOON - DAY, max: NOON + 500 * DAY }), fc.integer({ min: -2000, max: 700_000 }).map((minutes) => (Math.floor(NOON / 60_000) + minutes) * 60_000 - 1));
  const words = fc.constantFrom('registered', 'not-offered-there', 'a-word-of-their-own', 'constructor', '7');
  const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
  const faces: fc.Arbitrary<Told> = fc.record<Told>({
    status: fc.constantFrom(...TARGET_STATUSES), outcome: maybe(words), reason: maybe(words), waitingOn: maybe(fc.constantFrom(...WAITING_ON)), waitsFor: maybe(fc.array(fc.constantFrom('t0', 'parent-2'), { maxLength: 3 })),
    expectedBy: maybe(instants), chaseAt: maybe(instants), limitAt: maybe(instants), actionBy: maybe(instants), overdue: fc.boolean(), attempts: fc.nat({ max: 12 }), presumed: maybe(fc.constant(true as const)),
  });
  const kinds = fc.constantFrom<Correction['kind']>('amend', 'recall', 'stop');
  const stands = fc.tuple(faces, fc.record<Omit<TargetState, 'plan' | keyof Told>>({
    consent: fc.constantFrom<TargetState['consent']>('not-needed', 'awaited', 'granted', 'refused', 'withdrawn', 'expired', 'not-asked'), changedAt: instants, revision: fc.nat({ max: 9 }), told: maybe(fc.nat({ max: 9 })),
    received: fc.boolean(), done: maybe(fc.constant(true as const)), correction: maybe(fc.record<Correction>({ kind: kinds, revision: fc.nat({ max: 9 }), tell: faces })), pending: maybe(fc.constantFrom<TakingBack>('stop', 'recall')), stale: maybe(fc.constant(true as const)),
  })).map(([face, rest]) => ({ ...face, ...rest }));
  /** Many targets, few ways to stand: some stand alike, next to each other and apart. */
  const states: fc.Arbitrary<CaseState> = fc.record<CaseState>({
    caseId: fc.constant(CASE), lifeEvent: fc.constant('birth'), bundleVersion: fc.nat({ max: 3 }), acceptedAt: fc.integer({ min: NOON - DAY, max: NOON + DAY }), status: fc.constantFrom(...CASE_STATUSES), settledAt: maybe(instants),
    notifier: fc.constantFrom(...PARENT_IDS), people: fc.dictionary(fc.constantFrom(...PARENT_IDS), fc.constantFrom('asked', 'delayed', 'review', 'to-correct', 'confirmed', 'refused')),
    held: fc.boolean(), ended: maybe(fc.constantFrom('cancelled', 'superseded')), nextDue: maybe(instants),
    targets: fc.tuple(fc.array(stands, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 53 })).map(([ways, which]) => which.map((n, i): TargetState => ({ ...aTarget(`t${i}`), ...ways[n % ways.length]! }))),
  });

  it('is read back as it was, whatever it says', () => {
    fc.assert(fc.property(states, (state) => {
      expect(unpackCase(CASE, shapeOf(state), stored(packCase(state)), state.nextDue)).toEqual(state);
    }), { numRuns: 500 });
  });

  it('says targets that stand alike once', () => {
    const { state } = aCase([aRoot(), ...Array.from({ length: 40 }, (_, i) => aTarget(`t${i}`))]);
    expect(JSON.stringify(packCase(state)).length).toBeLessThan(130);
  });

  it('says targets apart that differ in one thing, whichever it is', () => {
    const others = (value: unknown): unknown => (typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 60_000 : undefined);
    const changes: Partial<Record<keyof TargetState, unknown>> = {
      status: 'parked', consent: 'refused', outcome: 'issued', reason: 'no-answer', waitingOn: 'operator', waitsFor: ['t9'], expectedBy: NOON, chaseAt: NOON, limitAt: NOON, actionBy: NOON, presumed: true, told: 4, done: true,
      correction: { kind: 'stop', revision: 2, tell: aTarget('t0') }, pending: 'recall', stale: true,
    };
    const { plan: _, ...fields } = aTarget('t0');
    for (const key of Object.keys(fields) as (keyof typeof fields)[]) {
      const state = { ...aCase([aTarget('t0'), aTarget('t1')]).state, held: false };
      const apart: CaseState = { ...state, targets: [state.targets[0]!, { ...state.targets[1]!, [key]: changes[key] ?? others(fields[key]) }] };
      expect([key, (packCase(apart)[5] as readonly unknown[]).length]).toEqual([key, 2]);
    }
  });

  it('of more targets than it can number is refused, and not cut short', () => {
    expect(() => packCase(aCase(Array.from({ length: 54 }, (_, i) => aTarget(`t${i}`))).state)).toThrow(RangeError);
  });

  it('that says what this process cannot read is refused', () => {
    const { state } = aCase([aRoot()]);
    const [, ...rest] = packCase(state);
    expect(() => unpackCase(CASE, shapeOf(state), [3, ...rest], undefined)).toThrow('version 3');
    expect(() => unpackCase(CASE, shapeOf(state), [2, NOON, 99, 1, [], []], undefined)).toThrow('99, which stands for no word');
  });

  it('of a Québec birth takes no more than 250 bytes, however far it is', () => {
    const facts: PlanningFacts = {
      caseId: '', lifeEvent: 'birth', outcome: 'live-birth', eventDate: '2026-11-20', placeOfEvent: 'ca-qc', residence: 'ca-qc', notifierPersonId: 'parent-1', circumstances: [], indigenousInterest: false, promoterChosen: false,
      people: [{ personId: 'parent-1', roles: ['parent', 'gave-birth'], legalStatus: 'citizen', hasSin: true, hasHealthNumber: true }],
      consents: birthBundle.targets.filter((t) => t.basis === 'consent').map(({ target }) => ({ target, personId: 'parent-1', decision: 'granted' })),
    };
    let step = aCase(plan(birthBundle, facts, '2026-11-25', NOON));
    const sizes = [JSON.stringify(packCase(step.state)).length];
    step = decide({ kind: 'identity', personId: 'parent-1', identity: 'confirmed' }, step.state, NOON + 40);
    sizes.push(JSON.stringify(packCase(step.state)).length);
    while (step.deliveries.length > 0) {
      step = decide({ kind: 'answers', answers: step.deliveries.map(({ deliveryId, target, kind, revision }) => ({ deliveryId, target, kind, revision, status: 'completed', outcome: 'issued', attempts: 1 })) }, step.state, step.state.acceptedAt + 250);
      sizes.push(JSON.stringify(packCase(step.state)).length);
    }
    expect([step.state.status, sizes.length]).toEqual(['completed', 4]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(250);
  });
});

interface Sample { readonly shape: PlanShape; readonly nextDue?: number; readonly v1: PackedCaseV1; readonly v2: PackedCase; readonly state: Omit<CaseState, 'targets' | 'caseId' | 'lifeEvent' | 'bundleVersion'> & { readonly targets: readonly Omit<TargetState, 'plan'>[] } }
/** Rows as they were written, in each form there ever was, and what they say. Never edited: such rows are out there. */
const samples = JSON.parse(readFileSync(join(import.meta.dirname, 'samples/plans.json'), 'utf8')) as readonly Sample[];
const saidBy = ({ shape, nextDue }: Sample, packed: PackedCase | PackedCaseV1): CaseState => unpackCase(CASE, { ...shape, targets: shape.targets.map(shared) }, packed, nextDue);

describe('rows of every age', () => {
  const expected = ({ shape, nextDue, state }: Sample): unknown => ({
    ...state, caseId: CASE, lifeEvent: shape.lifeEvent, bundleVersion: shape.bundleVersion, ...(nextDue !== undefined && { nextDue }), targets: state.targets.map((t, i) => ({ ...t, plan: shape.targets[i] })),
  });

  it.each(samples.map((sample, i) => [i, sample] as const))('sample %i says the same in either form, and is written as it was last', (_, sample) => {
    expect(stored(saidBy(sample, sample.v1))).toEqual(expected(sample));
    expect(stored(saidBy(sample, sample.v2))).toEqual(expected(sample));
    expect(stored(packCase(saidBy(sample, sample.v1)))).toEqual(sample.v2);
  });

  it('the samples show every field', () => {
    const shown = new Set(samples.flatMap(({ state }) => state.targets.flatMap((t) => Object.keys(t))));
    expect([...shown, 'plan'].sort()).toEqual(Object.keys(aRoot()).sort());
  });
});

describe('the numbers of words', () => {
  it('are as they were given, and every word has one', () => {
    expect(codes.caseStatus.numbers).toEqual({
      submitted: 1, 'identity-pending': 2, 'in-progress': 3, completed: 4, 'partially-completed': 5, 'not-completed': 6, 'nothing-to-tell': 7, 'identity-not-confirmed': 8, cancelled: 9, superseded: 10,
    });
    expect(codes.targetStatus.numbers).toEqual({
      'waiting-identity': 1, 'consent-required': 2, 'waiting-dependency': 3, 'waiting-confirmation': 4, queued: 5, sent: 6, acknowledged: 7, 'in-progress': 8, 'action-required': 9, 'failed-retryable': 10,
      parked: 11, completed: 12, 'already-known': 13, 'handed-over': 14, rejected: 15, 'failed-permanent': 16, 'consent-withheld': 17, 'not-selected': 18, 'not-applicable': 19, recalled: 20, revoked: 21,
    });
    expect(codes.consent.numbers).toEqual({ 'not-needed': 1, awaited: 2, granted: 3, refused: 4, withdrawn: 5, expired: 6, 'not-asked': 7 });
    expect(codes.waitingOn.numbers).toEqual({
      'identity-authority': 1, reviewer: 2, notifier: 3, 'other-parent': 4, you: 5, jurisdiction: 6, 'another-target': 7, 'agency-answer': 8, operator: 9, us: 10,
    });
    expect(codes.identity.numbers).toEqual({ asked: 1, delayed: 2, review: 3, 'to-correct': 4, confirmed: 5, refused: 6 });
    expect(codes.correction.numbers).toEqual({ amend: 1, recall: 2, stop: 3 });
    expect(codes.ended.numbers).toEqual({ cancelled: 1, superseded: 2 });
    expect(codes.parent.numbers).toEqual({ 'parent-1': 1, 'parent-2': 2, 'parent-3': 3, 'parent-4': 4 });
    expect(codes.often.numbers).toEqual({
      registered: 1, issued: 2, 'pre-assigned': 3, 'hospital-does-it': 4, 'comes-by-itself': 5, 'not-offered-there': 6, 'not-asked-for': 7, 'refused-by-signatory': 8, 'identity-unreachable': 9,
      'in-review': 10, 'identity-not-confirmed': 11, 'dependency-handed-over': 12, 'dependency-failed': 13, 'born-in-another-province': 14, 'no-promoter-chosen': 15, 'yours-to-apply-for': 16,
    });
    for (const [of, words] of [[codes.caseStatus, CASE_STATUSES], [codes.targetStatus, TARGET_STATUSES], [codes.waitingOn, WAITING_ON], [codes.parent, PARENT_IDS]] as const) expect(Object.keys(of.numbers).sort()).toEqual([...words].sort());
  });

  it('are each one word’s', () => {
    for (const { numbers } of [codes.caseStatus, codes.targetStatus, codes.consent, codes.waitingOn, codes.identity, codes.correction, codes.ended, codes.parent, codes.often]) {
      expect(new Set<number>(Object.values(numbers)).size).toBe(Object.keys(numbers).length);
    }
  });
});

describe('what is fixed of a target', () => {
  it('is one object for all who are planned alike, or read back alike', () => {
    const read = { ...stored(aRoot().plan), signatory: undefined } as Planned;
    expect(shared(read)).toBe(aRoot().plan);
    expect(planAs(aRoot(), { owner: 'ca-qc' }).plan).not.toBe(aRoot().plan);
    expect(() => Object.assign(aRoot().plan, { owner: 'ca-qc' })).toThrow(TypeError);
  });

  it('has the name it always had, which tells everything about it', () => {
    const names = new ShapeNames();
    const { state } = aCase([aRoot(), aTarget('sin')]);
    expect(names.of(state)).toEqual({ name: 'a16bcd41-f277-5d46-7fca-1858bbc3940b', shape: shapeOf(state) });
    expect(names.of({ ...state, people: { 'parent-1': 'confirmed' }, targets: state.targets.map((t) => ({ ...t })) })).toBe(names.of(state));
    expect(nameOfShape(stored(shapeOf(state)))).toBe(names.of(state).name);
    const others = [{ ...state, bundleVersion: 2 }, { ...state, targets: state.targets.slice(0, 1) }, { ...state, targets: state.targets.toReversed() }, { ...state, targets: state.targets.map((t) => planAs(t, { signWithinDays: 31 })) }];
    expect(new Set([state, ...others].map((s) => names.of(s).name)).size).toBe(5);
  });
});

it('a target has one form, however it came about', () => {
  const planned = aRoot();
  const [sample] = samples;
  const others = [turn(planned, NOON, { status: 'parked' }), correct({ ...planned, told: 1 }, 'amend', NOON), { ...planned, done: undefined }, saidBy(sample!, sample!.v1).targets[0]!, saidBy(sample!, sample!.v2).targets[0]!];
  for (const t of others) expect(Object.keys(t)).toEqual(Object.keys(planned));
});
