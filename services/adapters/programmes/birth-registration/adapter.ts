import { defineAdapter } from '../adapter.js';
import { statementOf } from '../statement.js';
import { agreements, needs } from './agreement.js';

/** The parents' statement of a live birth, as the registrar general of the place of birth matches it with the hospital's notice. */
export const birthRegistration = defineAdapter({
  kind: 'birth-registration',
  needs,
  agreements,
  codes: {
    REGISTERED: { state: 'final', status: 'completed', outcome: 'registered', yields: ['registrationNumber'] },
    ALREADY_REGISTERED: { state: 'final', status: 'already-known', outcome: 'already-registered', yields: ['registrationNumber'] },
    AWAITING_NOTICE: { state: 'in-progress', status: 'in-progress', reason: 'awaiting-hospital-notice' },
    MISMATCH: { state: 'action-required', status: 'action-required', reason: 'statements-do-not-match' },
    DELAYED: { state: 'action-required', status: 'action-required', reason: 'delayed-registration' },
  },
  toRequest: statementOf,
});
