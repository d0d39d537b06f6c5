import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import type { ConsentDecision, Stated } from '#contracts/apis/vault.js';
import type { FieldName } from '#contracts/notifications/fields.js';
import type { DeliveryKind, ParentId, ProgrammeId } from '#contracts/words.js';

/** A decision as it was recorded; `expiresAt` where its notice limits it. */
export interface RecordedDecision extends ConsentDecision {
  readonly expiresAt?: number;
}

/** One act of deciding: who stated which decisions at once. Never changed after it was written. */
export interface Act {
  /** Numbers the acts of a case from 1. */
  readonly seq: number;
  readonly at: number;
  readonly by: Stated;
  readonly decisions: readonly RecordedDecision[];
}

export const IDENTITY_FIELDS = ['identity.names', 'identity.birthDate', 'identity.birthPlace'] as const;

/** One disclosure as the citizen reads it. A resend of the same delivery adds to `count`. */
export interface AccessLine {
  /** The delivery, or the identity question. */
  readonly deliveryId: string;
  /** `identity` when an authority was asked to confirm a person. */
  readonly target: string;
  readonly programme: ProgrammeId;
  readonly kind: DeliveryKind | 'identify';
  /** Whom an identity question was about. */
  readonly personId?: ParentId;
  readonly agreement: string;
  readonly fields: readonly (FieldName | (typeof IDENTITY_FIELDS)[number])[];
  readonly purpose: string;
  readonly basis: 'law' | 'consent';
  readonly at: number;
  readonly count: number;
  /** The newest resend. */
  readonly lastAt?: number;
  /** The asking counted last, where askings are told apart. */
  readonly attempt?: string;
}

/** All the vault holds of a case. */
export interface CaseFile {
  readonly caseId: string;
  /** Of the newest declaration. */
  readonly version: number;
  /** Undefined once its key was destroyed. */
  readonly declaration: BirthDeclaration | undefined;
  readonly acts: readonly Act[];
  readonly yields: Readonly<Record<string, string>>;
  readonly lines: readonly AccessLine[];
}

/** The same file after another act. A file may open what is sealed only when it is asked: so it is copied by name. */
export const withActs = ({ caseId, version, declaration, yields, lines }: CaseFile, acts: readonly Act[]): CaseFile => ({ caseId, version, declaration, acts, yields, lines });
