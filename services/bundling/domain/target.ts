import type { QueuedDelivery } from '#contracts/events/index.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { isSettledTarget, type TargetStatus } from '#contracts/words.js';
import { uuidv5 } from '#libs/kernel/index.js';
import type { Correction, TargetState, Told } from './case-state.js';

export const deliveryIdOf = (caseId: string, target: string, kind: string, revision: number): string => uuidv5(caseId, `${target}/${kind}/${revision}`);

export const without = (t: TargetState, ...keys: readonly (keyof TargetState)[]): TargetState => {
  const copy = { ...t };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
};

/** A target in a new word: its old wait, deadlines and reason fall away. (Taken out by name: deleting keys would make each target a slow object.) */
export const turn = (
  { outcome: _outcome, reason: _reason, waitingOn: _on, waitsFor: _for, expectedBy: _by, chaseAt: _chase, limitAt: _limit, actionBy: _action, presumed: _presumed, ...t }: TargetState,
  now: number, to: Pick<TargetState, 'status'> & Partial<TargetState>,
): TargetState => ({ ...t, overdue: false, changedAt: now, ...to });

export const settledAs = (t: TargetState, now: number, status: TargetStatus, reason?: string): TargetState =>
  turn(t, now, { status, ...(reason !== undefined && { reason }) });

/** The service standard, counted from now by the programme's own calendar. */
export const standardFrom = (t: TargetState, now: number) => ({
  expectedBy: dueAt(t.owner, t.standard.days, t.standard.promised, now),
  chaseAt: dueAt(t.owner, t.standard.days, t.standard.chase, now),
  limitAt: dueAt(t.owner, t.standard.days, t.standard.limit, now),
});

export const NOT_YET_TOLD: readonly TargetStatus[] = ['waiting-identity', 'consent-required', 'waiting-dependency', 'waiting-confirmation'];
/** A delivery is under way and may or may not have arrived. */
export const IN_FLIGHT: readonly TargetStatus[] = ['queued', 'sent', 'failed-retryable'];

/** A correction has the floor. One that was settled by hand stays noted, so that its late answer finds it. */
export const isCorrecting = (t: TargetState): boolean => t.correction !== undefined && !isSettledTarget(t.status);
/** The programme received what was told, or may have: a tell that was never answered counts. */
export const mayHaveIt = (t: TargetState): boolean => t.received || (t.told !== undefined && !isSettledTarget(t.status));
/** What waits for this target may go on. */
export const fulfils = (t: TargetState): boolean => t.done === true && !isCorrecting(t);

export const queuedTell = (caseId: string, t: TargetState, chase = false): QueuedDelivery => {
  const id = deliveryIdOf(caseId, t.target, 'tell', t.told!);
  return { deliveryId: id, tellId: id, target: t.target, programme: t.programme, kind: 'tell', revision: t.told!, ...(chase && { chase: true }) };
};

export const queuedCorrection = (caseId: string, t: TargetState, { kind, revision }: Correction, chase = false): QueuedDelivery => ({
  deliveryId: deliveryIdOf(caseId, t.target, kind, revision), tellId: deliveryIdOf(caseId, t.target, 'tell', t.told ?? 1),
  target: t.target, programme: t.programme, kind, revision, ...(chase && { chase: true }),
});

/** Asks again, by key, about the delivery that has the floor. */
export const chased = (caseId: string, t: TargetState): QueuedDelivery | undefined =>
  isCorrecting(t) ? queuedCorrection(caseId, t, t.correction!, true) : t.told !== undefined ? queuedTell(caseId, t, true) : undefined;

const FACE = ['status', 'outcome', 'reason', 'waitingOn', 'waitsFor', 'expectedBy', 'chaseAt', 'limitAt', 'actionBy', 'presumed', 'overdue', 'attempts'] as const;
export const faceOf = (t: TargetState): Told => Object.fromEntries(FACE.flatMap((key) => (t[key] === undefined ? [] : [[key, t[key]]]))) as unknown as Told;

/** The target as it would stand without its correction. */
export const asTold = (t: TargetState): TargetState => (t.correction ? { ...without(t, ...FACE.filter((key) => key !== 'status' && key !== 'overdue' && key !== 'attempts'), 'correction'), ...t.correction.tell } : t);

/** Starts a correction; the target is open again until that delivery has its own outcome, and its programme counts as told from here on. */
export const correct = (t: TargetState, kind: Correction['kind'], now: number): TargetState & { readonly correction: Correction } => {
  const revision = t.revision + 1;
  const correction = { kind, revision, tell: t.correction?.tell ?? faceOf(t) };
  return { ...without(turn(t, now, { status: 'queued', waitingOn: 'agency-answer', ...standardFrom(t, now) }), 'pending'), attempts: 0, received: true, revision, correction };
};

/** An amendment gives way to a stop, and both to a recall. */
export const RANK: Readonly<Record<Correction['kind'], number>> = { amend: 0, stop: 1, recall: 2 };
