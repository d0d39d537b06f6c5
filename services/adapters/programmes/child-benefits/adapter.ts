import { defineAdapter } from '../adapter.js';
import { addressOf, compact, inRoman, placeOf } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** The automated benefits application: the mother's request, with her number and never the child's. Roman letters only. */
export const childBenefits = defineAdapter({
  kind: 'child-benefits',
  needs,
  agreements,
  codes: {
    APPLIED: { state: 'final', status: 'completed', outcome: 'applied' },
    INFO_NEEDED: { state: 'action-required', status: 'action-required', reason: 'information-needed' },
    NOT_ELIGIBLE: { state: 'refused', status: 'handed-over', reason: 'child-benefits-rc66' },
  },
  toRequest: (shared) => {
    const [mother, child, born, place, address] = [shared['signatory.names'], shared['child.names'], shared['signatory.birthPlace'], shared['birth.place'], shared['residence.address']];
    return compact({
      applicant: compact({
        ...(mother && inRoman(mother)), dateOfBirth: shared['signatory.birthDate'], placeOfBirth: born && placeOf(born),
        socialInsuranceNumber: shared['signatory.sin'], mailingAddress: address && addressOf(address),
      }),
      child: compact({
        ...(child && inRoman(child)), gender: shared['child.sex'], dateOfBirth: shared['birth.date'],
        placeOfBirth: place && { city: place.municipality, ...placeOf(place) }, birthRegistrationNumber: shared['yield.registrationNumber'],
      }),
    });
  },
});
