import type { CaseState, Correction, TargetState, Told } from '../domain/case-state.js';
import { fromStored, type StoredTarget } from './plan-codes.js';
import type { PlanShape } from './plan-shape.js';

/** How plans were written before: words in full, instants in full, every target by itself. Read for as long as there are such rows; never written. */
export interface PackedCaseV1 {
  readonly s: CaseState['status'];
  readonly a?: number;
  readonly b: number;
  readonly n: CaseState['notifier'];
  readonly p: CaseState['people'];
  readonly h?: 1;
  readonly e?: 'cancelled' | 'superseded';
  readonly t: readonly (readonly unknown[])[];
}

type Maybe<T> = T | null | undefined;
type ToldV1 = readonly [
  Told['status'], number, number, Maybe<Told['waitingOn']>, Maybe<number>, Maybe<number>, Maybe<number>, Maybe<string>, Maybe<string>, Maybe<readonly string[]>, Maybe<number>,
];
type TargetV1 = readonly [TargetState['consent'], number, number, number, ToldV1, Maybe<number>, Maybe<readonly [Correction['kind'], number, ToldV1]>, Maybe<Correction['kind']>];

const FLAGS = { overdue: 1, presumed: 2, received: 4, done: 8 } as const;

const told = ([status, attempts, flags, waitingOn, expectedBy, limitAt, chaseAt, outcome, reason, waitsFor, actionBy]: ToldV1): Told => ({
  status, outcome: outcome ?? undefined, reason: reason ?? undefined, waitingOn: waitingOn ?? undefined, waitsFor: waitsFor ?? undefined, expectedBy: expectedBy ?? undefined,
  chaseAt: chaseAt ?? undefined, limitAt: limitAt ?? undefined, actionBy: actionBy ?? undefined, overdue: (flags & FLAGS.overdue) !== 0, attempts, presumed: (flags & FLAGS.presumed) !== 0 ? true : undefined,
});

const target = (plan: TargetState['plan'], [consent, changedAt, revision, flags, stands, lastTold, correction, pending]: TargetV1): StoredTarget => {
  const t = told(stands);
  return {
    plan, status: t.status, consent, outcome: t.outcome, reason: t.reason, waitingOn: t.waitingOn, waitsFor: t.waitsFor, expectedBy: t.expectedBy, chaseAt: t.chaseAt, limitAt: t.limitAt,
    actionBy: t.actionBy, overdue: t.overdue, attempts: t.attempts, presumed: t.presumed, changedAt, revision, told: lastTold ?? undefined, received: (flags & FLAGS.received) !== 0,
    done: (flags & FLAGS.done) !== 0 ? true : undefined, correction: correction ? { kind: correction[0], revision: correction[1], tell: told(correction[2]) } : undefined, pending: pending ?? undefined, stale: undefined,
  };
};

export const unpackV1 = (caseId: string, shape: PlanShape, { s, a, b, n, p, h, e, t }: PackedCaseV1, nextDue: number | undefined): CaseState => ({
  caseId, lifeEvent: shape.lifeEvent, bundleVersion: shape.bundleVersion, acceptedAt: b, status: s, settledAt: a, notifier: n, people: p, held: h === 1, ended: e,
  targets: shape.targets.map((plan, i) => fromStored(target(plan, t[i] as unknown as TargetV1))), nextDue,
});
