import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Vault, type AgreementRecord, type Deposit, type ReleaseRequest, type Stated } from '#contracts/apis/vault.js';
import { targetOf } from '#contracts/bundles/index.js';
import { DomainError, uuidv7 } from '#libs/kernel/index.js';
import { aBirth } from './testing/a-birth.js';

const by: Stated = { partyId: uuidv7(), personId: 'parent-1', capacity: 'self' };
const granted = { target: 'sin', decision: 'granted', notice: 'sin.v1', language: 'en-CA' } as const;
export const sinAgreement: AgreementRecord = {
  id: 'ca-sin-2024', programme: 'ca/sin', kinds: ['tell', 'amend', 'recall', 'stop'], fields: targetOf('birth', 'sin')!.shares, purpose: 'assign-sin', authority: 'SOR/2013-82', from: '2024-01-01',
};
export const aDeposit = (change: Partial<Deposit> = {}): Deposit => ({ caseId: uuidv7(), version: 1, declaration: aBirth(), by, decisions: [granted], ...change });
export const aRelease = (caseId: string, change: Partial<ReleaseRequest> = {}): ReleaseRequest =>
  ({ caseId, deliveryId: uuidv7(), target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1, ...change });

/** What the vault's door promises, however it is bound. `opened` states on the log that a case was opened; `events` are its types. */
export interface VaultUnderTest {
  readonly vault: Vault;
  opened(caseId: string): Promise<void>;
  events(caseId: string): Promise<readonly string[]>;
}

export const vaultConformance = (binding: string, open: () => Promise<VaultUnderTest>): void => {
  describe(`the door of the vault, ${binding}`, () => {
    let vault: Vault;
    let opened: VaultUnderTest['opened'];
    let events: VaultUnderTest['events'];
    beforeAll(async () => {
      ({ vault, opened, events } = await open());
    }, 60_000);
    beforeEach(() => vault.registerAgreements([sinAgreement]));

    const told = async (change: Partial<Deposit> = {}): Promise<string> => {
      const item = aDeposit(change);
      await vault.deposit([item]);
      await opened(item.caseId);
      return item.caseId;
    };
    const refusal = async (asking: Promise<unknown>): Promise<DomainError> => {
      const error = await asking.then(() => undefined, (thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DomainError);
      return error as DomainError;
    };

    it('is the contract itself to whoever asks', () => {
      expect(vault).toBeInstanceOf(Vault);
    });

    it('keeps what is deposited, and answers what planning needs by case', async () => {
      const caseId = await told();
      const facts = await vault.planningFacts([caseId, uuidv7()]);
      expect(facts).toBeInstanceOf(Map);
      expect([...facts.keys()]).toEqual([caseId]);
      expect(facts.get(caseId)).toMatchObject({ placeOfEvent: 'ca-on', consents: [{ target: 'sin', personId: 'parent-1', decision: 'granted' }] });
    });

    it('releases exactly the agreed fields, one answer for each question and in its order', async () => {
      const cases = await Promise.all(Array.from({ length: 70 }, () => told()));
      const requests = cases.map((caseId) => aRelease(caseId));
      const answers = await vault.release(requests);
      expect(answers.map((a) => a.deliveryId)).toEqual(requests.map((r) => r.deliveryId));
      for (const answer of answers) expect(answer).toMatchObject({ released: true, agreement: 'ca-sin-2024' });
      expect(Object.keys((answers[0] as { shared: object }).shared).sort()).toEqual([...targetOf('birth', 'sin')!.shares].filter((f) => f in (answers[0] as { shared: object }).shared).sort());
      expect(JSON.stringify(answers[0])).not.toContain('thaddeus@example.org');
    });

    it('releases nothing without consent, agreement or a file, and says which', async () => {
      const [withoutConsent, withAll] = [await told({ decisions: [] }), await told()];
      expect(await vault.release([aRelease(withoutConsent), aRelease(withAll, { programme: 'ca-on/education-savings' }), aRelease(uuidv7())])).toMatchObject([
        { released: false, reason: 'consent' }, { released: false, reason: 'agreement' }, { released: false, reason: 'erased' },
      ]);
    });

    it('tells an authority who is meant, and nothing more', async () => {
      const caseId = await told();
      const questionId = uuidv7();
      expect(await vault.releaseIdentity([{ questionId, caseId, personId: 'parent-1', authority: 'ca-qc' }, { questionId: uuidv7(), caseId: uuidv7(), personId: 'parent-1', authority: 'ca-qc' }])).toEqual([
        { questionId, names: { given: ['Thaddeus'], family: 'Quillfeather' }, birthDate: '1990-04-05', birthPlace: { jurisdiction: 'ca-qc' } },
      ]);
    });

    it('says where a person’s authority sits, whether claims are theirs, and whose claims these are', async () => {
      const caseId = await told();
      const claims = { givenName: 'Ottoline', familyName: 'Marchbanks', birthDate: '1992-07-08' };
      expect(await vault.people([{ caseId, personId: 'parent-1' }, { caseId, personId: 'parent-2', claims }])).toEqual([{ authority: 'ca-qc', claims: 'none' }, { authority: 'ca', claims: 'match' }]);
      expect(await vault.whoIs(caseId, claims)).toEqual(['parent-2']);
      expect(await vault.whoIs(caseId, { familyName: 'Nobody' })).toEqual([]);
      expect(await refusal(vault.people([{ caseId, personId: 'parent-4' }]))).toMatchObject({ code: 'person.not-declared', status: 404, message: 'The declaration of this case names no such person.' });
    });

    it('says what a correction would change, and how two reports compare, in words', async () => {
      const [caseId, other] = [await told(), await told({ declaration: aBirth({ child: { names: { given: ['Juniper'], family: 'Marchbanks' }, sex: 'F' } }) })];
      const corrected = aBirth({ residence: { line: '2 Lanternfish Crescent', municipality: 'Toronto', jurisdiction: 'ca-on', postalCode: 'M5V 2T6' } });
      const [nothing, something] = await vault.changes([{ caseId, declaration: aBirth() }, { caseId, declaration: corrected }]);
      expect(nothing).toEqual({ any: false, targets: [], people: [] });
      expect(something).toMatchObject({ any: true });
      const [compared] = await vault.compare([{ caseId, other }]);
      expect(Object.values(compared!)).toContain('DIFF');
      expect(JSON.stringify(compared)).not.toContain('Marchbanks');
    });

    it('keeps what an outcome yielded, for those it is shared with', async () => {
      const caseId = await told();
      await vault.depositYields([{ caseId, deliveryId: uuidv7(), yields: { registrationNumber: '2026-05-000123' }, freeText: 'telephoned the mother' }]);
      const [answer] = await vault.release([aRelease(caseId)]);
      expect(JSON.stringify(answer)).toContain('2026-05-000123');
      expect(JSON.stringify(answer)).not.toContain('telephoned');
    });

    it('records a decision and states it; one that is not theirs is refused, as it would be next door', async () => {
      const caseId = await told();
      await vault.decide(caseId, by, [{ ...granted, decision: 'withdrawn' }]);
      expect((await vault.release([aRelease(caseId)]))[0]).toMatchObject({ released: false, reason: 'consent' });
      expect((await events(caseId)).filter((type) => type === 'consent.decided.v1')).toHaveLength(1);
      const refused = await refusal(vault.decide(caseId, by, [{ ...granted, target: 'child-benefits', notice: 'child-benefits.v1' }]));
      expect(refused).toMatchObject({ code: 'consent.not-signatory', status: 403 });
      expect((await events(caseId)).filter((type) => type === 'consent.decided.v1')).toHaveLength(1);
    });

    it('answers nothing to nothing', async () => {
      await vault.deposit([]);
      await vault.depositYields([]);
      expect(await vault.release([])).toEqual([]);
      expect(await vault.releaseIdentity([])).toEqual([]);
      expect(await vault.planningFacts([])).toEqual(new Map());
    });
  });
};
