import type { Answer, TargetView } from '#contracts/events/index.js';
import { isSettledTarget, type TargetStatus } from '#contracts/words.js';
import type { Correction, TakingBack, TargetState } from './case-state.js';
import { asTold, faceOf, standardFrom, turn, turnAndDo } from './target.js';

export type { Answer };

const STATUS_OF: Readonly<Record<Answer['status'], TargetStatus>> = {
  acknowledged: 'acknowledged', 'in-progress': 'in-progress', 'action-required': 'action-required', completed: 'completed', 'already-known': 'already-known',
  'handed-over': 'handed-over', rejected: 'rejected', 'failed-permanent': 'failed-permanent', 'failed-retryable': 'failed-retryable', parked: 'parked',
  withheld: 'consent-withheld', 'no-agreement': 'handed-over',
};
const WAITS: Partial<Record<TargetStatus, TargetView['waitingOn']>> = {
  acknowledged: 'agency-answer', 'in-progress': 'jurisdiction', 'action-required': 'notifier', 'failed-retryable': 'agency-answer', parked: 'operator',
};
/** The vault's or our own word that nothing left; everything else but a failed try is the programme's. */
const NOTHING_LEFT: readonly Answer['status'][] = ['withheld', 'no-agreement'];
const NOT_THROUGH: readonly Answer['status'][] = [...NOTHING_LEFT, 'failed-retryable', 'parked'];
/** The programme has spoken, or a person is at it: a try that did not get through says nothing new. */
const SPOKEN: readonly TargetStatus[] = ['acknowledged', 'in-progress', 'action-required', 'parked'];

/** The timers of an open word: they run on, and start anew for a target that had none left. */
const timersFor = (t: TargetState, status: TargetStatus, now: number): Partial<TargetState> => {
  if (isSettledTarget(status)) return { overdue: false };
  const { overdue, expectedBy, chaseAt, limitAt } = t;
  if (status === 'parked') return { overdue, expectedBy };
  return limitAt === undefined ? standardFrom(t, now) : { overdue, expectedBy, chaseAt, limitAt };
};

/** Where an answer to the tell leaves a target; the same object when it says nothing new: a duplicate, or out of order. */
const answeredTell = (t: TargetState, answer: Answer, now: number): TargetState => {
  const status = STATUS_OF[answer.status];
  const final = isSettledTarget(status);
  if (isSettledTarget(t.status) && !(t.presumed && final && !NOTHING_LEFT.includes(answer.status))) return t; // only presumptions are overruled
  if (status === 'failed-retryable' && SPOKEN.includes(t.status)) return t;
  // Interim words never go backwards to "acknowledged".
  if (status === 'acknowledged' && (t.status === 'in-progress' || t.status === 'action-required')) return t;
  const received = t.received || !NOT_THROUGH.includes(answer.status);
  const lapsed = answer.reason === 'consent-expired' && t.consent === 'granted';
  const reason = answer.reason ?? (answer.status === 'withheld' ? 'withdrawn' : answer.status === 'no-agreement' ? 'agreement-ended' : undefined);
  if (t.status === status && t.outcome === answer.outcome && t.reason === reason && t.attempts === answer.attempts && t.received === received && t.actionBy === answer.actionBy) return t;
  const did = status === 'completed' || status === 'already-known' ? true : undefined;
  return turnAndDo(t, now, {
    status, ...timersFor(t, status, now), attempts: answer.attempts, received, outcome: answer.outcome, reason,
    waitingOn: WAITS[status], actionBy: final ? undefined : answer.actionBy, consent: lapsed ? 'expired' : t.consent,
  }, final ? did : t.done);
};

export const onTellAnswer = (t: TargetState, answer: Answer, now: number): TargetState => {
  if (!t.correction) return answeredTell(t, answer, now);
  const before = asTold(t);
  const after = answeredTell(before, answer, now);
  return after === before ? t : { ...t, consent: after.consent, received: after.received, done: after.done, correction: { ...t.correction, tell: faceOf(after) } };
};

/** Words of a settled correction. */
const CORRECTED: Readonly<Record<TakingBack, TargetStatus>> = { recall: 'recalled', stop: 'revoked' };

/** Nothing more will happen there. */
export const takenBack = (t: TargetState, kind: TakingBack, now: number, to: Partial<TargetState> = {}): TargetState =>
  ({ ...turn(t, now, { ...to, status: CORRECTED[kind] }), done: undefined, correction: undefined, stale: undefined });

/** Back to where the tell stood, or has come to since. */
export const amended = (t: TargetState, now: number, outcome?: string): TargetState => {
  const told = asTold(t);
  return { ...told, changedAt: now, outcome: told.done ? (outcome ?? told.outcome) : told.outcome };
};

const settledCorrection = (t: TargetState, { kind }: Correction, answer: Answer, status: TargetStatus, now: number): TargetState => {
  const { outcome, attempts } = answer;
  const heard = ['completed', 'already-known', 'handed-over'].includes(answer.status);
  if (kind !== 'amend') {
    return heard ? takenBack(t, kind, now, { outcome, reason: answer.reason, attempts })
      : { ...turn(t, now, { status: status === 'rejected' ? 'rejected' : 'failed-permanent', outcome, reason: answer.reason, attempts }), correction: undefined };
  }
  if (heard || answer.status === 'withheld') return amended(t, now, heard ? outcome : undefined);
  const told = asTold(t);
  const reason = answer.reason ?? (answer.status === 'no-agreement' ? 'agreement-ended' : undefined);
  // What was told stands there uncorrected, and that is said; while the tell itself is open, the person must mend it there.
  if (isSettledTarget(told.status)) return turn(told, now, { status, outcome, reason, attempts });
  return turn(told, now, { ...timersFor(told, 'action-required', now), status: 'action-required', waitingOn: 'notifier', reason });
};

export const onCorrectionAnswer = (t: TargetState, answer: Answer, now: number): TargetState => {
  const correction = t.correction!;
  const status = STATUS_OF[answer.status];
  const final = isSettledTarget(status) && answer.status !== 'no-agreement';
  if (isSettledTarget(t.status) && !(t.presumed && final)) return t;
  if (isSettledTarget(status)) return settledCorrection(t, correction, answer, status, now);
  if (status === 'failed-retryable' && SPOKEN.includes(t.status)) return t;
  const word = status === 'failed-retryable' || status === 'parked' ? status : 'acknowledged';
  if (t.status === word && t.reason === answer.reason && t.attempts === answer.attempts) return t;
  return turn(t, now, { status: word, ...timersFor(t, word, now), reason: answer.reason, attempts: answer.attempts, waitingOn: word === 'parked' ? 'operator' : 'agency-answer' });
};
