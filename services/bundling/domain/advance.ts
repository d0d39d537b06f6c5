import type { QueuedDelivery } from '#contracts/events/index.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { isSettledTarget, type WaitingOn } from '#contracts/words.js';
import { uuidv5 } from '#libs/kernel/index.js';
import type { CaseState, Correction, IdentityState, TargetState } from './case-state.js';
import { settle } from './settle.js';

const DAY = 86_400_000;
/** How long a wait on people lasts before a person looks at it, in calendar days. */
const PATIENCE_DAYS = { identity: 30, dependency: 400 } as const;
const REVIEW_DAYS = 2;

export const deliveryIdOf = (caseId: string, target: string, kind: string, revision: number): string => uuidv5(caseId, `${target}/${kind}/${revision}`);

/** What a step of a case brings forth. */
export interface Step {
  readonly state: CaseState;
  readonly changed: readonly TargetState[];
  readonly deliveries: readonly QueuedDelivery[];
}

const strip = (t: TargetState, ...keys: (keyof TargetState)[]): TargetState => {
  const copy: Partial<Record<keyof TargetState, unknown>> = { ...t };
  for (const key of keys) delete copy[key];
  return copy as unknown as TargetState;
};

/** A target in a new word: its old wait, deadline and reason fall away. */
export const turn = (t: TargetState, now: number, to: Pick<TargetState, 'status'> & Partial<TargetState>): TargetState => ({
  ...strip(t, 'outcome', 'reason', 'waitingOn', 'waitsFor', 'expectedBy', 'chaseAt', 'limitAt', 'actionBy', 'presumed'),
  overdue: false, changedAt: now, ...to,
});

const settledAs = (t: TargetState, now: number, status: TargetState['status'], reason?: string): TargetState =>
  turn(t, now, { status, ...(reason !== undefined && { reason }) });

const IDENTITY_WAITS: Readonly<Record<Exclude<IdentityState, 'confirmed' | 'refused'>, { on: WaitingOn; reason?: string }>> = {
  asked: { on: 'identity-authority' },
  delayed: { on: 'identity-authority', reason: 'identity-unreachable' },
  review: { on: 'reviewer', reason: 'in-review' },
  'to-correct': { on: 'notifier', reason: 'correct-your-report' },
};

/** Keeps the clock of a wait that merely goes on; starts it when the wait is a new one. */
const waiting = (t: TargetState, now: number, to: Pick<TargetState, 'status'> & Partial<TargetState>): TargetState =>
  t.status === to.status && t.waitingOn === to.waitingOn && t.reason === to.reason && JSON.stringify(t.waitsFor) === JSON.stringify(to.waitsFor) ? t : turn(t, now, to);

/** Where a target that nobody was told of yet stands now. `undefined`: nothing is in its way. */
const obstacle = (t: TargetState, state: CaseState, now: number): TargetState | undefined => {
  if (state.held) return waiting(t, now, { status: 'waiting-identity', waitingOn: 'reviewer', reason: 'in-review', limitAt: now + PATIENCE_DAYS.identity * DAY, expectedBy: dueAt(t.owner, 'business', REVIEW_DAYS, now) });
  if (t.basis === 'consent' && t.consent !== 'granted') {
    if (t.consent === 'refused') return settledAs(t, now, 'consent-withheld', 'refused-by-signatory');
    if (t.consent === 'withdrawn') return settledAs(t, now, 'consent-withheld', 'withdrawn');
    if (t.consent === 'expired') return settledAs(t, now, 'consent-withheld', 'consent-expired');
    if (t.consent === 'not-asked') return settledAs(t, now, 'not-selected', 'not-asked-for');
    const signBy = dueAt(t.owner, 'calendar', t.signWithinDays, now);
    return waiting(t, now, { status: 'consent-required', waitingOn: 'other-parent', waitsFor: [t.signatory!], expectedBy: signBy, limitAt: signBy });
  }
  const gate = t.signatory ?? state.notifier;
  const identity = state.people[gate] ?? 'asked';
  if (identity === 'refused') return settledAs(t, now, 'rejected', 'identity-not-confirmed');
  if (identity !== 'confirmed') {
    const wait = IDENTITY_WAITS[identity];
    return waiting(t, now, { status: 'waiting-identity', waitingOn: wait.on, waitsFor: [gate], ...(wait.reason !== undefined && { reason: wait.reason }), expectedBy: dueAt(t.owner, 'business', REVIEW_DAYS, now), limitAt: now + PATIENCE_DAYS.identity * DAY });
  }
  const needed = state.targets.filter((other) => t.after.includes(other.target));
  if (needed.some((other) => isSettledTarget(other.status) && !fulfils(other))) return settledAs(t, now, 'failed-permanent', 'dependency-failed');
  const open = needed.filter((other) => !fulfils(other));
  if (open.length > 0) return waiting(t, now, { status: 'waiting-dependency', waitingOn: 'another-target', waitsFor: open.map((o) => o.target), limitAt: now + PATIENCE_DAYS.dependency * DAY });
  const root = state.targets.find((other) => other.root);
  if (!t.acceptsUnconfirmed && root && !fulfils(root)) {
    return isSettledTarget(root.status) ? settledAs(t, now, 'failed-permanent', 'dependency-failed')
      : waiting(t, now, { status: 'waiting-confirmation', waitingOn: 'jurisdiction', waitsFor: [root.target], limitAt: now + PATIENCE_DAYS.dependency * DAY });
  }
  return undefined;
};

const fulfils = (t: TargetState): boolean => t.status === 'completed' || t.status === 'already-known';

const NOT_YET_TOLD: readonly TargetState['status'][] = ['waiting-identity', 'consent-required', 'waiting-dependency', 'waiting-confirmation'];
/** A tell is under way and may or may not have arrived. */
export const IN_FLIGHT: readonly TargetState['status'][] = ['queued', 'sent', 'failed-retryable'];

const standardFrom = (t: TargetState, now: number) => ({
  expectedBy: dueAt(t.owner, t.standard.days, t.standard.promised, now),
  chaseAt: dueAt(t.owner, t.standard.days, t.standard.chase, now),
  limitAt: dueAt(t.owner, t.standard.days, t.standard.limit, now),
});

const queuedTell = (caseId: string, t: TargetState, chase = false): QueuedDelivery => {
  const id = deliveryIdOf(caseId, t.target, 'tell', t.told!);
  return { deliveryId: id, tellId: id, target: t.target, programme: t.programme, kind: 'tell', revision: t.told!, ...(chase && { chase: true }) };
};

export const queuedCorrection = (caseId: string, t: TargetState, c: Correction, chase = false): QueuedDelivery => ({
  deliveryId: deliveryIdOf(caseId, t.target, c.kind, c.revision), tellId: deliveryIdOf(caseId, t.target, 'tell', t.told ?? 1),
  target: t.target, programme: t.programme, kind: c.kind, revision: c.revision, ...(chase && { chase: true }),
});

/** Starts a correction; the target is open again until that delivery has its own outcome. */
export const correct = (t: TargetState, kind: Correction['kind'], now: number): TargetState => ({
  ...strip(t, 'pending'), revision: t.revision + 1, correction: { kind, revision: t.revision + 1, status: 'queued' },
  status: 'queued', waitingOn: 'agency-answer', attempts: 0, overdue: false, changedAt: now, ...standardFrom(t, now),
});

const timersOf = (t: TargetState): number[] => {
  if (isSettledTarget(t.status)) return [];
  const due: number[] = [];
  if (!t.overdue && t.expectedBy !== undefined) due.push(t.expectedBy);
  if (t.chaseAt !== undefined) due.push(t.chaseAt);
  if (t.limitAt !== undefined && t.status !== 'parked') due.push(t.limitAt);
  return due;
};

/** What the passing of time does to a target. */
const elapse = (t: TargetState, caseId: string, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (isSettledTarget(t.status)) return t;
  let next = t;
  if (next.limitAt !== undefined && now >= next.limitAt && next.status !== 'parked') {
    if (next.status === 'consent-required') return settledAs({ ...next, consent: 'expired' }, now, 'consent-withheld', 'signature-not-received');
    return turn(next, now, { status: 'parked', reason: 'past-limit', waitingOn: 'operator', overdue: true });
  }
  if (next.expectedBy !== undefined && now >= next.expectedBy && !next.overdue && next.status !== 'consent-required') next = { ...next, overdue: true };
  if (next.chaseAt !== undefined && now >= next.chaseAt) {
    next = strip(next, 'chaseAt');
    if (next.correction) deliveries.push(queuedCorrection(caseId, next, next.correction, true));
    else if (next.told !== undefined) deliveries.push(queuedTell(caseId, next, true));
  }
  return next;
};

/**
 * Moves every target as far as it can go now and settles the case: pure, total, and the same whoever calls it (an event, a
 * person or a timer). `before` is the state as last stored, to tell what changed.
 */
export const advance = (before: CaseState | undefined, draft: CaseState, now: number, forced: readonly QueuedDelivery[] = []): Step => {
  const deliveries: QueuedDelivery[] = [...forced];
  let state = draft;
  let targets = draft.targets.map((t) => elapse(t, draft.caseId, now, deliveries));
  // Targets are few and ordered by their dependencies; a second pass sees what the first settled.
  for (let pass = 0; pass < targets.length; pass++) {
    state = { ...state, targets };
    const moved = targets.map((t) => {
      if (!NOT_YET_TOLD.includes(t.status)) return t;
      if (state.ended) return settledAs(t, now, 'not-applicable', 'cancelled');
      const blocked = obstacle(t, state, now);
      if (blocked) return blocked;
      const told = t.revision + 1;
      const queued = turn({ ...t, revision: told, told, attempts: 0 }, now, { status: 'queued', waitingOn: 'agency-answer', ...standardFrom(t, now) });
      deliveries.push(queuedTell(state.caseId, queued));
      return queued;
    });
    if (moved.every((t, i) => t === targets[i])) break;
    targets = moved;
  }
  const status = settle(targets.map((t) => t.status), {
    notifierConfirmed: state.people[state.notifier] === 'confirmed', notifierRefused: state.people[state.notifier] === 'refused', held: state.held, ended: state.ended,
  });
  const settledNow = targets.every((t) => isSettledTarget(t.status));
  const due = targets.flatMap(timersOf);
  const old = new Map(before?.targets.map((t) => [t.target, t]));
  const { settledAt: _settledAt, nextDue: _nextDue, ...rest } = state;
  return {
    state: {
      ...rest, targets, status, ...(settledNow && { settledAt: state.settledAt ?? now }),
      ...(due.length > 0 && { nextDue: Math.min(...due) }),
    },
    changed: targets.filter((t) => old.get(t.target) !== t),
    deliveries,
  };
};

