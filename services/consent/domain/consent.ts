import { targetOf, type ConsentFact, type Target } from '#contracts/bundles/index.js';
import type { ConsentDecision, Stated } from '#contracts/apis/vault.js';
import type { BirthDeclaration, Parent } from '#contracts/notifications/birth.js';
import type { ParentId } from '#contracts/words.js';
import { DomainError } from '#libs/kernel/index.js';
import type { Act, RecordedDecision } from './case-file.js';

/** Who signs for a target; nobody where the declaration names no such person. */
export const signatoryOf = (target: Pick<Target, 'signatory'>, declaration: BirthDeclaration): Parent | undefined =>
  declaration.parents.find((p) => (target.signatory === 'notifier' ? p.id === declaration.notifier : p.role === 'gave-birth'));

export interface StandingDecision {
  readonly act: Act;
  readonly decision: RecordedDecision;
}

/** What a person last decided about a target. */
export const newestDecision = (acts: readonly Act[], target: string, personId: ParentId): StandingDecision | undefined => {
  for (let i = acts.length - 1; i >= 0; i--) {
    const act = acts[i]!;
    if (act.by.personId !== personId) continue;
    const decision = act.decisions.find((d) => d.target === target);
    if (decision) return { act, decision };
  }
  return undefined;
};

const hasExpired = ({ expiresAt }: RecordedDecision, now: number): boolean => expiresAt !== undefined && expiresAt <= now;

/** `none`: never given, refused or withdrawn · `lapsed`: given, under a notice that has run out. */
export const consentOf = (acts: readonly Act[], target: string, personId: ParentId, now: number): 'in-force' | 'lapsed' | 'none' => {
  const standing = newestDecision(acts, target, personId)?.decision;
  return standing?.decision !== 'granted' ? 'none' : hasExpired(standing, now) ? 'lapsed' : 'in-force';
};

export const consentInForce = (...asked: Parameters<typeof consentOf>): boolean => consentOf(...asked) === 'in-force';

/** The newest decision per target and person, as the planner may know it. */
export const consentFacts = (acts: readonly Act[]): ConsentFact[] => {
  const newest = new Map<string, ConsentFact>();
  for (const { by, decisions } of acts) {
    for (const { target, decision, expiresAt } of decisions) {
      newest.set(`${target} ${by.personId}`, { target, personId: by.personId, decision, ...(expiresAt !== undefined && { expiresAt }) });
    }
  }
  return [...newest.values()];
};

/**
 * The decisions that change anything, or a refusal of them all: `consent.unknown-target` (404), `consent.not-signatory` (403),
 * `consent.notice-outdated`, `consent.nothing-to-withdraw`, `consent.decided-twice` (409).
 */
export const newDecisions = (declaration: BirthDeclaration, acts: readonly Act[], by: Stated, decisions: readonly ConsentDecision[], now: number): RecordedDecision[] => {
  if (new Set(decisions.map((d) => d.target)).size < decisions.length) {
    throw new DomainError('consent.decided-twice', 'A programme can be decided only once at a time.');
  }
  return decisions.filter(({ target: name, decision, notice }) => {
    const target = targetOf(declaration.lifeEvent, name);
    if (target?.basis !== 'consent') throw new DomainError('consent.unknown-target', 'No programme of this case asks for consent under this name.', 404);
    if (signatoryOf(target, declaration)?.id !== by.personId) throw new DomainError('consent.not-signatory', 'Only the person who signs for this programme can decide.', 403);
    const standing = newestDecision(acts, name, by.personId)?.decision;
    const stands = standing?.decision === decision && !hasExpired(standing, now);
    if (stands && (decision === 'withdrawn' || standing.notice === notice)) return false;
    if (decision === 'withdrawn') {
      // A withdrawal is as easy as giving: no newer notice needs to be read first.
      if (standing?.decision !== 'granted') throw new DomainError('consent.nothing-to-withdraw', 'Consent was never given for this programme, so there is nothing to withdraw.');
    } else if (notice !== target.notice) {
      throw new DomainError('consent.notice-outdated', 'The notice has changed: read the current one, then decide.');
    }
    return true;
  });
};

