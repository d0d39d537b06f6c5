import { isSettledTarget, type CaseStatus, type TargetStatus } from '#contracts/words.js';

const DONE: readonly TargetStatus[] = ['completed', 'already-known'];
const FAILED: readonly TargetStatus[] = ['rejected', 'failed-permanent'];
const TAKEN_BACK: readonly TargetStatus[] = ['recalled', 'revoked'];

/** What settles a case besides its targets. */
export interface Circumstance {
  readonly notifierConfirmed: boolean;
  readonly notifierRefused: boolean;
  readonly held: boolean;
  readonly ended?: 'cancelled' | 'superseded' | undefined;
}

/**
 * The status of a case from the statuses of its targets: the one place where fan-in could lie. An empty bundle is never
 * "completed", one failure of many is never "completed", and what was handed over, not selected, not applicable or withheld
 * counts neither for nor against.
 */
export const settle = (targets: readonly TargetStatus[], circumstance: Circumstance): CaseStatus => {
  if (targets.some((status) => !isSettledTarget(status))) {
    if (circumstance.ended) return 'in-progress';
    if (circumstance.held) return 'submitted';
    return circumstance.notifierConfirmed || circumstance.notifierRefused ? 'in-progress' : 'identity-pending';
  }
  if (circumstance.ended) return circumstance.ended;
  if (circumstance.notifierRefused) return 'identity-not-confirmed';
  const done = targets.some((s) => DONE.includes(s));
  const failed = targets.some((s) => FAILED.includes(s));
  if (done) return failed ? 'partially-completed' : 'completed';
  return failed || targets.some((s) => TAKEN_BACK.includes(s)) ? 'not-completed' : 'nothing-to-tell';
};
