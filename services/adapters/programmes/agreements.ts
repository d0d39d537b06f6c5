import type { AgreementRecord } from '#contracts/apis/vault.js';
import type { FieldName } from '#contracts/notifications/fields.js';
import type { JurisdictionId, ProgrammeId } from '#contracts/words.js';

/** What the agreements of one kind of programme have in common; each jurisdiction signs its own. */
export interface AgreementTerms {
  readonly kind: string;
  readonly fields: readonly FieldName[];
  readonly purpose: string;
  /** The law each party stands on. */
  readonly authority: Partial<Readonly<Record<JurisdictionId, string>>>;
  readonly from: string;
  readonly to?: string;
}

/**
 * The agreements an adapter stands on. They are models of what a real exchange would need: a real one is signed by both parties
 * before its line is added here. One record per jurisdiction named in `authority`, such as `ca-on/birth-registration/2024-1`, for all
 * four kinds of delivery.
 */
export const agreementsOf = ({ kind, fields, purpose, authority, from, to }: AgreementTerms, number = 1): readonly AgreementRecord[] =>
  Object.entries(authority).map(([jurisdiction, law]) => ({
    id: `${jurisdiction}/${kind}/${from.slice(0, 4)}-${number}`, programme: `${jurisdiction}/${kind}` as ProgrammeId, kinds: ['tell', 'amend', 'recall', 'stop'],
    fields, purpose, authority: law, from, ...(to !== undefined && { to }),
  }));
