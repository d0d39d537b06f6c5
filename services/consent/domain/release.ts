import { targetOf } from '#contracts/bundles/index.js';
import type { AgreementRecord, IdentityAnswerable, IdentityQuestion, ReleaseAnswer, ReleaseRequest } from '#contracts/apis/vault.js';
import { project, type FieldName } from '#contracts/notifications/fields.js';
import { agreementInForce, newestAgreement } from './agreement.js';
import { IDENTITY_FIELDS, type AccessLine, type CaseFile } from './case-file.js';
import { consentInForce, signatoryOf } from './consent.js';

export interface Disclosure<A> {
  readonly answer: A;
  /** Absent when nothing leaves. */
  readonly line?: AccessLine;
}

/** What leaves for one delivery at this instant, with the line that says so. */
export const disclose = (file: CaseFile | undefined, request: ReleaseRequest, agreements: readonly AgreementRecord[], now: number): Disclosure<ReleaseAnswer> => {
  const { deliveryId, programme, kind } = request;
  const nothing = (reason: 'consent' | 'agreement' | 'erased'): Disclosure<ReleaseAnswer> => ({ answer: { deliveryId, released: false, reason } });
  if (!file?.declaration) return nothing('erased');
  const { declaration, acts, yields } = file;
  const target = targetOf(declaration.lifeEvent, request.target);
  if (!target) throw new Error(`no bundle of ${declaration.lifeEvent} has the target ${request.target}`);

  // "Stop" and "it was not so" carry no field, and reach whoever was told even after consent or agreement ended.
  const notice = kind === 'stop' || kind === 'recall';
  const signatory = signatoryOf(target, declaration);
  if (!notice && target.basis === 'consent' && (!signatory || !consentInForce(acts, target.target, signatory.id, now))) return nothing('consent');
  const agreement = agreementInForce(agreements, programme, kind, notice ? [] : target.shares, now) ?? (notice ? newestAgreement(agreements, programme) : undefined);
  if (!agreement) return nothing('agreement');

  const shared = notice ? {} : project(target.shares, { declaration, signatory, yields });
  return {
    answer: { deliveryId, released: true, shared, agreement: agreement.id },
    line: {
      deliveryId, target: target.target, programme, kind, agreement: agreement.id, fields: Object.keys(shared) as FieldName[], purpose: target.purpose, basis: target.basis, at: now, count: 1,
    },
  };
};

/** What an authority is told to confirm a person: names, date and place of birth, and nothing else. */
export const discloseIdentity = (file: CaseFile | undefined, question: IdentityQuestion, now: number): Disclosure<IdentityAnswerable | undefined> => {
  const person = file?.declaration?.parents.find((p) => p.id === question.personId);
  if (!person) return { answer: undefined };
  const { questionId, personId, authority } = question;
  return {
    answer: { questionId, names: { given: person.names.given, family: person.names.family }, birthDate: person.birthDate, birthPlace: person.birthPlace },
    line: {
      deliveryId: questionId, target: 'identity', programme: `${authority}/identity`, kind: 'identify', personId, agreement: `identity/${authority}`, fields: IDENTITY_FIELDS,
      purpose: 'confirm-identity', basis: 'law', at: now, count: 1,
    },
  };
};

/** The line of a delivery that was released before, with this release added. */
export const resent = (line: AccessLine, again: AccessLine): AccessLine =>
  ({ ...line, agreement: again.agreement, fields: [...new Set([...line.fields, ...again.fields])], count: line.count + 1, lastAt: again.at });
