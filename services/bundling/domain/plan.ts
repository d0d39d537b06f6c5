import { conditions, type Bundle, type PlanningFacts, type Target } from '#contracts/bundles/index.js';
import { resolve } from '#contracts/jurisdictions/index.js';
import type { Standard } from '#contracts/jurisdictions/jurisdiction.js';
import type { ParentId, TargetStatus } from '#contracts/words.js';
import type { TargetState } from './case-state.js';

/** Where a jurisdiction states no standard of its own. */
const UNSTATED: Standard = { days: 'calendar', promised: 42, chase: 49, limit: 180 };

const signatoryOf = (target: Target, facts: PlanningFacts): ParentId | undefined =>
  target.basis === 'law' ? undefined
  : target.signatory === 'notifier' ? facts.notifierPersonId
  : facts.people.find((p) => p.roles.includes('gave-birth'))?.personId;

/** How a target ends before anything is told, if it does. The first rule that applies settles it. */
const verdict = (target: Target, facts: PlanningFacts, how: string, reason: string | undefined): { status: TargetStatus; reason: string; outcome?: string } | undefined => {
  for (const circumstance of facts.circumstances) {
    const suppressed = target.suppressedBy?.[circumstance];
    if (suppressed) return suppressed;
  }
  if (how === 'hospital') return { status: 'handed-over', reason: 'hospital-does-it', outcome: 'pre-assigned' };
  if (how === 'automatic') return { status: 'handed-over', reason: reason ?? 'comes-by-itself' };
  const unmet = target.requires?.find((r) => !conditions[r.condition](facts));
  if (how === 'hand-over') return { status: 'handed-over', reason: unmet?.otherwise === 'handed-over' ? unmet.reason : (reason ?? 'not-offered-there') };
  return unmet && { status: unmet.otherwise, reason: unmet.reason };
};

/**
 * The resolved plan of a case: every target of the bundle that is present, with its programme, owner, standard and signatory.
 * `acceptedOn` (ISO date) picks the channel; entitlement is by the date of the event, which the facts carry.
 */
export const plan = (bundle: Bundle, facts: PlanningFacts, acceptedOn: string, now: number): TargetState[] =>
  bundle.targets.filter((t) => t.presentWhen === undefined || conditions[t.presentWhen](facts)).map((target): TargetState => {
    const { programme, jurisdiction, offer, how, reason } = resolve(target, facts, acceptedOn);
    const signatory = signatoryOf(target, facts);
    const consented = signatory && facts.consents.find((c) => c.target === target.target && c.personId === signatory);
    const decision = consented && (consented.decision === 'granted' && consented.expiresAt !== undefined && consented.expiresAt <= now ? 'expired' : consented.decision);
    const ended = verdict(target, facts, how, reason);
    const consent: TargetState['consent'] = target.basis === 'law' ? 'not-needed'
      : decision ?? (signatory === undefined || signatory === facts.notifierPersonId ? 'not-asked' : 'awaited');
    const state: TargetState = {
      target: target.target, kind: target.kind, programme, owner: jurisdiction, standard: offer?.standard ?? UNSTATED,
      after: target.after, root: target.root === true, basis: target.basis, ...(signatory !== undefined && { signatory }),
      signWithinDays: target.signWithinDays, acceptsUnconfirmed: target.acceptsUnconfirmed,
      status: 'waiting-identity', consent, overdue: false, attempts: 0, changedAt: now, revision: 0, received: false,
    };
    if (ended) return { ...state, consent: target.basis === 'law' ? 'not-needed' : decision ?? 'not-asked', status: ended.status, reason: ended.reason, ...(ended.outcome !== undefined && { outcome: ended.outcome }) };
    if (consent === 'not-asked') return { ...state, status: 'not-selected', reason: 'not-asked-for' };
    if (consent === 'refused') return { ...state, status: 'consent-withheld', reason: 'refused-by-signatory' };
    return state;
  });
