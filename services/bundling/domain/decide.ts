import type { QueuedDelivery } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { isSettledTarget, type ParentId, type TargetStatus } from '#contracts/words.js';
import { DomainError, withKey, type Decision } from '#libs/kernel/index.js';
import { advance, type Step } from './advance.js';
import { amended, onCorrectionAnswer, onTellAnswer, takenBack, type Answer } from './answers.js';
import type { CaseState, Correction, IdentityState, TakingBack, TargetState } from './case-state.js';
import { replanned } from './replan.js';
import { caseAdvanced } from './stated.js';
import { IN_FLIGHT, RANK, chased, correct, isCorrecting, mayHaveIt, queuedCorrection, settledAs, turn, turnAndDo } from './target.js';

export type { Answer } from './answers.js';
export type ConsentAnswer = { readonly target: string; readonly personId: ParentId; readonly decision: 'granted' | 'refused' | 'withdrawn' };

/** What may happen to a case after it was planned. */
export type Happening =
  | { readonly kind: 'identity'; readonly personId: ParentId; readonly identity: IdentityState }
  | { readonly kind: 'consent'; readonly decisions: readonly ConsentAnswer[] }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | { readonly kind: 'amended'; readonly targets: readonly string[]; readonly plan?: readonly TargetState[] }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'duplicate'; readonly decision: 'distinct' | 'same-event' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'retry'; readonly target: string }
  | { readonly kind: 'settle-by-hand'; readonly target: string; readonly status: 'completed' | 'failed-permanent' | 'handed-over' };

/** A case while something happens to it; its targets are a list of its own. */
interface Draft { state: CaseState; targets: TargetState[]; readonly deliveries: QueuedDelivery[] }
const find = (draft: Draft, name: string): TargetState | undefined => draft.targets.find((t) => t.plan.target === name);
const change = (draft: Draft, name: string, by: (t: TargetState) => TargetState): void => {
  const i = draft.targets.findIndex((t) => t.plan.target === name);
  if (i >= 0) draft.targets[i] = by(draft.targets[i]!);
};

const start = (draft: Draft, t: TargetState, kind: Correction['kind'], now: number): void => {
  const corrected = correct(t, kind, now);
  draft.deliveries.push(queuedCorrection(draft.state.caseId, corrected, corrected.correction));
  change(draft, t.plan.target, () => corrected);
};

/** What is under way has to be answered first. What is parked will not be, and only an amendment must wait to learn whether it arrived. */
const hasFloor = (t: TargetState, kind: Correction['kind']): boolean =>
  t.status === 'parked' ? kind === 'amend' : isCorrecting(t) || IN_FLIGHT.includes(t.status);

/** Takes it back now, or remembers to until the delivery under way has its answer. */
const takeBackOrWait = (draft: Draft, t: TargetState, kind: TakingBack, now: number): void => {
  if (isCorrecting(t) && RANK[kind] <= RANK[t.correction!.kind]) return; // what is under way says as much
  if (!hasFloor(t, kind)) start(draft, t, kind, now);
  else if (t.pending === undefined || RANK[kind] > RANK[t.pending]) change(draft, t.plan.target, (x) => ({ ...x, pending: kind }));
};

const REFUSED: readonly TargetStatus[] = ['rejected', 'failed-permanent', 'consent-withheld', 'recalled', 'revoked'];
const isRefused = (t: TargetState): boolean => t.done !== true && REFUSED.includes(t.status);
/** An amendment goes where the tell stands or is still open, under a consent that holds. */
const isAmendable = (t: TargetState): boolean => mayHaveIt(t) && (t.plan.basis === 'law' || t.consent === 'granted') && !isRefused(t) && !hasFloor(t, 'amend');
/** Its programme goes by what was told, or may come to: consent may be given anew, and what was presumed be overruled. */
const mayGoByIt = (t: TargetState): boolean => t.told !== undefined && (t.presumed === true || (mayHaveIt(t) && !isRefused(t)));

/** Consent was given anew: the target starts over, as if nobody had been told. */
const reopened = (t: TargetState, now: number): TargetState => ({
  ...turn(t, now, { status: 'waiting-identity', waitingOn: 'identity-authority' }), told: undefined, correction: undefined, pending: undefined, stale: undefined,
});

/**
 * Whether its programme has nothing only because consent was withdrawn. On the log a refusal follows the withdrawal that caused it: where consent
 * stands when the refusal is heard of, it was given again since, and what was refused goes anew.
 */
const isUntoldForWantOfConsent = ({ status, reason }: TargetState): boolean => status === 'revoked' || (status === 'consent-withheld' && reason === 'withdrawn');

/** What was remembered follows, once the delivery under way has said how it went. */
const goOnAfter = (draft: Draft, name: string, now: number): void => {
  const t = find(draft, name)!;
  if (t.pending !== undefined && hasFloor(t, t.pending)) return;
  if (t.pending !== undefined && mayHaveIt(t)) start(draft, t, t.pending, now);
  else if (t.pending !== undefined && draft.state.ended) change(draft, name, () => ({ ...settledAs(t, now, 'not-applicable', 'cancelled'), pending: undefined }));
  else if (draft.state.ended) return;
  else if (t.stale && isAmendable(t)) start(draft, t, 'amend', now);
  else if (isUntoldForWantOfConsent(t) && t.consent === 'granted') change(draft, name, () => reopened(t, now));
  else if (t.pending !== undefined) change(draft, name, () => ({ ...t, pending: undefined })); // nobody has it
};

const REOPENS: readonly TargetStatus[] = ['not-selected', 'consent-withheld', 'consent-required', 'revoked'];

const onConsent = (draft: Draft, decisions: readonly ConsentAnswer[], now: number): void => {
  for (const { target: name, personId, decision } of decisions) {
    const before = find(draft, name);
    if (!before || before.plan.basis === 'law' || before.plan.signatory !== personId || before.consent === decision) continue;
    const t: TargetState = { ...before, consent: decision, changedAt: now };
    change(draft, name, () => t);
    if (draft.state.ended) continue;
    if (decision !== 'granted') {
      // The programme has it, or may have: it is told to stop. What was never released comes back as withheld.
      if (mayHaveIt(t) && t.status !== 'revoked') takeBackOrWait(draft, t, 'stop', now);
    } else if (REOPENS.includes(t.status)) change(draft, name, (x) => reopened(x, now));
    else if (t.pending === 'stop') change(draft, name, (x) => ({ ...x, pending: undefined }));
  }
};

/** What a programme asks back concerns whoever signed. */
const addressed = (t: TargetState, notifier: ParentId): TargetState =>
  t.waitingOn === 'notifier' && t.plan.signatory !== undefined && t.plan.signatory !== notifier ? { ...t, waitingOn: 'other-parent', waitsFor: [t.plan.signatory] } : t;

const onAnswers = (draft: Draft, answers: readonly Answer[], now: number): void => {
  for (const answer of answers) {
    const t = find(draft, answer.target);
    if (!t) continue;
    const next = answer.kind === 'tell' ? (answer.revision === t.told ? onTellAnswer(t, answer, now) : t)
      : t.correction?.kind === answer.kind && t.correction.revision === answer.revision ? onCorrectionAnswer(t, answer, now) : t;
    if (next === t) continue;
    const amendAgain = answer.kind === 'amend' && answer.status === 'withheld' && answer.reason === undefined && t.consent === 'granted';
    const to = addressed(next, draft.state.notifier);
    change(draft, t.plan.target, () => (amendAgain ? { ...to, stale: true } : to));
    goOnAfter(draft, answer.target, now);
  }
};

const getTarget = (draft: Draft, name: string): TargetState => {
  const t = find(draft, name);
  if (!t) throw new DomainError('target.unknown', 'this case has no such target', 404);
  return t;
};

const DAY = 86_400_000;
const onRetry = (draft: Draft, name: string, now: number): void => {
  const t = getTarget(draft, name);
  if (t.status !== 'parked' && t.status !== 'failed-retryable') throw new DomainError('target.not-retryable', 'only a parked or failing delivery can be retried', 409);
  const delivery = chased(draft.state.caseId, t);
  if (delivery) {
    change(draft, name, (x) => turn(x, now, { status: 'queued', waitingOn: 'agency-answer', expectedBy: now + DAY, limitAt: now + 7 * DAY }));
    draft.deliveries.push(delivery);
  } else change(draft, name, (x) => turn(x, now, { status: 'waiting-identity', waitingOn: 'identity-authority' }));
};

const settledByHand = (t: TargetState, status: 'completed' | 'failed-permanent' | 'handed-over', now: number): TargetState => {
  const byHand = { reason: 'settled-by-operator', presumed: true } as const;
  const correction = isCorrecting(t) ? t.correction : undefined;
  if (!correction) return turnAndDo(t, now, { status, ...byHand, received: mayHaveIt(t) }, status === 'completed' ? true : undefined);
  if (status !== 'completed') return turn(t, now, { status, ...byHand });
  // The correction stays noted, so that its late genuine answer overrules the presumption.
  return correction.kind === 'amend' ? amended(t, now) : { ...takenBack(t, correction.kind, now, byHand), correction };
};

const onSettleByHand = (draft: Draft, name: string, status: 'completed' | 'failed-permanent' | 'handed-over', now: number): void => {
  const t = getTarget(draft, name);
  if (isSettledTarget(t.status)) throw new DomainError('target.already-settled', 'this target is settled already', 409);
  change(draft, name, () => settledByHand(t, status, now));
  goOnAfter(draft, name, now);
};

const onCancelled = (draft: Draft, now: number): void => {
  draft.state = { ...draft.state, ended: 'cancelled' };
  for (const t of draft.targets) {
    if (mayHaveIt(t) && t.status !== 'recalled') takeBackOrWait(draft, t, 'recall', now);
    else if (!isSettledTarget(t.status)) change(draft, t.plan.target, (x) => settledAs(x, now, 'not-applicable', 'cancelled'));
  }
};

const onAmended = (draft: Draft, targets: readonly string[], plan: readonly TargetState[] | undefined, now: number): void => {
  const people = Object.fromEntries(Object.entries(draft.state.people).map(([id, identity]) => [id, identity === 'to-correct' ? 'asked' : identity]));
  draft.state = { ...draft.state, people };
  if (draft.state.ended) return;
  if (plan) draft.targets = replanned(draft.targets, plan, now);
  for (const name of targets) {
    const t = find(draft, name);
    if (!t || !mayGoByIt(t)) continue;
    change(draft, name, () => ({ ...t, stale: true }));
    goOnAfter(draft, name, now);
  }
};

/** Everything that can happen to a planned case, in one pure function. */
export const decide = (happening: Happening, state: CaseState, now: number): Step => {
  const draft: Draft = { state, targets: [...state.targets], deliveries: [] };
  switch (happening.kind) {
    case 'identity':
      // A confirmation is not taken back by a delay that was under way when it came.
      if (state.people[happening.personId] !== 'confirmed') draft.state = { ...state, people: withKey(state.people, happening.personId, happening.identity) };
      break;
    case 'consent': onConsent(draft, happening.decisions, now); break;
    case 'answers': onAnswers(draft, happening.answers, now); break;
    case 'amended': onAmended(draft, happening.targets, happening.plan, now); break;
    case 'cancelled':
      if (!state.ended) onCancelled(draft, now);
      break;
    case 'duplicate':
      if (!state.held || state.ended) break;
      draft.state = { ...state, held: false, ended: happening.decision === 'distinct' ? undefined : 'superseded' };
      if (draft.state.ended) draft.targets = draft.targets.map((t) => (isSettledTarget(t.status) ? t : settledAs(t, now, 'not-applicable', 'duplicate')));
      break;
    case 'retry': onRetry(draft, happening.target, now); break;
    case 'settle-by-hand': onSettleByHand(draft, happening.target, happening.status, now); break;
    case 'tick': break;
  }
  return advance(state, { ...draft.state, targets: draft.targets }, now, draft.deliveries);
};

/** A step as a decision: stored when anything changed, and stated on the log when anyone would care. */
export const decisionOf = (before: CaseState, step: Step, now: number): Decision<CaseState, CaseState, NewEvent> => {
  const stated = step.changed.length > 0 || step.deliveries.length > 0 || step.state.status !== before.status;
  const moved = stated || step.state.nextDue !== before.nextDue || JSON.stringify(step.state.people) !== JSON.stringify(before.people) || step.state.held !== before.held;
  return { state: moved ? step.state : undefined, events: stated ? [caseAdvanced(before, step, now)] : undefined, reply: step.state };
};
