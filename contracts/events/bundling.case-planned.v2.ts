import { CasePlannedV1 } from './bundling.case-planned.v1.js';
import { delivery, inBrief } from './bundling.delivery.js';
import { face, planned, statedOf } from './bundling.target-face.js';
import { caseStatus, count, defineEvent, follows, instant, list, optional, record } from './schema.js';

const fromV1 = follows(CasePlannedV1, ({ targets, deliveries, ...rest }) => ({ ...rest, ...statedOf(targets), deliveries: inBrief(deliveries) }));

/** The bundle was resolved for this case: every target it has, where each stands, and what is to be handed over now. */
export const CasePlannedV2 = defineEvent('bundling.case-planned.v2', record({
  status: caseStatus, settledAt: optional(instant), bundleVersion: count, planned: list(planned), faces: list(face), deliveries: list(delivery),
}), fromV1);
