import type { DataOf, DeliveriesProgressedV1, QueuedDelivery, TargetView } from '#contracts/events/index.js';
import { CaseAdvancedV1 } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { isSettledCase, isSettledTarget, type ParentId, type TargetStatus } from '#contracts/words.js';
import { DomainError, type Decision } from '#libs/kernel/index.js';
import { IN_FLIGHT, advance, correct, deliveryIdOf, queuedCorrection, turn, type Step } from './advance.js';
import { viewOf, type CaseState, type IdentityState, type TargetState } from './case-state.js';

export type Answer = DataOf<typeof DeliveriesProgressedV1>['answers'][number];
export type ConsentAnswer = { readonly target: string; readonly personId: ParentId; readonly decision: 'granted' | 'refused' | 'withdrawn' };

/** What may happen to a case after it was planned. */
export type Happening =
  | { readonly kind: 'identity'; readonly personId: ParentId; readonly identity: IdentityState }
  | { readonly kind: 'consent'; readonly decisions: readonly ConsentAnswer[] }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'amended'; readonly targets: readonly string[] }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'duplicate'; readonly decision: 'distinct' | 'same-event' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'retry'; readonly target: string }
  | { readonly kind: 'settle-by-hand'; readonly target: string; readonly status: 'completed' | 'failed-permanent' | 'handed-over' };

interface Draft { state: CaseState; readonly deliveries: QueuedDelivery[] }
const change = (draft: Draft, target: string, by: (t: TargetState) => TargetState): void => {
  draft.state = { ...draft.state, targets: draft.state.targets.map((t) => (t.target === target ? by(t) : t)) };
};

/** Starts a correction now, or remembers it until the delivery under way has its answer. */
const correctOrWait = (draft: Draft, target: TargetState, kind: 'amend' | 'recall' | 'stop', now: number): void => {
  const rank = { amend: 0, stop: 1, recall: 2 };
  if (IN_FLIGHT.includes(target.status) || target.correction) {
    const stronger = target.pending === undefined || rank[kind] > rank[target.pending] ? kind : target.pending;
    change(draft, target.target, (t) => ({ ...t, pending: stronger }));
    return;
  }
  change(draft, target.target, (t) => {
    const corrected = correct(t, kind, now);
    draft.deliveries.push(queuedCorrection(draft.state.caseId, corrected, corrected.correction!));
    return corrected;
  });
};

const onConsent = (draft: Draft, decisions: readonly ConsentAnswer[], now: number): void => {
  for (const { target: name, personId, decision } of decisions) {
    const t = draft.state.targets.find((x) => x.target === name);
    if (!t || t.basis === 'law' || t.signatory !== personId || t.consent === decision) continue;
    change(draft, name, (x) => ({ ...x, consent: decision, changedAt: now }));
    const current = draft.state.targets.find((x) => x.target === name)!;
    if (decision === 'granted') {
      const reopens: readonly TargetStatus[] = ['not-selected', 'consent-withheld', 'revoked'];
      if (reopens.includes(t.status)) change(draft, name, (x) => turn({ ...x, received: false }, now, { status: 'waiting-identity', waitingOn: 'identity-authority' }));
      else if (current.pending === 'stop') change(draft, name, ({ pending: _pending, ...x }) => x);
    } else if (current.received || IN_FLIGHT.includes(current.status)) {
      // The programme has it, or may have: it is told to stop. What was never released comes back as withheld.
      correctOrWait(draft, current, 'stop', now);
    }
  }
};

/** Words of a settled correction. */
const CORRECTED: Readonly<Record<'amend' | 'recall' | 'stop', TargetStatus>> = { amend: 'completed', recall: 'recalled', stop: 'revoked' };

const STATUS_OF: Readonly<Record<Answer['status'], TargetStatus>> = {
  acknowledged: 'acknowledged', 'in-progress': 'in-progress', 'action-required': 'action-required', completed: 'completed', 'already-known': 'already-known',
  'handed-over': 'handed-over', rejected: 'rejected', 'failed-permanent': 'failed-permanent', 'failed-retryable': 'failed-retryable', parked: 'parked',
  withheld: 'consent-withheld', 'no-agreement': 'handed-over',
};
const WAITS: Partial<Record<TargetStatus, TargetView['waitingOn']>> = {
  acknowledged: 'agency-answer', 'in-progress': 'jurisdiction', 'action-required': 'notifier', 'failed-retryable': 'agency-answer', parked: 'operator',
};

const onTellAnswer = (draft: Draft, t: TargetState, answer: Answer, now: number): void => {
  const status = STATUS_OF[answer.status];
  const final = isSettledTarget(status);
  const received = t.received || !['failed-retryable', 'parked', 'withheld', 'no-agreement'].includes(answer.status);
  if (isSettledTarget(t.status) && !(t.presumed && final)) return; // a duplicate or an answer out of order; only presumptions are overruled
  const reason = answer.reason ?? (answer.status === 'withheld' ? 'withdrawn' : answer.status === 'no-agreement' ? 'agreement-ended' : undefined);
  const same = t.status === status && t.outcome === answer.outcome && t.reason === reason && t.attempts === answer.attempts;
  if (same && t.received === received) return;
  if (t.status === 'parked' && status === 'failed-retryable') return;
  // Interim words never go backwards to "acknowledged".
  if (status === 'acknowledged' && ['in-progress', 'action-required'].includes(t.status)) return;
  change(draft, t.target, (x) => {
    const { expectedBy, chaseAt, limitAt, overdue } = x;
    const timers = final ? {} : { ...(expectedBy !== undefined && { expectedBy }), ...(chaseAt !== undefined && { chaseAt }), ...(limitAt !== undefined && { limitAt }) };
    return turn(x, now, {
      status, ...timers, overdue: final ? false : overdue, attempts: answer.attempts, received,
      ...(answer.outcome !== undefined && { outcome: answer.outcome }), ...(reason !== undefined && { reason }),
      ...(WAITS[status] && { waitingOn: WAITS[status] }), ...(answer.actionBy !== undefined && !final && { actionBy: answer.actionBy }),
    });
  });
  const settledTarget = draft.state.targets.find((x) => x.target === t.target)!;
  if (settledTarget.pending && !IN_FLIGHT.includes(settledTarget.status)) {
    const { pending } = settledTarget;
    change(draft, t.target, ({ pending: _pending, ...x }) => x);
    const now2 = draft.state.targets.find((x) => x.target === t.target)!;
    if (now2.received && !['rejected', 'failed-permanent'].includes(now2.status)) correctOrWait(draft, now2, pending, now);
    else if (pending === 'recall') change(draft, t.target, (x) => turn(x, now, { status: 'not-applicable', reason: 'cancelled' }));
  }
};

const onCorrectionAnswer = (draft: Draft, t: TargetState, answer: Answer, now: number): void => {
  const correction = t.correction!;
  const status = STATUS_OF[answer.status];
  if (isSettledTarget(status)) {
    const { correction: _correction, ...rest } = t;
    // "Already known", "not with us" and a refusal of a stop all mean that nothing more will happen there; an amendment refused is said.
    const outcome = correction.kind === 'amend' && status === 'rejected' ? 'rejected' : CORRECTED[correction.kind];
    change(draft, t.target, () => turn(rest, now, { status: outcome, ...(answer.outcome !== undefined && { outcome: answer.outcome }), ...(answer.reason !== undefined && { reason: answer.reason }), attempts: answer.attempts }));
    if (t.pending) {
      const { pending } = t;
      change(draft, t.target, ({ pending: _pending, ...x }) => x);
      if (correction.kind !== 'recall') correctOrWait(draft, draft.state.targets.find((x) => x.target === t.target)!, pending, now);
    }
    return;
  }
  const step = answer.status === 'failed-retryable' || answer.status === 'parked' ? answer.status : 'acknowledged';
  change(draft, t.target, (x) => ({
    ...x, status: step, attempts: answer.attempts, changedAt: now, correction: { ...correction, status: step }, waitingOn: step === 'parked' ? 'operator' : 'agency-answer',
    ...(answer.reason !== undefined && { reason: answer.reason }),
  }));
};

const onAnswers = (draft: Draft, answers: readonly Answer[], now: number): void => {
  for (const answer of answers) {
    const t = draft.state.targets.find((x) => x.target === answer.target);
    if (!t) continue;
    if (answer.kind === 'tell' && answer.revision === t.told && !t.correction) onTellAnswer(draft, t, answer, now);
    else if (t.correction?.kind === answer.kind && t.correction.revision === answer.revision) onCorrectionAnswer(draft, t, answer, now);
  }
};

const onRetry = (draft: Draft, name: string, now: number): void => {
  const t = draft.state.targets.find((x) => x.target === name);
  if (!t) throw new DomainError('target.unknown', 'this case has no such target', 404);
  if (!['parked', 'failed-retryable'].includes(t.status)) throw new DomainError('target.not-retryable', 'only a parked or failing delivery can be retried', 409);
  const later = { expectedBy: now + 86_400_000, limitAt: now + 7 * 86_400_000 };
  if (t.correction) {
    const correction = { ...t.correction, status: 'queued' as const };
    change(draft, name, (x) => turn(x, now, { status: 'queued', waitingOn: 'agency-answer', correction, ...later }));
    draft.deliveries.push(queuedCorrection(draft.state.caseId, t, correction, true));
  } else if (t.told !== undefined) {
    const id = deliveryIdOf(draft.state.caseId, name, 'tell', t.told);
    change(draft, name, (x) => turn(x, now, { status: 'queued', waitingOn: 'agency-answer', ...later }));
    draft.deliveries.push({ deliveryId: id, tellId: id, target: name, programme: t.programme, kind: 'tell', revision: t.told, chase: true });
  } else {
    change(draft, name, (x) => turn(x, now, { status: 'waiting-identity', waitingOn: 'identity-authority' }));
  }
};

const onSettleByHand = (draft: Draft, name: string, status: TargetStatus, now: number): void => {
  const t = draft.state.targets.find((x) => x.target === name);
  if (!t) throw new DomainError('target.unknown', 'this case has no such target', 404);
  if (isSettledTarget(t.status)) throw new DomainError('target.already-settled', 'this target is settled already', 409);
  change(draft, name, ({ correction: _correction, pending: _pending, ...x }) => turn(x, now, { status, reason: 'settled-by-operator', presumed: true }));
};

/** Everything that can happen to a planned case, in one pure function. */
export const decide = (happening: Happening, state: CaseState, now: number): Step => {
  const draft: Draft = { state, deliveries: [] };
  switch (happening.kind) {
    case 'identity': {
      const known = state.people[happening.personId];
      // A confirmation is not taken back by a delay that was under way when it came.
      if (known !== 'confirmed') draft.state = { ...state, people: { ...state.people, [happening.personId]: happening.identity } };
      break;
    }
    case 'consent': onConsent(draft, happening.decisions, now); break;
    case 'answers': onAnswers(draft, happening.answers, now); break;
    case 'amended':
      for (const name of happening.targets) {
        const t = draft.state.targets.find((x) => x.target === name);
        if (t && (t.received || IN_FLIGHT.includes(t.status)) && !['recalled', 'revoked', 'rejected', 'failed-permanent'].includes(t.status)) correctOrWait(draft, t, 'amend', now);
      }
      break;
    case 'cancelled':
      if (state.ended) break;
      draft.state = { ...draft.state, ended: 'cancelled' };
      for (const t of state.targets) {
        if ((t.received || IN_FLIGHT.includes(t.status)) && t.status !== 'recalled' && t.status !== 'revoked') correctOrWait(draft, t, 'recall', now);
        else if (!isSettledTarget(t.status)) change(draft, t.target, (x) => turn(x, now, { status: 'not-applicable', reason: 'cancelled' }));
      }
      break;
    case 'duplicate':
      if (!state.held) break;
      draft.state = happening.decision === 'distinct' ? { ...state, held: false } : {
        ...state, held: false, ended: 'superseded',
        targets: state.targets.map((t) => (isSettledTarget(t.status) ? t : turn(t, now, { status: 'not-applicable', reason: 'duplicate' }))),
      };
      break;
    case 'retry': onRetry(draft, happening.target, now); break;
    case 'settle-by-hand': onSettleByHand(draft, happening.target, happening.status, now); break;
    case 'tick': break;
  }
  return advance(state, draft.state, now, draft.deliveries);
};

/** A step as a decision: stored when anything changed, and stated on the log when anyone would care. */
export const decisionOf = (before: CaseState, step: Step): Decision<CaseState, CaseState, NewEvent> => {
  const stated = step.changed.length > 0 || step.deliveries.length > 0 || step.state.status !== before.status;
  const moved = stated || step.state.nextDue !== before.nextDue || JSON.stringify(step.state.people) !== JSON.stringify(before.people) || step.state.held !== before.held;
  const settledAt = isSettledCase(step.state.status) ? step.state.settledAt : undefined;
  return {
    ...(moved && { state: step.state }),
    ...(stated && {
      events: [CaseAdvancedV1(before.caseId, {
        status: step.state.status, ...(settledAt !== undefined && { settledAt }), targets: step.changed.map(viewOf), deliveries: step.deliveries,
      })],
    }),
    reply: step.state,
  };
};
