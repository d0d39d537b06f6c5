import { CaseAdvancedV2, CasePlannedV2, inBrief, plannedAlike, type DataOf, type Face, type PlannedTarget } from '#contracts/events/index.js';
import type { Mutable, NewEvent } from '#contracts/envelope.js';
import { isSettledCase } from '#contracts/words.js';
import type { Step } from './advance.js';
import type { CaseState, TargetState } from './case-state.js';

/** What the log is told of a step: what changed, and once for all targets it is true of. */

const isPlannedAlike = (a: TargetState, b: TargetState): boolean => a.plan === b.plan || (a.plan.programme === b.plan.programme && a.plan.basis === b.plan.basis && a.plan.signatory === b.plan.signatory);
const plannedTarget = ({ plan: { target, programme, basis, signatory }, consent }: TargetState): PlannedTarget => ({ target, programme, basis, ...(signatory !== undefined && { signatory }), consent });

const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean => a.length === b.length && a.every((word, i) => word === b[i]);
const standAlike = (a: TargetState, b: TargetState): boolean =>
  a.status === b.status && a.outcome === b.outcome && a.reason === b.reason && a.waitingOn === b.waitingOn && a.expectedBy === b.expectedBy && a.actionBy === b.actionBy
  && a.overdue === b.overdue && a.presumed === b.presumed && a.attempts === b.attempts && a.changedAt === b.changedAt && sameList(a.waitsFor, b.waitsFor);

/** Only what there is. */
const faceOf = (t: TargetState, of: readonly string[], now: number): Face => {
  const face: Mutable<Face> = { of, status: t.status };
  if (t.outcome !== undefined) face.outcome = t.outcome;
  if (t.reason !== undefined) face.reason = t.reason;
  if (t.waitingOn !== undefined) face.waitingOn = t.waitingOn;
  if (t.waitsFor !== undefined) face.waitsFor = t.waitsFor;
  if (t.expectedBy !== undefined) face.expectedBy = t.expectedBy;
  if (t.actionBy !== undefined) face.actionBy = t.actionBy;
  if (t.overdue) face.overdue = true;
  if (t.presumed) face.presumed = true;
  if (t.attempts !== 0) face.attempts = t.attempts;
  if (t.changedAt !== now) face.changedAt = t.changedAt;
  return face;
};

const facesOf = (targets: readonly TargetState[], now: number): Face[] => {
  const groups: { readonly first: TargetState; readonly of: string[] }[] = [];
  for (const t of targets) {
    const alike = groups.find(({ first }) => standAlike(first, t));
    if (alike) alike.of.push(t.plan.target);
    else groups.push({ first: t, of: [t.plan.target] });
  }
  return groups.map(({ first, of }) => faceOf(first, of, now));
};

const caseOf = ({ status, settledAt }: CaseState) => ({ status, ...(isSettledCase(status) && settledAt !== undefined && { settledAt }) });

export const casePlanned = ({ state, changed, deliveries }: Step, now: number): NewEvent =>
  CasePlannedV2(state.caseId, { ...caseOf(state), bundleVersion: state.bundleVersion, planned: plannedAlike(changed.map(plannedTarget)), faces: facesOf(changed, now), deliveries: inBrief(deliveries) });

export const caseAdvanced = (before: CaseState, { state, changed, deliveries }: Step, now: number): NewEvent => {
  const old = new Map(before.targets.map((t) => [t.plan.target, t]));
  const planned: PlannedTarget[] = [];
  const consents: Pick<PlannedTarget, 'target' | 'consent'>[] = [];
  for (const t of changed) {
    const was = old.get(t.plan.target);
    if (!was || !isPlannedAlike(was, t)) planned.push(plannedTarget(t));
    else if (was.consent !== t.consent) consents.push({ target: t.plan.target, consent: t.consent });
  }
  const advanced: Mutable<DataOf<typeof CaseAdvancedV2>> = { status: state.status, faces: facesOf(changed, now), deliveries: inBrief(deliveries) };
  if (isSettledCase(state.status) && state.settledAt !== undefined) advanced.settledAt = state.settledAt;
  if (planned.length > 0) advanced.planned = plannedAlike(planned);
  if (consents.length > 0) advanced.consents = consents;
  return CaseAdvancedV2(state.caseId, advanced);
};
