import { isSettledTarget } from '#contracts/words.js';
import { advance, type Step } from '../domain/advance.js';
import type { CaseState, Planned, TargetState } from '../domain/case-state.js';
import { shared } from '../domain/planned.js';
import { untouched } from '../domain/target.js';

export const NOON = Date.parse('2026-03-02T12:00:00Z');
export const DAY = 86_400_000;

export const planAs = (t: TargetState, change: Partial<Planned>): TargetState => ({ ...t, plan: shared({ ...t.plan, ...change }) });

/** A target as the plan leaves it: nobody told, nothing asked. */
export const aTarget = (target: string, change: Partial<TargetState & Planned> = {}): TargetState => {
  const plan: Planned = {
    target, kind: target, programme: `ca-on/${target}`, owner: 'ca-on', standard: { days: 'business', promised: 10, chase: 15, limit: 30 }, after: [], root: false,
    basis: 'consent', signatory: 'parent-1', signWithinDays: 30, acceptsUnconfirmed: false,
  };
  const of = (isPlan: boolean) => Object.fromEntries(Object.entries(change).filter(([key]) => key in plan === isPlan));
  return { ...untouched(shared({ ...plan, ...of(true) }), 'granted', NOON), ...of(false) };
};

export const aRoot = (change: Partial<TargetState & Planned> = {}): TargetState =>
  aTarget('registration', { root: true, basis: 'law', signatory: undefined, consent: 'not-needed', acceptsUnconfirmed: true, ...change });

/** A case just planned: every target moved as far as it can go. */
export const aCase = (targets: readonly TargetState[], change: Partial<CaseState> = {}): Step => advance(undefined, {
  caseId: '0190a000-0000-7000-8000-00000000000c', lifeEvent: 'birth', bundleVersion: 1, acceptedAt: NOON, status: 'submitted', notifier: 'parent-1', people: { 'parent-1': 'asked' }, held: false, targets, ...change,
}, NOON);

export const targetIn = (state: CaseState, name: string): TargetState => state.targets.find((t) => t.plan.target === name)!;
export const openIn = (state: CaseState): readonly TargetState[] => state.targets.filter((t) => !isSettledTarget(t.status));
