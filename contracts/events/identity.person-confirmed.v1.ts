import { JURISDICTIONS, PARENT_IDS, RESOLUTIONS } from '../words.js';
import { code, defineEvent, record } from './schema.js';

/** The authority of the place of birth, or a reviewer with evidence, confirmed a person. */
export const PersonConfirmedV1 = defineEvent('identity.person-confirmed.v1', record({
  personId: code(PARENT_IDS), authority: code(JURISDICTIONS), resolution: code(RESOLUTIONS), by: code(['authority', 'reviewer']),
}));
