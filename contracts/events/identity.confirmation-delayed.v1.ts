import { JURISDICTIONS, PARENT_IDS } from '../words.js';
import { code, count, defineEvent, record } from './schema.js';

/** The authority could not be reached; it is asked again. Identity is never self-declared instead. */
export const ConfirmationDelayedV1 = defineEvent('identity.confirmation-delayed.v1', record({
  personId: code(PARENT_IDS), authority: code(JURISDICTIONS), attempts: count,
}));
