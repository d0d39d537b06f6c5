import type { TargetState } from './case-state.js';
import { turn } from './target.js';

/** Settled by the plan itself: nothing anybody did or answered. */
const isVerdict = (t: TargetState): boolean => t.status === 'handed-over' || t.status === 'not-applicable';
const isUntouched = (t: TargetState): boolean => t.told === undefined && !t.received && t.presumed === undefined;

const follows = (t: TargetState, fresh: TargetState | undefined, now: number): TargetState => {
  if (!isUntouched(t)) return t;
  if (!fresh) return isVerdict(t) ? t : turn(t, now, { status: 'not-applicable' });
  const verdict = isVerdict(fresh) ? t.status === fresh.status && t.reason === fresh.reason : !isVerdict(t);
  if (verdict && t.plan.programme === fresh.plan.programme && t.plan.signatory === fresh.plan.signatory) return t;
  return { ...fresh, revision: t.revision, consent: t.consent === 'expired' && fresh.consent === 'awaited' ? 'expired' : fresh.consent };
};

/**
 * The plan after the report was corrected: where nobody was told yet, what the corrected report entails holds (an address now
 * protected goes nowhere, a family that moved is served where it lives); who was told hears by an amendment.
 */
export const replanned = (targets: readonly TargetState[], fresh: readonly TargetState[], now: number): TargetState[] => {
  const byName = new Map(fresh.map((t) => [t.plan.target, t]));
  const known = new Set(targets.map((t) => t.plan.target));
  return [...targets.map((t) => follows(t, byName.get(t.plan.target), now)), ...fresh.filter((t) => !known.has(t.plan.target))];
};
