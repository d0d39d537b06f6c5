import { CaseAdvancedV1 } from './bundling.case-advanced.v1.js';
import { delivery, inBrief } from './bundling.delivery.js';
import { consentOf, face, planned, statedOf } from './bundling.target-face.js';
import { caseStatus, defineEvent, follows, instant, list, optional, record } from './schema.js';

const fromV1 = follows(CaseAdvancedV1, ({ targets, deliveries, ...rest }) => ({ ...rest, ...statedOf(targets), deliveries: inBrief(deliveries) }));

/**
 * Something moved: where the targets that changed stand now. Consents where they changed, plans where an amendment made them anew.
 * `deliveries` are to be handed over now.
 */
export const CaseAdvancedV2 = defineEvent('bundling.case-advanced.v2', record({
  status: caseStatus, settledAt: optional(instant), planned: optional(list(planned)), consents: optional(list(consentOf)), faces: list(face), deliveries: list(delivery),
}), fromV1);
