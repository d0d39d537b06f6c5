import type { QueuedDelivery } from '#contracts/events/index.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { isSettledTarget, type WaitingOn } from '#contracts/words.js';
import type { CaseState, IdentityState, TargetState } from './case-state.js';
import { settle } from './settle.js';
import { NOT_YET_TOLD, chased, correct, fulfils, queuedCorrection, queuedTell, settledAs, standardFrom, turn, without } from './target.js';

const DAY = 86_400_000;
/** How long a wait on people lasts before a person looks at it, in calendar days. */
const PATIENCE_DAYS = { identity: 30, dependency: 400 } as const;
const REVIEW_DAYS = 2;

/** What a step of a case brings forth. */
export interface Step {
  readonly state: CaseState;
  readonly changed: readonly TargetState[];
  readonly deliveries: readonly QueuedDelivery[];
}

const IDENTITY_WAITS: Readonly<Record<Exclude<IdentityState, 'confirmed' | 'refused'>, { on: WaitingOn; reason?: string }>> = {
  asked: { on: 'identity-authority' },
  delayed: { on: 'identity-authority', reason: 'identity-unreachable' },
  review: { on: 'reviewer', reason: 'in-review' },
  'to-correct': { on: 'notifier', reason: 'correct-your-report' },
};

const sameWaitsFor = (a: TargetState, b: Partial<TargetState>): boolean => JSON.stringify(a.waitsFor) === JSON.stringify(b.waitsFor);

/** Keeps the clock of a wait that merely goes on; starts it when the wait is a new one. */
const waiting = (t: TargetState, now: number, to: Pick<TargetState, 'status'> & Partial<TargetState>): TargetState =>
  t.status === to.status && t.waitingOn === to.waitingOn && t.reason === to.reason && sameWaitsFor(t, to) ? t : turn(t, now, to);

/** Where a target that is not told yet stands now. `undefined`: nothing is in its way. */
const obstacle = (t: TargetState, state: CaseState, now: number): TargetState | undefined => {
  if (state.held) return waiting(t, now, { status: 'waiting-identity', waitingOn: 'reviewer', reason: 'in-review', limitAt: now + PATIENCE_DAYS.identity * DAY, expectedBy: dueAt(t.owner, 'business', REVIEW_DAYS, now) });
  if (t.basis === 'consent' && t.consent !== 'granted') {
    if (t.consent === 'refused') return settledAs(t, now, 'consent-withheld', 'refused-by-signatory');
    if (t.consent === 'withdrawn') return settledAs(t, now, 'consent-withheld', 'withdrawn');
    if (t.consent === 'expired') return settledAs(t, now, 'consent-withheld', 'consent-expired');
    if (t.consent !== 'awaited') return settledAs(t, now, 'not-selected', 'not-asked-for');
    const signBy = dueAt(t.owner, 'calendar', t.signWithinDays, now);
    return waiting(t, now, { status: 'consent-required', waitingOn: 'other-parent', ...(t.signatory !== undefined && { waitsFor: [t.signatory] }), expectedBy: signBy, limitAt: signBy });
  }
  const gate = t.signatory ?? state.notifier;
  const identity = state.people[gate] ?? 'asked';
  if (identity === 'refused') return settledAs(t, now, 'rejected', 'identity-not-confirmed');
  if (identity !== 'confirmed') {
    const wait = IDENTITY_WAITS[identity];
    return waiting(t, now, { status: 'waiting-identity', waitingOn: wait.on, waitsFor: [gate], ...(wait.reason !== undefined && { reason: wait.reason }), expectedBy: dueAt(t.owner, 'business', REVIEW_DAYS, now), limitAt: now + PATIENCE_DAYS.identity * DAY });
  }
  const needed = state.targets.filter((other) => t.after.includes(other.target) && !fulfils(other));
  const ended = needed.filter((other) => isSettledTarget(other.status));
  if (ended.length > 0) return endedWith(t, now, ended);
  if (needed.length > 0) return waiting(t, now, { status: 'waiting-dependency', waitingOn: 'another-target', waitsFor: needed.map((o) => o.target), limitAt: now + PATIENCE_DAYS.dependency * DAY });
  const root = state.targets.find((other) => other.root);
  if (!t.acceptsUnconfirmed && root && root.target !== t.target && !fulfils(root)) {
    return isSettledTarget(root.status) ? endedWith(t, now, [root])
      : waiting(t, now, { status: 'waiting-confirmation', waitingOn: 'jurisdiction', waitsFor: [root.target], limitAt: now + PATIENCE_DAYS.dependency * DAY });
  }
  return undefined;
};

/** What it would have followed will not come through us: where the person was sent there themselves, they go on from there. */
const endedWith = (t: TargetState, now: number, ended: readonly TargetState[]): TargetState =>
  ended.every((other) => other.status === 'handed-over') ? settledAs(t, now, 'handed-over', 'dependency-handed-over') : settledAs(t, now, 'failed-permanent', 'dependency-failed');

/** Settled only because of what something else had come to, which may yet change. */
const FOLLOWS_FROM_OTHERS: readonly (string | undefined)[] = ['identity-not-confirmed', 'dependency-failed', 'dependency-handed-over'];

/** Nobody was told, and what stood in the way may be gone: a late confirmation or a late answer takes the target up again. */
const mayGoOn = (t: TargetState): boolean =>
  NOT_YET_TOLD.includes(t.status)
  || (t.told === undefined && t.correction === undefined && t.presumed === undefined && (t.status === 'parked' || (['rejected', 'failed-permanent', 'handed-over'].includes(t.status) && FOLLOWS_FROM_OTHERS.includes(t.reason))));

/** As far as a target that is not told yet can go; the same object when it stays where it is. */
const goOn = (t: TargetState, state: CaseState, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (state.ended) return isSettledTarget(t.status) ? t : settledAs(t, now, 'not-applicable', 'cancelled');
  const blocked = obstacle(t, state, now);
  if (blocked) {
    if (t.status === 'parked' && !isSettledTarget(blocked.status) && sameWaitsFor(t, blocked)) return t; // the very wait it was parked for
    return isSettledTarget(t.status) && t.status === blocked.status && t.reason === blocked.reason ? t : blocked;
  }
  const told = t.revision + 1;
  const queued = turn({ ...t, revision: told, told, attempts: 0 }, now, { status: 'queued', waitingOn: 'agency-answer', ...standardFrom(t, now) });
  deliveries.push(queuedTell(state.caseId, queued));
  return queued;
};

/** A parked target has no timer but the one that shows it as late: only a person, or news from outside, moves it on. */
const timersOf = (t: TargetState): number[] => {
  if (isSettledTarget(t.status)) return [];
  const due: number[] = [];
  if (!t.overdue && t.expectedBy !== undefined) due.push(t.expectedBy);
  if (t.status === 'parked') return due;
  if (t.chaseAt !== undefined) due.push(t.chaseAt);
  if (t.limitAt !== undefined) due.push(t.limitAt);
  return due;
};

const pastLimit = (t: TargetState, caseId: string, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (t.status === 'consent-required') return settledAs({ ...t, consent: 'expired' }, now, 'consent-withheld', 'signature-not-received');
  if (t.pending !== undefined && t.pending !== 'amend') {
    // Whether the tell arrived will not be known any more: whoever may have it is told to forget it.
    const corrected = correct(t, t.pending, now);
    deliveries.push(queuedCorrection(caseId, corrected, corrected.correction));
    return corrected;
  }
  return turn(t, now, { status: 'parked', reason: 'past-limit', waitingOn: 'operator', overdue: true, ...(t.told === undefined && t.waitsFor && { waitsFor: t.waitsFor }) });
};

/** What the passing of time does to a target. */
const elapse = (t: TargetState, caseId: string, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (isSettledTarget(t.status)) return t;
  if (t.status !== 'parked' && t.limitAt !== undefined && now >= t.limitAt) return pastLimit(t, caseId, now, deliveries);
  let next = t;
  if (next.expectedBy !== undefined && now >= next.expectedBy && !next.overdue) next = { ...next, overdue: true };
  if (next.chaseAt !== undefined && now >= next.chaseAt && next.status !== 'parked') {
    next = without(next, 'chaseAt');
    const delivery = chased(caseId, next);
    if (delivery) deliveries.push(delivery);
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
  // Targets are few; each pass sees what the one before settled, and none needs more passes than there are targets.
  for (let pass = 0; pass <= targets.length; pass++) {
    state = { ...state, targets };
    const moved = targets.map((t) => (mayGoOn(t) ? goOn(t, state, now, deliveries) : t));
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
