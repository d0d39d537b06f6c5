import { JURISDICTIONS, PARENT_IDS } from '../words.js';
import { code, defineEvent, record } from './schema.js';

/** The answer was acceptable or no match, or the sign-in's claims differ: a person decides. */
export const ReviewOpenedV1 = defineEvent('identity.review-opened.v1', record({
  personId: code(PARENT_IDS), authority: code(JURISDICTIONS), reason: code(['acceptable-match', 'no-match', 'claims-differ']),
}));
