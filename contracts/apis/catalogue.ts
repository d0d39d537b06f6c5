import type { FieldName } from '../notifications/fields.js';
import type { AgreementRecord } from './vault.js';

/** What an adapter says of itself, for the check of the bundle at boot. */
export interface AdapterCard {
  readonly kind: string;
  readonly needs: readonly FieldName[];
  /** Every outcome code it can report. */
  readonly outcomes: readonly string[];
  readonly agreements: readonly AgreementRecord[];
}

/** The adapters' door. */
export abstract class AdapterCatalogue {
  abstract cards(): Promise<readonly AdapterCard[]>;
}
