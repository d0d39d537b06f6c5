import { Vault, type IdentityAnswerable, type IdentityQuestion } from '#contracts/apis/vault.js';
import type { JurisdictionId, ParentId } from '#contracts/words.js';
import { DomainError } from '#libs/kernel/index.js';

export interface DeclaredPerson {
  readonly names: { readonly given: readonly string[]; readonly family: string };
  readonly birthDate: string;
  readonly birthPlace: { readonly jurisdiction?: JurisdictionId; readonly country?: string };
}

const notOurs = (): never => {
  throw new Error('identity does not knock at this door');
};

/** The doors of the vault that identity knocks at, over declarations in memory. */
export class FakeVault extends Vault {
  readonly declared = new Map<string, Partial<Record<ParentId, DeclaredPerson>>>();
  /** One list per release: the access lines. */
  readonly releases: (readonly IdentityQuestion[])[] = [];

  async people(questions: readonly { readonly caseId: string; readonly personId: ParentId }[]): Promise<readonly { readonly authority: JurisdictionId; readonly claims: 'none' }[]> {
    return questions.map(({ caseId, personId }) => {
      const person = this.declared.get(caseId)?.[personId];
      if (!person) throw new DomainError('person.not-declared', 'The declaration of this case names no such person.', 404);
      return { authority: person.birthPlace.jurisdiction ?? 'ca', claims: 'none' };
    });
  }

  async releaseIdentity(questions: readonly IdentityQuestion[]): Promise<readonly IdentityAnswerable[]> {
    this.releases.push(questions);
    return questions.flatMap(({ questionId, caseId, personId }) => {
      const person = this.declared.get(caseId)?.[personId];
      return person ? [{ questionId, ...person }] : [];
    });
  }

  deposit = notOurs;
  changes = notOurs;
  compare = notOurs;
  planningFacts = notOurs;
  release = notOurs;
  depositYields = notOurs;
  whoIs = notOurs;
  decide = notOurs;
  registerAgreements = notOurs;
}
