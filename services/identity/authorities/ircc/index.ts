import type { AuthorityKind } from '../authority-kind.js';
import { readPcimAnswer } from '../pcim.js';

/** Immigration, Refugees and Citizenship Canada, for everyone born abroad: citizens, permanent and temporary residents, claimants. */
export const ircc: AuthorityKind = {
  kind: 'ircc',
  confirms: ['ca'],
  toRequest: ({ names, birthDate, birthPlace }) => ({ names: { given: names.given, family: names.family }, birthDate, birthPlace: { country: birthPlace.country } }),
  toAnswer: readPcimAnswer,
};
