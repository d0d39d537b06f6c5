/** The published language of the log: every event type at every version ever released. A new version is a new file and one line here. */
import { DeliveriesProgressedV1 } from './adapters.deliveries-progressed.v1.js';
import { CaseAdvancedV1 } from './bundling.case-advanced.v1.js';
import { CasePlannedV1 } from './bundling.case-planned.v1.js';
import { ConsentDecidedV1 } from './consent.decided.v1.js';
import { ConfirmationDelayedV1 } from './identity.confirmation-delayed.v1.js';
import { PersonConfirmedV1 } from './identity.person-confirmed.v1.js';
import { ReviewOpenedV1 } from './identity.review-opened.v1.js';
import { ReviewResolvedV1 } from './identity.review-resolved.v1.js';
import { CaseAmendedV1 } from './intake.case-amended.v1.js';
import { CaseCancelledV1 } from './intake.case-cancelled.v1.js';
import { CaseOpenedV1 } from './intake.case-opened.v1.js';
import { DuplicateResolvedV1 } from './intake.duplicate-resolved.v1.js';
import { PartyJoinedV1 } from './intake.party-joined.v1.js';
import type { EventType } from './schema.js';

export const eventTypes: readonly EventType[] = [
  DeliveriesProgressedV1,
  CaseAdvancedV1,
  CasePlannedV1,
  ConsentDecidedV1,
  ConfirmationDelayedV1,
  PersonConfirmedV1,
  ReviewOpenedV1,
  ReviewResolvedV1,
  CaseAmendedV1,
  CaseCancelledV1,
  CaseOpenedV1,
  DuplicateResolvedV1,
  PartyJoinedV1,
] as readonly unknown[] as readonly EventType[];

export {
  DeliveriesProgressedV1,
  CaseAdvancedV1,
  CasePlannedV1,
  ConsentDecidedV1,
  ConfirmationDelayedV1,
  PersonConfirmedV1,
  ReviewOpenedV1,
  ReviewResolvedV1,
  CaseAmendedV1,
  CaseCancelledV1,
  CaseOpenedV1,
  DuplicateResolvedV1,
  PartyJoinedV1,
};
export type { DataOf, EventType } from './schema.js';
export type { QueuedDelivery, TargetView } from './bundling.target-view.js';
