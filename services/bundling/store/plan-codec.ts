import { createHash } from 'node:crypto';
import type { CaseState, Correction, TargetState } from '../domain/case-state.js';

/** What of a target never changes once it is planned. Thousands of cases share one plan, so it is stored once, by its content. */
type Planned = Pick<TargetState, 'target' | 'kind' | 'programme' | 'owner' | 'standard' | 'after' | 'root' | 'basis' | 'signatory' | 'signWithinDays' | 'acceptsUnconfirmed'>;
export interface PlanShape {
  readonly bundleVersion: number;
  readonly lifeEvent: CaseState['lifeEvent'];
  readonly targets: readonly Planned[];
}

/** What changes, as short as it can be said: rows per case are the currency, and bytes come next. */
type PackedTarget = readonly unknown[];
export interface PackedCase {
  readonly s: CaseState['status'];
  readonly a?: number;
  readonly n: CaseState['notifier'];
  readonly p: CaseState['people'];
  readonly h?: 1;
  readonly e?: CaseState['ended'];
  readonly t: readonly PackedTarget[];
}

const planned = (t: TargetState): Planned => ({
  target: t.target, kind: t.kind, programme: t.programme, owner: t.owner, standard: t.standard, after: t.after, root: t.root, basis: t.basis,
  ...(t.signatory !== undefined && { signatory: t.signatory }), signWithinDays: t.signWithinDays, acceptsUnconfirmed: t.acceptsUnconfirmed,
});

const FLAGS = { overdue: 1, presumed: 2, received: 4, listed: 8 } as const;
/** Trailing absences are left out. */
const trim = (list: readonly unknown[]): readonly unknown[] => {
  let end = list.length;
  while (end > 0 && (list[end - 1] === undefined || list[end - 1] === null)) end--;
  return list.slice(0, end);
};

const pack = (t: TargetState): PackedTarget => trim([
  t.status, t.consent, t.changedAt, t.attempts, t.revision,
  (t.overdue ? FLAGS.overdue : 0) | (t.presumed ? FLAGS.presumed : 0) | (t.received ? FLAGS.received : 0) | (t.listed ? FLAGS.listed : 0),
  t.told, t.waitingOn, t.expectedBy, t.limitAt, t.chaseAt, t.outcome, t.reason, t.waitsFor, t.actionBy,
  t.correction && [t.correction.kind, t.correction.revision, t.correction.status], t.pending,
]);

const unpack = (plan: Planned, p: PackedTarget): TargetState => {
  const [status, consent, changedAt, attempts, revision, flags, told, waitingOn, expectedBy, limitAt, chaseAt, outcome, reason, waitsFor, actionBy, correction, pending] = p as
    [TargetState['status'], TargetState['consent'], number, number, number, number, ...unknown[]];
  const [kind, of, state] = (correction ?? []) as [Correction['kind'], number, Correction['status']];
  const optional = { told, waitingOn, expectedBy, limitAt, chaseAt, outcome, reason, waitsFor, actionBy, pending, correction: correction ? { kind, revision: of, status: state } : undefined };
  return {
    ...plan, status, consent, changedAt, attempts, revision, overdue: (flags & FLAGS.overdue) !== 0, received: (flags & FLAGS.received) !== 0,
    ...((flags & FLAGS.presumed) !== 0 && { presumed: true }), ...((flags & FLAGS.listed) !== 0 && { listed: true }),
    ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined && v !== null)),
  };
};

export const shapeOf = (state: CaseState): PlanShape => ({ bundleVersion: state.bundleVersion, lifeEvent: state.lifeEvent, targets: state.targets.map(planned) });

/** A shape's name is its content: 128 bits of SHA-256, written as a uuid. */
export const nameOfShape = (shape: PlanShape): string => createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 32);

export const packCase = (state: CaseState): PackedCase => ({
  s: state.status, ...(state.settledAt !== undefined && { a: state.settledAt }), n: state.notifier, p: state.people, ...(state.held && { h: 1 as const }),
  ...(state.ended !== undefined && { e: state.ended }), t: state.targets.map(pack),
});

export const unpackCase = (caseId: string, shape: PlanShape, packed: PackedCase, nextDue: number | undefined): CaseState => ({
  caseId, lifeEvent: shape.lifeEvent, bundleVersion: shape.bundleVersion, status: packed.s, ...(packed.a !== undefined && { settledAt: packed.a }), notifier: packed.n,
  people: packed.p, held: packed.h === 1, ...(packed.e !== undefined && { ended: packed.e }), targets: packed.t.map((t, i) => unpack(shape.targets[i]!, t)),
  ...(nextDue !== undefined && { nextDue }),
});
