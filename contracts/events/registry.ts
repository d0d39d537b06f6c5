/** One line an event type and version, for every version ever released. */
export { CaseAdvancedV1 } from './bundling.case-advanced.v1.js';
export { CaseAdvancedV2 } from './bundling.case-advanced.v2.js';
export { CaseAmendedV1 } from './intake.case-amended.v1.js';
export { CaseCancelledV1 } from './intake.case-cancelled.v1.js';
export { CaseOpenedV1 } from './intake.case-opened.v1.js';
export { CasePlannedV1 } from './bundling.case-planned.v1.js';
export { CasePlannedV2 } from './bundling.case-planned.v2.js';
export { ConfirmationDelayedV1 } from './identity.confirmation-delayed.v1.js';
export { ConsentDecidedV1 } from './consent.decided.v1.js';
export { DeliveriesProgressedV1 } from './adapters.deliveries-progressed.v1.js';
export { DeliveriesProgressedV2 } from './adapters.deliveries-progressed.v2.js';
export { DuplicateResolvedV1 } from './intake.duplicate-resolved.v1.js';
export { PartyJoinedV1 } from './intake.party-joined.v1.js';
export { PersonConfirmedV1 } from './identity.person-confirmed.v1.js';
export { ReviewOpenedV1 } from './identity.review-opened.v1.js';
export { ReviewResolvedV1 } from './identity.review-resolved.v1.js';
