import { AMENDMENT_REASONS } from '../words.js';
import { code, count, defineEvent, list, record, word } from './schema.js';

/** The declaration has a new version; `targets` are those with whom a changed field is shared. */
export const CaseAmendedV1 = defineEvent('intake.case-amended.v1', record({
  version: count, reason: code(AMENDMENT_REASONS), targets: list(word),
}));
