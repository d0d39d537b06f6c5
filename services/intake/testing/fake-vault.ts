import { isDeepStrictEqual } from 'node:util';
import { Vault, type Changes, type ConsentDecision, type Deposit, type Stated, type VerifiedClaims } from '#contracts/apis/vault.js';
import { bundles, type PlanningFacts } from '#contracts/bundles/index.js';
import { birthFacts } from '#contracts/notifications/birth.facts.js';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import { fields } from '#contracts/notifications/fields.js';
import { compareClaims } from '#contracts/notifications/names.js';
import type { JurisdictionId, ParentId } from '#contracts/words.js';

const notOurs = (): never => {
  throw new Error('intake does not knock at this door');
};

const withoutDecisions = (declaration: object): object => ({ ...declaration, decisions: [] });

/** The doors of the vault that intake knocks at, over declarations in memory. */
export class FakeVault extends Vault {
  readonly declarations = new Map<string, { readonly version: number; readonly declaration: BirthDeclaration }>();
  /** The cases of each list that was prepared, and how many declarations were kept by then. */
  readonly prepared: { readonly caseIds: readonly string[]; readonly kept: number }[] = [];
  readonly decided: { readonly caseId: string; readonly by: Stated; readonly decisions: readonly ConsentDecision[] }[] = [];

  /** Runs while it is asked to keep declarations. */
  meanwhile: () => Promise<void> = async () => undefined;

  constructor(override readonly commitsFirst = false) {
    super();
  }

  override prepare(items: readonly { readonly caseId: string }[]): void {
    this.prepared.push({ caseIds: items.map((i) => i.caseId), kept: this.declarations.size });
  }

  async deposit(items: readonly Deposit[]): Promise<void> {
    await this.meanwhile();
    for (const { caseId, version, declaration } of items) this.declarations.set(caseId, { version, declaration });
  }

  async changes(items: readonly { readonly caseId: string; readonly declaration: BirthDeclaration }[]): Promise<readonly Changes[]> {
    return items.map(({ caseId, declaration }) => {
      const [was, is] = [this.declarations.get(caseId)!.declaration, declaration].map((d) => ({ declaration: d, signatory: undefined, yields: {} }));
      const targets = bundles.birth!.targets.filter((t) => t.shares.some((name) => !isDeepStrictEqual(fields[name](was!), fields[name](is!))));
      return {
        any: !isDeepStrictEqual(withoutDecisions(was!.declaration), withoutDecisions(is!.declaration)), targets: targets.map((t) => t.target),
        people: was!.declaration.parents.filter((p) => !isDeepStrictEqual(p, is!.declaration.parents.find((q) => q.id === p.id))).map((p) => p.id),
      };
    });
  }

  async planningFacts(caseIds: readonly string[]): Promise<ReadonlyMap<string, PlanningFacts>> {
    return new Map(caseIds.flatMap((id) => (this.declarations.has(id) ? [[id, birthFacts(id, this.declarations.get(id)!.declaration, [])] as const] : [])));
  }

  async people(questions: readonly { readonly caseId: string; readonly personId: ParentId; readonly claims?: VerifiedClaims }[]): Promise<readonly { readonly authority: JurisdictionId; readonly claims: 'match' | 'differ' | 'none' }[]> {
    return questions.map(({ caseId, personId, claims }) => ({ authority: 'ca-on', claims: compareClaims(claims, this.declarations.get(caseId)!.declaration.parents.find((p) => p.id === personId)!) }));
  }

  async whoIs(caseId: string, claims: VerifiedClaims): Promise<readonly ParentId[]> {
    return this.declarations.get(caseId)!.declaration.parents.filter((p) => compareClaims(claims, p) === 'match').map((p) => p.id);
  }

  async decide(caseId: string, by: Stated, decisions: readonly ConsentDecision[]): Promise<void> {
    this.decided.push({ caseId, by, decisions });
  }

  compare = notOurs;
  release = notOurs;
  releaseIdentity = notOurs;
  depositYields = notOurs;
  registerAgreements = notOurs;
}
