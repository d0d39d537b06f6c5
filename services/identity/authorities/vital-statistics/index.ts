import { PROVINCES_AND_TERRITORIES } from '#contracts/words.js';
import type { AuthorityKind } from '../authority-kind.js';
import { readPcimAnswer } from '../pcim.js';

/** The register of births of a province or territory, for everyone born there, wherever they live now. */
export const vitalStatistics: AuthorityKind = {
  kind: 'vital-statistics',
  confirms: PROVINCES_AND_TERRITORIES,
  toRequest: ({ names, birthDate, authority }) => ({ names: { given: names.given, family: names.family }, birthDate, birthPlace: { jurisdiction: authority } }),
  toAnswer: readPcimAnswer,
};
