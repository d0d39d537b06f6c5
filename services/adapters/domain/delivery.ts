import type { DeliveryKind, ProgrammeId } from '#contracts/words.js';

/** Where a delivery belongs; everything needed to send it again or to place its answer. */
export interface Delivery {
  readonly caseId: string;
  readonly deliveryId: string;
  /** The delivery that first told the programme. */
  readonly tellId: string;
  readonly target: string;
  readonly programme: ProgrammeId;
  readonly kind: DeliveryKind;
  readonly revision: number;
}

/** A delivery still on its way: one row, until the programme has answered. */
export interface OpenAttempt extends Delivery {
  /** How often it was tried, queries by key included. */
  readonly attempts: number;
  /** `unsent`: nothing left yet · `failed`: it certainly did not arrive · `unknown`: it may have. */
  readonly state: 'unsent' | 'failed' | 'unknown';
  /** When the first try was due; after a week of tries we give up. */
  readonly since: number;
  readonly dueAt: number;
}
