import { Injectable } from '@nestjs/common';
import {
  Vault, type AgreementRecord, type Changes, type ConsentDecision, type Deposit, type IdentityAnswerable, type IdentityQuestion, type ReleaseAnswer, type ReleaseRequest, type Stated,
  type VerifiedClaims,
} from '#contracts/apis/vault.js';
import type { PlanningFacts } from '#contracts/bundles/index.js';
import { birthFacts } from '#contracts/notifications/birth.facts.js';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import type { FieldName } from '#contracts/notifications/fields.js';
import { compareClaims } from '#contracts/notifications/names.js';
import type { FieldMatch, JurisdictionId, ParentId } from '#contracts/words.js';
import { DomainError, groupBy } from '#libs/kernel/index.js';
import { UnitOfWork, type Unit } from '#libs/persistence/index.js';
import type { CaseFile } from './domain/case-file.js';
import { consentFacts, newDecisions } from './domain/consent.js';
import { changesBetween, compareDeclarations } from './domain/differences.js';
import { disclose, discloseIdentity, type Disclosure } from './domain/release.js';
import { AgreementStore } from './store/agreement-store.js';
import { CaseFileStore, type Yielded } from './store/case-file-store.js';
import { DecideConsent, decideConsent } from './use-cases/decide-consent.js';

const casesOf = (items: readonly { readonly caseId: string }[]): string[] => [...new Set(items.map((i) => i.caseId))];
const getDeclaration = (file: CaseFile | undefined): BirthDeclaration => {
  if (!file?.declaration) throw new DomainError('case.not-found', 'There is no such case.', 404);
  return file.declaration;
};

/**
 * The vault where it lives: every call joins the caller's unit of work, or runs in one of its own under the cases' locks. Where it is
 * asked over HTTP, its caller may hold a case's lock on the log meanwhile: what appends nothing does not ask for it.
 */
@Injectable()
export class VaultInProcess extends Vault {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore, private readonly agreements: AgreementStore) {
    super();
  }

  override expect(caseIds: readonly string[]): void {
    // What fails here fails again where it is needed.
    this.unitOfWork.join(caseIds, (unit) => Promise.all([this.files.load(unit, caseIds), this.agreements.expect(unit)])).catch(() => undefined);
  }

  override prepare(items: readonly Pick<Deposit, 'caseId' | 'declaration'>[]): void {
    // What fails here fails again where it is needed.
    this.unitOfWork.join([], async (unit) => this.files.prepare(unit, items), { states: false }).catch(() => undefined);
  }

  override close(caseIds: readonly string[]): void {
    this.unitOfWork.join([], async (unit) => this.files.close(unit, caseIds), { states: false }).catch(() => undefined);
  }

  async deposit(items: readonly Deposit[]): Promise<void> {
    const states = items.some((d) => d.version > 1 && d.decisions.length > 0);
    await this.unitOfWork.join(casesOf(items), async (unit) => {
      const known = casesOf(items.filter((d) => d.version > 1 || this.files.commitsFirst));
      const files = new Map(known.length > 0 ? await this.files.load(unit, known) : []);
      for (const item of items) {
        const file = files.get(item.caseId);
        if (item.version === 1 && file) continue; // deposited by an earlier try
        files.set(item.caseId, item.version > 1 ? this.amend(unit, item, file) : this.open(unit, item));
      }
    }, { states });
  }

  changes(items: readonly { readonly caseId: string; readonly declaration: BirthDeclaration }[]): Promise<readonly Changes[]> {
    return this.unitOfWork.join([], async (unit) => {
      const files = await this.files.load(unit, casesOf(items));
      return items.map(({ caseId, declaration }) => changesBetween(getDeclaration(files.get(caseId)), declaration));
    });
  }

  compare(pairs: readonly { readonly caseId: string; readonly other: string }[]): Promise<readonly Readonly<Partial<Record<FieldName, FieldMatch>>>[]> {
    return this.unitOfWork.join([], async (unit) => {
      const files = await this.files.load(unit, pairs.flatMap((p) => [p.caseId, p.other]));
      return pairs.map(({ caseId, other }) => compareDeclarations(getDeclaration(files.get(caseId)), getDeclaration(files.get(other))));
    });
  }

  async planningFacts(caseIds: readonly string[]): Promise<ReadonlyMap<string, PlanningFacts>> {
    return this.unitOfWork.join([], async (unit) => {
      const facts = new Map<string, PlanningFacts>();
      for (const [caseId, { declaration, acts }] of await this.files.load(unit, caseIds)) {
        if (declaration) facts.set(caseId, birthFacts(caseId, declaration, consentFacts(acts)));
      }
      return facts;
    });
  }

  release(requests: readonly ReleaseRequest[]): Promise<readonly ReleaseAnswer[]> {
    return this.unitOfWork.join(casesOf(requests), async (unit) => {
      const [files, agreements] = await Promise.all([
        this.files.load(unit, casesOf(requests)), this.agreements.with(unit, requests.map((r) => r.programme)),
      ]);
      await unit.held;
      const disclosures = requests.map((r) => ({ caseId: r.caseId, ...disclose(files.get(r.caseId), r, agreements, unit.now) }));
      this.keepLines(unit, disclosures);
      return disclosures.map((d) => d.answer);
    }, { states: false, eager: true });
  }

  releaseIdentity(questions: readonly IdentityQuestion[]): Promise<readonly IdentityAnswerable[]> {
    return this.unitOfWork.join(casesOf(questions), async (unit) => {
      const files = await this.files.load(unit, casesOf(questions));
      await unit.held;
      const disclosures = questions.map((q) => ({ caseId: q.caseId, ...discloseIdentity(files.get(q.caseId), q, unit.now) }));
      this.keepLines(unit, disclosures);
      return disclosures.flatMap((d) => d.answer ?? []);
    }, { states: false, eager: true });
  }

  async depositYields(items: readonly (Yielded & { readonly caseId: string })[]): Promise<void> {
    if (items.length === 0) return;
    await this.unitOfWork.join(casesOf(items), async (unit) => {
      await this.files.load(unit, casesOf(items));
      await unit.held;
      for (const [caseId, yielded] of groupBy(items, (i) => i.caseId)) {
        this.files.addYields(unit, caseId, yielded.map(({ deliveryId, yields, freeText }) => ({ deliveryId, yields, ...(freeText !== undefined && { freeText }) })));
      }
    }, { states: false, eager: true });
  }

  people(questions: readonly { readonly caseId: string; readonly personId: ParentId; readonly claims?: VerifiedClaims }[]): Promise<readonly { readonly authority: JurisdictionId; readonly claims: 'match' | 'differ' | 'none' }[]> {
    return this.unitOfWork.join([], async (unit) => {
      const files = await this.files.load(unit, casesOf(questions));
      return questions.map(({ caseId, personId, claims }) => {
        const person = files.get(caseId)?.declaration?.parents.find((p) => p.id === personId);
        if (!person) throw new DomainError('person.not-declared', 'The declaration of this case names no such person.', 404);
        return { authority: person.birthPlace.jurisdiction ?? 'ca', claims: compareClaims(claims, person) };
      });
    });
  }

  whoIs(caseId: string, claims: VerifiedClaims): Promise<readonly ParentId[]> {
    return this.unitOfWork.join([], async (unit) => {
      const parents = (await this.files.load(unit, [caseId])).get(caseId)?.declaration?.parents ?? [];
      return parents.filter((p) => compareClaims(claims, p) === 'match').map((p) => p.id);
    });
  }

  decide(caseId: string, by: Stated, decisions: readonly ConsentDecision[]): Promise<void> {
    return this.unitOfWork.join([caseId], async (unit) => {
      const file = (await this.files.load(unit, [caseId])).get(caseId);
      const { state, events = [] } = decideConsent(new DecideConsent(caseId, by, decisions), file, unit.now);
      if (state) this.files.keepActs(unit, caseId, state.acts);
      for (const event of events) unit.append(event);
    });
  }

  registerAgreements(agreements: readonly AgreementRecord[]): Promise<void> {
    return this.unitOfWork.join([], (unit) => this.agreements.register(unit, agreements));
  }

  private open(unit: Unit, { caseId, version, declaration, by, decisions }: Deposit): CaseFile {
    const fresh = newDecisions(declaration, [], by, decisions, unit.now);
    const file = this.files.addDeclaration(unit, caseId, version, declaration);
    return fresh.length > 0 ? this.files.keepActs(unit, caseId, [{ seq: 1, at: unit.now, by, decisions: fresh }]) : file;
  }

  /** Decisions that come with an amendment are taken after the plan was made, so they are also stated. */
  private amend(unit: Unit, { caseId, version, declaration, by, decisions }: Deposit, before: CaseFile | undefined): CaseFile {
    if (!before?.declaration) throw new DomainError('case.not-found', 'There is no such case.', 404);
    if (version !== before.version + 1) throw new DomainError('declaration.version-taken', 'Somebody else amended this case in the meantime: read it again.');
    const file = this.files.addDeclaration(unit, caseId, version, declaration);
    const { state, events = [] } = decideConsent(new DecideConsent(caseId, by, decisions), file, unit.now);
    for (const event of events) unit.append(event);
    return state ? this.files.keepActs(unit, caseId, state.acts) : file;
  }

  private keepLines(unit: Unit, disclosures: readonly (Disclosure<unknown> & { readonly caseId: string })[]): void {
    for (const [caseId, list] of groupBy(disclosures.filter((d) => d.line !== undefined), (d) => d.caseId)) {
      this.files.addLines(unit, caseId, list.flatMap((d) => d.line ?? []));
    }
  }
}
