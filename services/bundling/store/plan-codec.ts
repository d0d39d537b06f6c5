import { createHash } from 'node:crypto';
import type { CaseState, Correction, TargetState, Told } from '../domain/case-state.js';

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
  readonly b: number;
  readonly n: CaseState['notifier'];
  readonly p: CaseState['people'];
  readonly h?: 1;
  readonly e?: CaseState['ended'];
  readonly t: readonly PackedTarget[];
}

const PLANNED = ['target', 'kind', 'programme', 'owner', 'standard', 'after', 'root', 'basis', 'signatory', 'signWithinDays', 'acceptsUnconfirmed'] as const satisfies readonly (keyof Planned)[];
const planned = (t: TargetState): Planned => ({
  target: t.target, kind: t.kind, programme: t.programme, owner: t.owner, standard: t.standard, after: t.after, root: t.root, basis: t.basis,
  ...(t.signatory !== undefined && { signatory: t.signatory }), signWithinDays: t.signWithinDays, acceptsUnconfirmed: t.acceptsUnconfirmed,
});

const FLAGS = { overdue: 1, presumed: 2, received: 4, done: 8 } as const;
/** Trailing absences are left out. */
const trim = (list: readonly unknown[]): readonly unknown[] => {
  let end = list.length;
  while (end > 0 && (list[end - 1] === undefined || list[end - 1] === null)) end--;
  return list.slice(0, end);
};
type Mutable = Record<string, unknown>;
/** Fills in what is there; a case is read far more often than anything else is done with it. */
const fill = (into: Mutable, keys: readonly string[], values: readonly unknown[], from: number): void => {
  for (let i = 0; i < keys.length; i++) {
    const value = values[from + i];
    if (value !== undefined && value !== null) into[keys[i]!] = value;
  }
};

const TOLD_REST = ['waitingOn', 'expectedBy', 'limitAt', 'chaseAt', 'outcome', 'reason', 'waitsFor', 'actionBy'] as const satisfies readonly (keyof Told)[];
const packTold = (t: Told): readonly unknown[] => trim([
  t.status, t.attempts, (t.overdue ? FLAGS.overdue : 0) | (t.presumed ? FLAGS.presumed : 0), t.waitingOn, t.expectedBy, t.limitAt, t.chaseAt, t.outcome, t.reason, t.waitsFor, t.actionBy,
]);
const unpackTold = (packed: readonly unknown[], into: Mutable = {}): Told => {
  const flags = packed[2] as number;
  into['status'] = packed[0];
  into['attempts'] = packed[1];
  into['overdue'] = (flags & FLAGS.overdue) !== 0;
  if ((flags & FLAGS.presumed) !== 0) into['presumed'] = true;
  fill(into, TOLD_REST, packed, 3);
  return into as unknown as Told;
};

const pack = (t: TargetState): PackedTarget => trim([
  t.consent, t.changedAt, t.revision, (t.received ? FLAGS.received : 0) | (t.done ? FLAGS.done : 0), packTold(t), t.told,
  t.correction && [t.correction.kind, t.correction.revision, packTold(t.correction.tell)], t.pending,
]);

const unpack = (plan: Planned, packed: PackedTarget): TargetState => {
  const [consent, changedAt, revision, flags, stands, told, correction, pending] = packed as
    [TargetState['consent'], number, number, number, readonly unknown[], number | undefined, [Correction['kind'], number, readonly unknown[]] | null | undefined, Correction['kind'] | undefined];
  const target: Mutable = { ...plan, consent, changedAt, revision, received: (flags & FLAGS.received) !== 0 };
  unpackTold(stands, target);
  if ((flags & FLAGS.done) !== 0) target['done'] = true;
  fill(target, ['told', 'pending'], [told, pending], 0);
  if (correction) target['correction'] = { kind: correction[0], revision: correction[1], tell: unpackTold(correction[2]) };
  return target as unknown as TargetState;
};

export const shapeOf = (state: CaseState): PlanShape => ({ bundleVersion: state.bundleVersion, lifeEvent: state.lifeEvent, targets: state.targets.map(planned) });

/** Whether a case still has this plan; a correction of the report may have changed it. */
export const hasShape = (state: CaseState, shape: PlanShape): boolean =>
  state.targets.length === shape.targets.length && state.targets.every((t, i) => PLANNED.every((key) => t[key] === shape.targets[i]![key]));

/** A shape's name is its content: 128 bits of SHA-256, written as a uuid. */
export const nameOfShape = (shape: PlanShape): string => createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 32);

export const packCase = (state: CaseState): PackedCase => ({
  s: state.status, ...(state.settledAt !== undefined && { a: state.settledAt }), b: state.acceptedAt, n: state.notifier, p: state.people, ...(state.held && { h: 1 as const }),
  ...(state.ended !== undefined && { e: state.ended }), t: state.targets.map(pack),
});

export const unpackCase = (caseId: string, shape: PlanShape, packed: PackedCase, nextDue: number | undefined): CaseState => ({
  caseId, lifeEvent: shape.lifeEvent, bundleVersion: shape.bundleVersion, status: packed.s, ...(packed.a !== undefined && { settledAt: packed.a }), acceptedAt: packed.b, notifier: packed.n,
  people: packed.p, held: packed.h === 1, ...(packed.e !== undefined && { ended: packed.e }), targets: packed.t.map((t, i) => unpack(shape.targets[i]!, t)),
  ...(nextDue !== undefined && { nextDue }),
});
