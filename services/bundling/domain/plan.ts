import { conditions, type Bundle, type PlanningFacts, type Target } from '#contracts/bundles/index.js';
import { resolve } from '#contracts/jurisdictions/index.js';
import type { Standard } from '#contracts/jurisdictions/jurisdiction.js';
import type { JurisdictionId, ParentId, ProgrammeId, TargetStatus } from '#contracts/words.js';
import type { Planned, TargetState } from './case-state.js';
import { shared } from './planned.js';
import { settledAs, turn, untouched } from './target.js';

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

const resolved = new WeakMap<Target, Map<string, Planned>>();

/** What is fixed of a target; made once for all that resolve alike. */
const fixed = (target: Target, programme: ProgrammeId, owner: JurisdictionId, standard: Standard, signatory: ParentId | undefined): Planned => {
  let plans = resolved.get(target);
  if (!plans) resolved.set(target, (plans = new Map<string, Planned>()));
  const key = `${programme} ${signatory}`;
  const known = plans.get(key);
  if (known?.standard === standard) return known;
  const { kind, after, root, basis, signWithinDays, acceptsUnconfirmed } = target;
  const plan = shared({ target: target.target, kind, programme, owner, standard, after, root: root === true, basis, signatory, signWithinDays, acceptsUnconfirmed });
  plans.set(key, plan);
  return plan;
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
    const state = untouched(fixed(target, programme, jurisdiction, offer?.standard ?? UNSTATED, signatory), consent, now);
    if (ended) return turn(state, now, { ...ended, consent: target.basis === 'law' ? 'not-needed' : decision ?? 'not-asked' });
    if (consent === 'not-asked') return settledAs(state, now, 'not-selected', 'not-asked-for');
    if (consent === 'refused') return settledAs(state, now, 'consent-withheld', 'refused-by-signatory');
    return state;
  });
