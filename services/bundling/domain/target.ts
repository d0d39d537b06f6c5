import type { QueuedDelivery } from '#contracts/events/index.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { isSettledTarget, type TargetStatus } from '#contracts/words.js';
import { uuidv5 } from '#libs/kernel/index.js';
import type { Correction, Planned, TargetState, Told } from './case-state.js';

export const deliveryIdOf = (caseId: string, target: string, kind: string, revision: number): string => uuidv5(caseId, `${target}/${kind}/${revision}`);

export const sameList = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b?.length === a.length && a.every((word, i) => word === b[i]));

/** A target as it is first planned: nobody told, nothing asked. */
export const untouched = (plan: Planned, consent: TargetState['consent'], now: number): TargetState => ({
  plan, status: 'waiting-identity', consent, outcome: undefined, reason: undefined, waitingOn: undefined, waitsFor: undefined, expectedBy: undefined, chaseAt: undefined,
  limitAt: undefined, actionBy: undefined, overdue: false, attempts: 0, presumed: undefined, changedAt: now, revision: 0, told: undefined, received: false,
  done: undefined, correction: undefined, pending: undefined, stale: undefined,
});

type Turn = Pick<TargetState, 'status'> & Partial<Omit<TargetState, 'done'>>;
/** A target in a new word: its old wait, deadlines and reason fall away. */
export const turn = (t: TargetState, now: number, to: Turn): TargetState => turnAndDo(t, now, to, t.done);

/** The same, and whether the tell did what it should. */
export const turnAndDo = (t: TargetState, now: number, to: Turn, done: TargetState['done']): TargetState => ({
  plan: t.plan, status: to.status, consent: to.consent ?? t.consent, outcome: to.outcome, reason: to.reason, waitingOn: to.waitingOn, waitsFor: to.waitsFor,
  expectedBy: to.expectedBy, chaseAt: to.chaseAt, limitAt: to.limitAt, actionBy: to.actionBy, overdue: to.overdue ?? false, attempts: to.attempts ?? t.attempts,
  presumed: to.presumed, changedAt: now, revision: to.revision ?? t.revision, told: to.told ?? t.told, received: to.received ?? t.received,
  done, correction: t.correction, pending: t.pending, stale: t.stale,
});

export const settledAs = (t: TargetState, now: number, status: TargetStatus, reason?: string): TargetState => turn(t, now, { status, reason });

/** The service standard, counted from now by the programme's own calendar. */
export const standardFrom = ({ plan: { owner, standard } }: TargetState, now: number) => ({
  expectedBy: dueAt(owner, standard.days, standard.promised, now),
  chaseAt: dueAt(owner, standard.days, standard.chase, now),
  limitAt: dueAt(owner, standard.days, standard.limit, now),
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

export const queuedTell = (caseId: string, { plan: { target, programme }, told }: TargetState, chase = false): QueuedDelivery => {
  const id = deliveryIdOf(caseId, target, 'tell', told!);
  return { deliveryId: id, tellId: id, target, programme, kind: 'tell', revision: told!, ...(chase && { chase: true }) };
};

export const queuedCorrection = (caseId: string, { plan: { target, programme }, told }: TargetState, { kind, revision }: Correction, chase = false): QueuedDelivery => ({
  deliveryId: deliveryIdOf(caseId, target, kind, revision), tellId: deliveryIdOf(caseId, target, 'tell', told ?? 1), target, programme, kind, revision, ...(chase && { chase: true }),
});

/** Asks again, by key, about the delivery that has the floor. */
export const chased = (caseId: string, t: TargetState): QueuedDelivery | undefined =>
  isCorrecting(t) ? queuedCorrection(caseId, t, t.correction!, true) : t.told !== undefined ? queuedTell(caseId, t, true) : undefined;

export const faceOf = (t: Told): Told => ({
  status: t.status, outcome: t.outcome, reason: t.reason, waitingOn: t.waitingOn, waitsFor: t.waitsFor, expectedBy: t.expectedBy, chaseAt: t.chaseAt, limitAt: t.limitAt,
  actionBy: t.actionBy, overdue: t.overdue, attempts: t.attempts, presumed: t.presumed,
});

/** The target as it would stand without its correction. */
export const asTold = (t: TargetState): TargetState => (t.correction ? { ...turn(t, t.changedAt, t.correction.tell), correction: undefined } : t);

/** Starts a correction; the target is open again until that delivery has its own outcome, and its programme counts as told from here on. */
export const correct = (t: TargetState, kind: Correction['kind'], now: number): TargetState & { readonly correction: Correction } => {
  const revision = t.revision + 1;
  const correction = { kind, revision, tell: t.correction?.tell ?? faceOf(t) };
  return { ...turn(t, now, { status: 'queued', waitingOn: 'agency-answer', ...standardFrom(t, now), attempts: 0, received: true, revision }), correction, pending: undefined, stale: undefined };
};

/** An amendment gives way to a stop, and both to a recall. */
export const RANK: Readonly<Record<Correction['kind'], number>> = { amend: 0, stop: 1, recall: 2 };
