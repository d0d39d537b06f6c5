import { CANCELLATION_REASONS } from '../words.js';
import { code, defineEvent, record } from './schema.js';

/** What was told is taken back; everyone told receives a recall. */
export const CaseCancelledV1 = defineEvent('intake.case-cancelled.v1', record({ reason: code(CANCELLATION_REASONS) }));
