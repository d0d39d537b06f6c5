import type { AgreementRecord } from '#contracts/apis/vault.js';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import type { FieldName } from '#contracts/notifications/fields.js';
import type { DeliveryKind, JurisdictionId, ProgrammeId } from '#contracts/words.js';

/** From the day it begins until the day it ends, which it no longer covers, as its jurisdiction counts days. */
const holds = ({ programme, from, to }: AgreementRecord, now: number): boolean => {
  const today = isoDateIn(programme.slice(0, programme.indexOf('/')) as JurisdictionId, now);
  return from <= today && (to === undefined || today < to);
};

const newestFirst = (a: AgreementRecord, b: AgreementRecord): number => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0);

/** The agreement under which a programme may receive these fields at this instant. */
export const agreementInForce = (agreements: readonly AgreementRecord[], programme: ProgrammeId, kind: DeliveryKind, shares: readonly FieldName[], now: number): AgreementRecord | undefined =>
  agreements
    .filter((a) => a.programme === programme && a.kinds.includes(kind) && shares.every((field) => a.fields.includes(field)) && holds(a, now))
    .sort(newestFirst)[0];

/** The newest agreement with a programme, in force or not: who was told under it is also told to stop. */
export const newestAgreement = (agreements: readonly AgreementRecord[], programme: ProgrammeId): AgreementRecord | undefined =>
  agreements.filter((a) => a.programme === programme).sort(newestFirst)[0];
