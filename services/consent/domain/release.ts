import { bundles, targetOf, type Target } from '#contracts/bundles/index.js';
import type { AgreementRecord, IdentityAnswerable, IdentityQuestion, ReleaseAnswer, ReleaseRequest } from '#contracts/apis/vault.js';
import { project, type FieldName, type Shared } from '#contracts/notifications/fields.js';
import { agreementInForce, newestAgreement } from './agreement.js';
import { IDENTITY_FIELDS, type AccessLine, type CaseFile } from './case-file.js';
import { consentOf, signatoryOf } from './consent.js';

export interface Disclosure<A> {
  readonly answer: A;
  /** Absent when nothing leaves. */
  readonly line?: AccessLine;
}

/** What leaves for one delivery at this instant, with the line that says so. */
export const disclose = (file: CaseFile | undefined, request: ReleaseRequest, agreements: readonly AgreementRecord[], now: number): Disclosure<ReleaseAnswer> => {
  const { deliveryId, programme, kind } = request;
  const nothing = (reason: 'consent' | 'lapsed' | 'suppressed' | 'erased'): Disclosure<ReleaseAnswer> => ({ answer: { deliveryId, released: false, reason } });
  if (!file) return nothing('erased');
  const { declaration, acts, yields } = file;
  const target = declaration ? targetOf(declaration.lifeEvent, request.target) : Object.values(bundles).flatMap((b) => b.targets).find((t) => t.target === request.target);
  if (!target) throw new Error(`no bundle has the target ${request.target}`);

  // "Stop" and "it was not so" carry no field, and reach whoever was told even after consent, agreement or declaration are gone.
  if (kind === 'stop' || kind === 'recall') return disclosed(request, target, agreementInForce(agreements, programme, kind, [], now) ?? newestAgreement(agreements, programme), {}, now);
  if (!declaration) return nothing('erased');
  if (declaration.circumstances?.some((circumstance) => target.suppressedBy?.[circumstance])) return nothing('suppressed');
  const signatory = signatoryOf(target, declaration);
  const consent = target.basis === 'law' ? 'in-force' : signatory ? consentOf(acts, target.target, signatory.id, now) : 'none';
  if (consent !== 'in-force') return nothing(consent === 'lapsed' ? 'lapsed' : 'consent');
  return disclosed(request, target, agreementInForce(agreements, programme, kind, target.shares, now), project(target.shares, { declaration, signatory, yields }), now);
};

const disclosed = ({ deliveryId, programme, kind, attempt }: ReleaseRequest, target: Target, agreement: AgreementRecord | undefined, shared: Shared, now: number): Disclosure<ReleaseAnswer> => {
  if (!agreement) return { answer: { deliveryId, released: false, reason: 'agreement' } };
  const line: AccessLine = {
    deliveryId, target: target.target, programme, kind, agreement: agreement.id, fields: Object.keys(shared) as FieldName[], purpose: target.purpose, basis: target.basis, at: now, count: 1,
  };
  return { answer: { deliveryId, released: true, shared, agreement: agreement.id }, line: attempt === undefined ? line : { ...line, attempt } };
};

/** What an authority is told to confirm a person: names, date and place of birth, and nothing else. */
export const discloseIdentity = (file: CaseFile | undefined, question: IdentityQuestion, now: number): Disclosure<IdentityAnswerable | undefined> => {
  const person = file?.declaration?.parents.find((p) => p.id === question.personId);
  if (!person) return { answer: undefined };
  const { questionId, personId, authority, attempt } = question;
  return {
    answer: { questionId, names: { given: person.names.given, family: person.names.family }, birthDate: person.birthDate, birthPlace: person.birthPlace },
    line: {
      deliveryId: questionId, target: 'identity', programme: `${authority}/identity`, kind: 'identify', personId, agreement: `identity/${authority}`, fields: IDENTITY_FIELDS,
      purpose: 'confirm-identity', basis: 'law', at: now, count: 1, ...(attempt !== undefined && { attempt }),
    },
  };
};

/** The line of a delivery that was released before, with this release added; the same asking once more adds nothing. */
export const resent = (line: AccessLine, again: AccessLine): AccessLine => {
  if (again.attempt !== undefined && again.attempt === line.attempt) return line;
  return {
    ...line, agreement: again.agreement, fields: [...new Set([...line.fields, ...again.fields])], count: line.count + 1, lastAt: again.at,
    ...(again.attempt !== undefined && { attempt: again.attempt }),
  };
};
