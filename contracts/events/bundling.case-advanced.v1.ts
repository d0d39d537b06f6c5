import { queuedDelivery, targetView } from './bundling.target-view.js';
import { caseStatus, defineEvent, instant, list, optional, record } from './schema.js';

/** Targets changed; only those that did are listed. `deliveries` are to be handed over now. */
export const CaseAdvancedV1 = defineEvent('bundling.case-advanced.v1', record({
  status: caseStatus, settledAt: optional(instant), targets: list(targetView), deliveries: list(queuedDelivery),
}));
