import type { AgreementRecord } from '#contracts/apis/vault.js';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import type { FieldName } from '#contracts/notifications/fields.js';
import type { DeliveryKind, JurisdictionId, ProgrammeId } from '#contracts/words.js';
import { groupBy } from '#libs/kernel/index.js';

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

export interface Lapse {
  readonly programme: ProgrammeId;
  /** The agreement after which no other takes over. */
  readonly agreement: string;
  /** The first day nothing can be told any more. */
  readonly on: string;
}

/** Where no agreement will cover new deliveries on the day `until` (ISO date) any more, or covers them now. */
export const lapses = (agreements: readonly AgreementRecord[], until: string): readonly Lapse[] => {
  const found: Lapse[] = [];
  for (const [programme, list] of groupBy(agreements.filter((a) => a.kinds.includes('tell')), (a) => a.programme)) {
    const [first, ...later] = list.toSorted((a, b) => -newestFirst(a, b));
    let last = first!;
    for (const next of later) if (last.to !== undefined && next.from <= last.to && (next.to === undefined || next.to > last.to)) last = next;
    if (last.to !== undefined && last.to <= until && !list.some((a) => a.from <= until && (a.to === undefined || until < a.to))) found.push({ programme, agreement: last.id, on: last.to });
  }
  return found;
};
