import { defineAdapter } from '../adapter.js';
import { addressOf, asDeclared, compact, languageOf, provinceOf } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** Enrolment of a newborn in the health insurance of the province where the family lives. */
export const healthCard = defineAdapter({
  kind: 'health-card',
  needs,
  agreements,
  codes: {
    ISSUED: { state: 'final', status: 'completed', outcome: 'issued', yields: ['healthNumber'] },
    PRE_ASSIGNED: { state: 'final', status: 'completed', outcome: 'pre-assigned' },
    PARENT_NOT_COVERED: { state: 'refused', status: 'handed-over', reason: 'parent-not-covered' },
  },
  toRequest: (shared) => {
    const [name, address, parent] = [shared['child.names'], shared['residence.address'], shared['birthGiver.healthNumber']];
    return compact({
      beneficiary: compact({ ...(name && asDeclared(name)), sex: shared['child.sex'], dateOfBirth: shared['birth.date'], birthRegistrationNumber: shared['yield.registrationNumber'] }),
      parent: parent && { healthNumber: parent.number, insuredIn: provinceOf(parent.jurisdiction) },
      residence: address && addressOf(address),
      language: languageOf(shared['contact.language']),
    });
  },
});
