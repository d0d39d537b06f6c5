import { defineAdapter } from '../adapter.js';
import { asDeclared, compact, languageOf } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** A referral to the promoter a parent chose, who calls back about an education savings plan. No number, no address, nothing of the child. */
export const educationSavings = defineAdapter({
  kind: 'education-savings',
  needs,
  agreements,
  codes: {
    REFERRED: { state: 'final', status: 'handed-over', outcome: 'referred' },
    PROMOTER_UNAVAILABLE: { state: 'refused', status: 'handed-over', reason: 'promoter-unavailable' },
  },
  toRequest: (shared) => {
    const [name, ways] = [shared['signatory.names'], shared['contact.ways']];
    return compact({
      promoter: shared['choice.promoter'],
      contact: compact({ ...(name && asDeclared(name)), email: ways?.email, telephone: ways?.telephone, preferredLanguage: languageOf(shared['contact.language']) }),
    });
  },
});
