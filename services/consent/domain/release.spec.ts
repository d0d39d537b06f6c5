import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AgreementRecord, ReleaseRequest } from '#contracts/apis/vault.js';
import { bundles, targetOf } from '#contracts/bundles/index.js';
import { fields, type FieldName } from '#contracts/notifications/fields.js';
import type { DeliveryKind } from '#contracts/words.js';
import { aBirth } from '../testing/a-birth.js';
import type { Act, CaseFile } from './case-file.js';
import { disclose, discloseIdentity, resent } from './release.js';

const NOW = Date.parse('2026-03-02T15:00:00Z');
const KINDS: readonly DeliveryKind[] = ['tell', 'amend', 'recall', 'stop'];
const caseId = '0190a000-0000-7000-8000-00000000000c';
const sinTarget = targetOf('birth', 'sin')!;
const agreement = (change: Partial<AgreementRecord> = {}): AgreementRecord =>
  ({ id: 'ca-sin-2024', programme: 'ca/sin', kinds: KINDS, fields: sinTarget.shares, purpose: 'assign-sin', authority: 'SOR/2013-82', from: '2024-01-01', ...change });
const granted = (target: string, more: { expiresAt?: number; personId?: 'parent-1' | 'parent-2'; decision?: 'granted' | 'withdrawn' } = {}): Act => ({
  seq: 1, at: 1, by: { partyId: '0190a000-0000-7000-8000-000000000001', personId: more.personId ?? 'parent-1', capacity: 'self' },
  decisions: [{ target, decision: more.decision ?? 'granted', notice: `${target}.v1`, language: 'en-CA', ...(more.expiresAt !== undefined && { expiresAt: more.expiresAt }) }],
});
const file = (change: Partial<CaseFile> = {}): CaseFile => ({ caseId, version: 1, declaration: aBirth(), acts: [granted('sin')], yields: { registrationNumber: '2026-05-000123', sin: '046454286' }, lines: [], ...change });
const request = (change: Partial<ReleaseRequest> = {}): ReleaseRequest => ({ caseId, deliveryId: '0190a000-0000-7000-8000-00000000000d', target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1, ...change });
const answer = (f: CaseFile | undefined, r: ReleaseRequest, ...agreements: AgreementRecord[]) => disclose(f, r, agreements, NOW).answer;

describe('what leaves', () => {
  it('is exactly the agreed fields that the declaration has', () => {
    const { answer: said, line } = disclose(file(), request(), [agreement()], NOW);
    expect(said).toMatchObject({ released: true, agreement: 'ca-sin-2024' });
    const shared = said.released ? said.shared : {};
    expect(Object.keys(shared).sort()).toEqual(['birth.date', 'birth.place', 'child.names', 'child.sex', 'contact.language', 'parents.names', 'residence.address', 'yield.registrationNumber']);
    expect(shared['yield.registrationNumber']).toBe('2026-05-000123');
    expect(line).toMatchObject({ target: 'sin', programme: 'ca/sin', kind: 'tell', fields: Object.keys(shared), purpose: 'assign-sin', basis: 'consent', count: 1, at: NOW });
  });

  it('is never a field the target does not share, whatever the agreement would allow', () => {
    const every = Object.keys(fields) as FieldName[];
    fc.assert(fc.property(fc.constantFrom(...bundles.birth!.targets.filter((t) => t.basis === 'consent')), fc.subarray(every), (target, extra) => {
      const allowed = agreement({ programme: `ca/${target.kind}`, fields: [...new Set([...target.shares, ...extra])] });
      const acts = [granted(target.target), granted(target.target, { personId: 'parent-2' })];
      const { answer: said, line } = disclose(file({ acts }), request({ target: target.target, programme: `ca/${target.kind}` }), [allowed], NOW);
      expect(said.released && Object.keys(said.shared).every((f) => target.shares.includes(f as FieldName))).toBe(true);
      // The child's new number, which the vault also holds, is in no projection; the line names fields and never a value.
      const sin = said.released && target.shares.includes('signatory.sin') ? [] : ['046454286'];
      for (const value of [...sin, 'thaddeus@example.org'].filter((v) => !(v.includes('@') && target.shares.includes('contact.ways')))) expect(JSON.stringify(said)).not.toContain(value);
      for (const value of ['Juniper', 'Quillfeather', 'M5V', '046454286']) expect(JSON.stringify(line)).not.toContain(value);
    }));
  });

  it('is nothing where the agreement lacks a field: never a part of what was consented to', () => {
    expect(answer(file(), request(), agreement({ fields: sinTarget.shares.slice(1) }))).toEqual({ deliveryId: request().deliveryId, released: false, reason: 'agreement' });
  });

  it('names the signatory of the target: the mother for child benefits, with her number and not the child’s', () => {
    const benefits = targetOf('birth', 'child-benefits')!;
    const said = answer(file({ acts: [granted('child-benefits', { personId: 'parent-2' })], yields: { registrationNumber: 'x', sin: '130692544' } }), request({ target: 'child-benefits', programme: 'ca/child-benefits' }),
      agreement({ programme: 'ca/child-benefits', fields: benefits.shares }));
    expect(said).toMatchObject({ released: true, shared: { 'signatory.sin': '046454286', 'signatory.names': { family: 'Marchbanks' } } });
    expect(JSON.stringify(said)).not.toContain('130692544');
  });
});

describe('nothing leaves', () => {
  const refused = (reason: 'consent' | 'lapsed' | 'agreement' | 'suppressed' | 'erased') => ({ deliveryId: request().deliveryId, released: false, reason });

  it('without the signatory’s consent, after it was withdrawn, or after it lapsed', () => {
    expect(answer(file({ acts: [] }), request(), agreement())).toEqual(refused('consent'));
    expect(answer(file({ acts: [granted('sin', { personId: 'parent-2' })] }), request(), agreement())).toEqual(refused('consent'));
    expect(answer(file({ acts: [granted('sin'), granted('sin', { decision: 'withdrawn' })] }), request(), agreement())).toEqual(refused('consent'));
    expect(answer(file({ acts: [granted('sin', { expiresAt: NOW })] }), request(), agreement())).toEqual(refused('lapsed'));
    expect(answer(file({ acts: [granted('sin', { expiresAt: NOW }), granted('sin', { decision: 'withdrawn' })] }), request(), agreement())).toEqual(refused('consent'));
    expect(answer(file({ acts: [granted('sin', { expiresAt: NOW + 1 })] }), request(), agreement())).toMatchObject({ released: true });
  });

  it('without an agreement, before it begins, on the day it ends, or for a kind it does not cover', () => {
    expect(answer(file(), request())).toEqual(refused('agreement'));
    expect(answer(file(), request(), agreement({ from: '2026-03-03' }))).toEqual(refused('agreement'));
    expect(answer(file(), request(), agreement({ to: '2026-03-02' }))).toEqual(refused('agreement'));
    expect(answer(file(), request(), agreement({ to: '2026-03-03' }))).toMatchObject({ released: true });
    expect(answer(file(), request({ kind: 'amend' }), agreement({ kinds: ['tell'] }))).toEqual(refused('agreement'));
    expect(answer(file(), request(), agreement({ programme: 'ca/child-benefits' }))).toEqual(refused('agreement'));
  });

  it('once the declaration was destroyed', () => {
    expect(answer(file({ declaration: undefined }), request(), agreement())).toEqual(refused('erased'));
    expect(answer(undefined, request(), agreement())).toEqual(refused('erased'));
  });

  it('to a programme from which a circumstance told meanwhile keeps it: an address now protected is not sent by a retry', () => {
    const savings = targetOf('birth', 'education-savings')!;
    const said = (circumstances: ('protected-address' | 'adoption-placement')[]) => answer(file({ declaration: aBirth({ circumstances }), acts: [granted('education-savings')] }),
      request({ target: 'education-savings', programme: 'ca-on/education-savings' }), agreement({ programme: 'ca-on/education-savings', fields: savings.shares }));
    expect(said(['protected-address'])).toEqual(refused('suppressed'));
    expect(said(['adoption-placement'])).toMatchObject({ released: true });
  });

  it('and then no access line is written', () => {
    expect(disclose(file({ acts: [] }), request(), [agreement()], NOW).line).toBeUndefined();
  });
});

describe('a stop and a recall', () => {
  it.each(['stop', 'recall'] as const)('%s: carries no field, and reaches who was told even after consent, agreement or declaration are gone', (kind) => {
    for (const [f, a] of [[file(), agreement()], [file({ acts: [] }), agreement()], [file(), agreement({ to: '2025-01-01' })], [file({ declaration: undefined }), agreement()]] as const) {
      const { answer: said, line } = disclose(f, request({ kind, revision: 2 }), [a], NOW);
      expect(said).toMatchObject({ released: true, shared: {} });
      expect(line).toMatchObject({ kind, fields: [] });
    }
  });
});

describe('asking an authority about a person', () => {
  const question = { questionId: '0190a000-0000-7000-8000-00000000000e', caseId, personId: 'parent-2', authority: 'ca' } as const;

  it('tells names, date and place of birth, and nothing else, and is written down', () => {
    const { answer: said, line } = discloseIdentity(file(), question, NOW);
    expect(said).toEqual({ questionId: question.questionId, names: { given: ['Ottoline'], family: 'Marchbanks' }, birthDate: '1992-07-08', birthPlace: { country: 'IN' } });
    expect(line).toMatchObject({ target: 'identity', programme: 'ca/identity', kind: 'identify', personId: 'parent-2', basis: 'law', fields: ['identity.names', 'identity.birthDate', 'identity.birthPlace'] });
  });

  it('asks nothing about somebody the declaration does not name', () => {
    expect(discloseIdentity(file(), { ...question, personId: 'parent-3' }, NOW)).toEqual({ answer: undefined });
  });
});

it('a delivery sent again adds to its line instead of making another', () => {
  const line = disclose(file(), request(), [agreement()], NOW).line!;
  expect(resent(line, { ...line, at: NOW + 5, fields: [...line.fields, 'child.multipleBirth'] })).toEqual({ ...line, count: 2, lastAt: NOW + 5, fields: [...line.fields, 'child.multipleBirth'] });
});
