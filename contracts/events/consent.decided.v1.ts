import { PARENT_IDS } from '../words.js';
import { code, defineEvent, list, record, word } from './schema.js';

/** A signatory granted, refused or withdrew, after the case was opened. */
export const ConsentDecidedV1 = defineEvent('consent.decided.v1', record({
  decisions: list(record({ target: word, personId: code(PARENT_IDS), decision: code(['granted', 'refused', 'withdrawn']) })),
}));
