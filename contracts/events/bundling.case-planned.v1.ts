import { queuedDelivery, targetView } from './bundling.target-view.js';
import { caseStatus, count, defineEvent, instant, list, optional, record } from './schema.js';

/** The bundle was resolved for this case: every target it has, and whom each waits for. */
export const CasePlannedV1 = defineEvent('bundling.case-planned.v1', record({
  status: caseStatus, settledAt: optional(instant), bundleVersion: count, targets: list(targetView), deliveries: list(queuedDelivery),
}));
