import { defineAdapter } from '../adapter.js';
import { addressOf, compact, inRoman, languageOf, provinceOf } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** An application for a newborn's Social Insurance Number, made by the registrar for a parent (SOR/2013-82, s. 3(2)). Roman letters only. */
export const sin = defineAdapter({
  kind: 'sin',
  needs,
  agreements,
  codes: {
    ISSUED: { state: 'final', status: 'completed', outcome: 'issued', yields: ['sin'] },
    ALREADY_ISSUED: { state: 'final', status: 'already-known', outcome: 'already-issued', yields: ['sin'] },
    PARENT_STATUS: { state: 'refused', status: 'handed-over', reason: 'sin-parent-status' },
    NOT_AVAILABLE_TERRITORY: { state: 'refused', status: 'handed-over', reason: 'sin-not-through-territory' },
  },
  toRequest: (shared) => {
    const [name, place, multiple, address] = [shared['child.names'], shared['birth.place'], shared['child.multipleBirth'], shared['residence.address']];
    return compact({
      applicationType: 'first-sin',
      person: compact({ ...(name && inRoman(name)), gender: shared['child.sex'], dateOfBirth: shared['birth.date'] }),
      birthDetails: compact({ country: 'CA', province: place && provinceOf(place.jurisdiction), city: place?.municipality, fromMultipleBirth: multiple !== undefined, birthOrder: multiple?.order }),
      parents: (shared['parents.names'] ?? []).map((p) => inRoman(p.names)),
      birthRegistrationNumber: shared['yield.registrationNumber'],
      mailingAddress: address && addressOf(address),
      correspondenceLanguage: languageOf(shared['contact.language']),
    });
  },
});
