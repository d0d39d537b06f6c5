import { defineAdapter } from '../adapter.js';
import { addressOf, compact, languageOf } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** The Québec Family Allowance: enrolment follows from the declaration of birth. */
export const familyAllowance = defineAdapter({
  kind: 'family-allowance',
  needs,
  agreements,
  codes: {
    ENROLLED: { state: 'final', status: 'completed', outcome: 'enrolled' },
  },
  toRequest: (shared) => {
    const [name, address] = [shared['child.names'], shared['residence.address']];
    const birthDates = new Map((shared['parents.birthDates'] ?? []).map((p) => [p.id, p.birthDate]));
    return compact({
      enfant: compact({ ...(name && { prenoms: name.given, nom: name.family }), sexe: shared['child.sex'], dateNaissance: shared['birth.date'], numeroInscription: shared['yield.registrationNumber'] }),
      parents: (shared['parents.names'] ?? []).map((p) => compact({ prenoms: p.names.given, nom: p.names.family, dateNaissance: birthDates.get(p.id) })),
      adresse: address && addressOf(address),
      langue: languageOf(shared['contact.language']),
    });
  },
});
