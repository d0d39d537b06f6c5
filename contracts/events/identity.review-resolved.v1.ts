import { EVIDENCE_CODES, PARENT_IDS, REVIEW_DECISIONS } from '../words.js';
import { code, defineEvent, optional, record } from './schema.js';

/** A reviewer asked the citizen to correct what was told, or refused; acceptance is `person-confirmed`. */
export const ReviewResolvedV1 = defineEvent('identity.review-resolved.v1', record({
  personId: code(PARENT_IDS), decision: code(REVIEW_DECISIONS), evidence: optional(code(EVIDENCE_CODES)),
}));
