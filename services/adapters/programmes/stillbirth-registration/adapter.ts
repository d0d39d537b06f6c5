import { defineAdapter } from '../adapter.js';
import { statementOf } from '../statement.js';
import { agreements, needs } from './agreement.js';

/** The statement of a stillbirth. The registrar tells Statistics Canada; we never do. */
export const stillbirthRegistration = defineAdapter({
  kind: 'stillbirth-registration',
  needs,
  agreements,
  codes: {
    REGISTERED: { state: 'final', status: 'completed', outcome: 'registered' },
    AWAITING_NOTICE: { state: 'in-progress', status: 'in-progress', reason: 'awaiting-hospital-notice' },
    MISMATCH: { state: 'action-required', status: 'action-required', reason: 'statements-do-not-match' },
  },
  toRequest: statementOf,
});
