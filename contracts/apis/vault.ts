import type { PlanningFacts } from '../bundles/facts.js';
import type { BirthDeclaration } from '../notifications/birth.js';
import type { FieldName, Shared } from '../notifications/fields.js';
import type { DeliveryKind, FieldMatch, JurisdictionId, Language, ParentId, ProgrammeId } from '../words.js';

/** Who stated something, and in what capacity: on their own behalf, or an agent beside them. */
export interface Stated {
  readonly partyId: string;
  readonly personId: ParentId;
  readonly capacity: 'self' | 'assisted';
}

export interface ConsentDecision {
  readonly target: string;
  readonly decision: 'granted' | 'refused' | 'withdrawn';
  readonly notice: string;
  readonly language: Language;
}

export interface Deposit {
  readonly caseId: string;
  /** 1 for what was first told; each amendment is the next. */
  readonly version: number;
  readonly declaration: BirthDeclaration;
  readonly by: Stated;
  readonly decisions: readonly ConsentDecision[];
}

export interface Changes {
  /** The corrected declaration says anything that the one on file does not. */
  readonly any: boolean;
  /** The targets with which a changed field is shared. */
  readonly targets: readonly string[];
  /** Declared before, and told otherwise now in what an authority confirms: names, date or place of birth. */
  readonly people: readonly ParentId[];
}

export interface ReleaseRequest {
  readonly caseId: string;
  readonly deliveryId: string;
  readonly target: string;
  readonly programme: ProgrammeId;
  readonly kind: DeliveryKind;
  readonly revision: number;
  /** One asking, however often it travels: what is asked again under the same id is not one more release. Set by the binding. */
  readonly attempt?: string;
}

/** What may leave for one delivery, or why nothing does. `consent`: it was never given, or was withdrawn; `lapsed`: it was given, and its notice has run out. `suppressed`: a circumstance told meanwhile (a protected address) forbids it. */
export type ReleaseAnswer =
  | { readonly deliveryId: string; readonly released: true; readonly shared: Shared; readonly agreement: string }
  | { readonly deliveryId: string; readonly released: false; readonly reason: 'consent' | 'lapsed' | 'agreement' | 'suppressed' | 'erased' };

export interface IdentityQuestion {
  readonly questionId: string;
  readonly caseId: string;
  readonly personId: ParentId;
  readonly authority: JurisdictionId;
  /** As of a release. */
  readonly attempt?: string;
}
export interface IdentityAnswerable {
  readonly questionId: string;
  readonly names: { readonly given: readonly string[]; readonly family: string };
  readonly birthDate: string;
  readonly birthPlace: { readonly jurisdiction?: string; readonly country?: string };
}

/** What a sign-in says of a person, verified by its provider. */
export interface VerifiedClaims {
  readonly givenName?: string;
  readonly familyName?: string;
  readonly birthDate?: string;
}

export interface AgreementRecord {
  readonly id: string;
  readonly programme: ProgrammeId;
  readonly kinds: readonly DeliveryKind[];
  readonly fields: readonly FieldName[];
  readonly purpose: string;
  readonly authority: string;
  readonly from: string;
  readonly to?: string;
}

/**
 * The door of the vault, where all personal data lies. Every question takes a list. In process a call made within a unit of work
 * joins it; over HTTP it commits first and is idempotent by case, delivery and attempt.
 */
export abstract class Vault {
  /** Whether a call is kept at once, whatever becomes of the caller's own unit of work; false where it joins that. */
  readonly commitsFirst: boolean = false;
  /** The caller's unit of work will ask about these cases: they can be read along with its own first reads. */
  expect(_caseIds: readonly string[]): void {
    // Where a call is a request of its own there is nothing to read along with.
  }
  /** The caller's unit of work will deposit these, each the first of its case: what can be done before is done now, while the database is busy. */
  prepare(_items: readonly Pick<Deposit, 'caseId' | 'declaration'>[]): void {
    // Where a call is a request of its own, all is done there.
  }
  /** The caller's unit of work settles these cases: nobody will ask for them in a moment, as is else expected of what was just written. */
  close(_caseIds: readonly string[]): void {
    // Where a call is a request of its own, the vault keeps nothing at hand on its caller's word.
  }
  /** Keeps declarations and decisions. */
  abstract deposit(items: readonly Deposit[]): Promise<void>;
  /** What a corrected declaration would change, beside the version on file; keeps nothing. */
  abstract changes(items: readonly { readonly caseId: string; readonly declaration: BirthDeclaration }[]): Promise<readonly Changes[]>;
  /** How two cases' declarations compare, field by field, for a reviewer: words, never values. */
  abstract compare(pairs: readonly { readonly caseId: string; readonly other: string }[]): Promise<readonly Readonly<Partial<Record<FieldName, FieldMatch>>>[]>;
  abstract planningFacts(caseIds: readonly string[]): Promise<ReadonlyMap<string, PlanningFacts>>;
  /** Checks consent and agreement again, writes the access line, and returns exactly the agreed fields. */
  abstract release(requests: readonly ReleaseRequest[]): Promise<readonly ReleaseAnswer[]>;
  /** Asking an authority about a person is a release too: basis law, its own access line. */
  abstract releaseIdentity(questions: readonly IdentityQuestion[]): Promise<readonly IdentityAnswerable[]>;
  /** What an outcome yielded (a registration number, a SIN), and an agency's free text, which lives only here. */
  abstract depositYields(items: readonly { readonly caseId: string; readonly deliveryId: string; readonly yields: Readonly<Record<string, string>>; readonly freeText?: string }[]): Promise<void>;
  /** Where the authority for a declared person sits (place of birth; `ca` for people born abroad), and whether a sign-in's claims are theirs. */
  abstract people(questions: readonly { readonly caseId: string; readonly personId: ParentId; readonly claims?: VerifiedClaims }[]): Promise<readonly { readonly authority: JurisdictionId; readonly claims: 'match' | 'differ' | 'none' }[]>;
  /** Which declared parents these claims fit; empty when none does. */
  abstract whoIs(caseId: string, claims: VerifiedClaims): Promise<readonly ParentId[]>;
  /** Decisions taken later, by whoever may take them. Appends consent.decided. */
  abstract decide(caseId: string, by: Stated, decisions: readonly ConsentDecision[]): Promise<void>;
  /** Declares the agreements adapters stand on; an agreement is ended and added, never edited. */
  abstract registerAgreements(agreements: readonly AgreementRecord[]): Promise<void>;
}
