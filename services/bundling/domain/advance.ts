import type { QueuedDelivery } from '#contracts/events/index.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { isSettledTarget, type TargetStatus, type WaitingOn } from '#contracts/words.js';
import type { CaseState, IdentityState, TargetState } from './case-state.js';
import { settle } from './settle.js';
import { NOT_YET_TOLD, chased, correct, fulfils, queuedCorrection, queuedTell, sameList, settledAs, standardFrom, turn } from './target.js';

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

/** The deadlines of a wait, counted from its beginning. */
type Until = (t: TargetState, now: number) => Pick<TargetState, 'expectedBy' | 'limitAt'>;
const untilConfirmed: Until = ({ plan }, now) => ({ expectedBy: dueAt(plan.owner, 'business', REVIEW_DAYS, now), limitAt: now + PATIENCE_DAYS.identity * DAY });
const untilFulfilled: Until = (_, now) => ({ expectedBy: undefined, limitAt: now + PATIENCE_DAYS.dependency * DAY });
const untilSigned: Until = ({ plan }, now) => {
  const signBy = dueAt(plan.owner, 'calendar', plan.signWithinDays, now);
  return { expectedBy: signBy, limitAt: signBy };
};

/** Keeps the clock of a wait that merely goes on; starts it when the wait is a new one. */
const waiting = (t: TargetState, now: number, until: Until, status: TargetStatus, waitingOn: WaitingOn, waitsFor?: readonly string[], reason?: string): TargetState => {
  if (t.status === status && t.waitingOn === waitingOn && t.reason === reason && sameList(t.waitsFor, waitsFor)) return t;
  const { expectedBy, limitAt } = until(t, now);
  return turn(t, now, { status, reason, waitingOn, waitsFor, expectedBy, limitAt });
};

const unfulfilled = (names: readonly string[], targets: readonly TargetState[]): readonly TargetState[] => targets.filter((t) => names.includes(t.plan.target) && !fulfils(t));

/** Where a target that is not told yet stands now, among the targets as they are. `undefined`: nothing is in its way. */
const obstacle = (t: TargetState, { held, people, notifier }: CaseState, targets: readonly TargetState[], now: number): TargetState | undefined => {
  const { after, basis, signatory, acceptsUnconfirmed } = t.plan;
  if (held) return waiting(t, now, untilConfirmed, 'waiting-identity', 'reviewer', undefined, 'in-review');
  if (basis === 'consent' && t.consent !== 'granted') {
    if (t.consent === 'refused') return settledAs(t, now, 'consent-withheld', 'refused-by-signatory');
    if (t.consent === 'withdrawn') return settledAs(t, now, 'consent-withheld', 'withdrawn');
    if (t.consent === 'expired') return settledAs(t, now, 'consent-withheld', 'consent-expired');
    if (t.consent !== 'awaited') return settledAs(t, now, 'not-selected', 'not-asked-for');
    return waiting(t, now, untilSigned, 'consent-required', 'other-parent', signatory && [signatory]);
  }
  const gate = signatory ?? notifier;
  const identity = people[gate] ?? 'asked';
  if (identity === 'refused') return settledAs(t, now, 'rejected', 'identity-not-confirmed');
  if (identity !== 'confirmed') {
    const wait = IDENTITY_WAITS[identity];
    return waiting(t, now, untilConfirmed, 'waiting-identity', wait.on, [gate], wait.reason);
  }
  const needed = after.length === 0 ? [] : unfulfilled(after, targets);
  if (needed.length > 0) {
    const ended = needed.filter((other) => isSettledTarget(other.status));
    return ended.length > 0 ? endedWith(t, now, ended) : waiting(t, now, untilFulfilled, 'waiting-dependency', 'another-target', needed.map((o) => o.plan.target));
  }
  const root = acceptsUnconfirmed ? undefined : targets.find((other) => other.plan.root);
  if (root && root.plan.target !== t.plan.target && !fulfils(root)) {
    return isSettledTarget(root.status) ? endedWith(t, now, [root]) : waiting(t, now, untilFulfilled, 'waiting-confirmation', 'jurisdiction', [root.plan.target]);
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
const goOn = (t: TargetState, state: CaseState, targets: readonly TargetState[], now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (state.ended) return isSettledTarget(t.status) ? t : settledAs(t, now, 'not-applicable', 'cancelled');
  const blocked = obstacle(t, state, targets, now);
  if (blocked) {
    if (t.status === 'parked' && !isSettledTarget(blocked.status) && sameList(t.waitsFor, blocked.waitsFor)) return t; // the very wait it was parked for
    return isSettledTarget(t.status) && t.status === blocked.status && t.reason === blocked.reason ? t : blocked;
  }
  const told = t.revision + 1;
  const { expectedBy, chaseAt, limitAt } = standardFrom(t, now);
  const queued = turn(t, now, { status: 'queued', waitingOn: 'agency-answer', expectedBy, chaseAt, limitAt, attempts: 0, revision: told, told });
  deliveries.push(queuedTell(state.caseId, queued));
  return queued;
};

/** The next timer of a target. A parked one has none but the one that shows it as late: only a person, or news from outside, moves it on. */
const dueOf = (t: TargetState): number => {
  if (isSettledTarget(t.status)) return Infinity;
  const late = t.overdue ? Infinity : (t.expectedBy ?? Infinity);
  return t.status === 'parked' ? late : Math.min(late, t.chaseAt ?? Infinity, t.limitAt ?? Infinity);
};

const pastLimit = (t: TargetState, caseId: string, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (t.status === 'consent-required') return turn(t, now, { status: 'consent-withheld', reason: 'signature-not-received', consent: 'expired' });
  if (t.pending !== undefined) {
    // Whether the tell arrived will not be known any more: whoever may have it is told to forget it.
    const corrected = correct(t, t.pending, now);
    deliveries.push(queuedCorrection(caseId, corrected, corrected.correction));
    return corrected;
  }
  return turn(t, now, { status: 'parked', reason: 'past-limit', waitingOn: 'operator', overdue: true, waitsFor: t.told === undefined ? t.waitsFor : undefined });
};

/** What the passing of time does to a target. */
const elapse = (t: TargetState, caseId: string, now: number, deliveries: QueuedDelivery[]): TargetState => {
  if (isSettledTarget(t.status)) return t;
  if (t.status !== 'parked' && t.limitAt !== undefined && now >= t.limitAt) return pastLimit(t, caseId, now, deliveries);
  let next = t;
  if (next.expectedBy !== undefined && now >= next.expectedBy && !next.overdue) next = { ...next, overdue: true };
  if (next.chaseAt !== undefined && now >= next.chaseAt && next.status !== 'parked') {
    next = { ...next, chaseAt: undefined };
    const delivery = chased(caseId, next);
    if (delivery) deliveries.push(delivery);
  }
  return next;
};

/** The same list where every target stays the same. */
const each = (targets: readonly TargetState[], by: (t: TargetState) => TargetState): readonly TargetState[] => {
  const moved = targets.map(by);
  return moved.every((t, i) => t === targets[i]) ? targets : moved;
};

/**
 * Moves every target as far as it can go now and settles the case: pure, total, and the same whoever calls it (an event, a
 * person or a timer). `before` is the state as last stored, to tell what changed.
 */
export const advance = (before: CaseState | undefined, draft: CaseState, now: number, forced: readonly QueuedDelivery[] = []): Step => {
  const deliveries: QueuedDelivery[] = [...forced];
  let targets = each(draft.targets, (t) => elapse(t, draft.caseId, now, deliveries));
  // Targets are few; each pass sees what the one before settled, and none needs more passes than there are targets.
  for (let pass = 0; pass <= targets.length; pass++) {
    const seen = targets;
    targets = each(seen, (t) => (mayGoOn(t) ? goOn(t, draft, seen, now, deliveries) : t));
    if (targets === seen) break;
  }
  const { caseId, lifeEvent, bundleVersion, acceptedAt, notifier, people, held, ended } = draft;
  const status = settle(targets.map((t) => t.status), { notifierConfirmed: people[notifier] === 'confirmed', notifierRefused: people[notifier] === 'refused', held, ended });
  const nextDue = targets.reduce((due, t) => Math.min(due, dueOf(t)), Infinity);
  return {
    state: {
      caseId, lifeEvent, bundleVersion, acceptedAt, status, settledAt: targets.every((t) => isSettledTarget(t.status)) ? (draft.settledAt ?? now) : undefined,
      notifier, people, held, ended, targets, nextDue: nextDue === Infinity ? undefined : nextDue,
    },
    changed: targets.filter((t) => !before?.targets.includes(t)),
    deliveries,
  };
};
