import { TERRITORIES } from '../words.js';
import type { LegalStatus, PlanningFacts } from './facts.js';

const SETTLED_STATUS: readonly LegalStatus[] = ['citizen', 'permanent-resident'];
const birthGiver = (f: PlanningFacts) => f.people.find((p) => p.roles.includes('gave-birth'));

/** Named, pure conditions over planning facts: the whole language in which a bundle speaks of eligibility. */
export const conditions = {
  liveBirth: (f: PlanningFacts) => f.outcome === 'live-birth',
  stillbirth: (f: PlanningFacts) => f.outcome === 'stillbirth',
  bornInProvince: (f: PlanningFacts) => !TERRITORIES.includes(f.placeOfEvent),
  bornOutsideNunavut: (f: PlanningFacts) => f.placeOfEvent !== 'ca-nu',
  aParentIsCitizenOrPermanentResident: (f: PlanningFacts) =>
    f.people.some((p) => p.roles.includes('parent') && SETTLED_STATUS.includes(p.legalStatus)),
  birthGiverDeclared: (f: PlanningFacts) => birthGiver(f) !== undefined,
  birthGiverIsCitizenOrPermanentResident: (f: PlanningFacts) => {
    const mother = birthGiver(f);
    return mother !== undefined && SETTLED_STATUS.includes(mother.legalStatus);
  },
  birthGiverGaveSin: (f: PlanningFacts) => birthGiver(f)?.hasSin === true,
  birthGiverGaveHealthNumber: (f: PlanningFacts) => birthGiver(f)?.hasHealthNumber === true,
  liveBirthAndResidesInQuebec: (f: PlanningFacts) => f.outcome === 'live-birth' && f.residence === 'ca-qc',
  bornWhereTheFamilyLives: (f: PlanningFacts) => f.placeOfEvent === f.residence,
  promoterChosen: (f: PlanningFacts) => f.promoterChosen,
  liveBirthAndIndigenousInterest: (f: PlanningFacts) => f.outcome === 'live-birth' && f.indigenousInterest,
} as const satisfies Record<string, (facts: PlanningFacts) => boolean>;

export type ConditionName = keyof typeof conditions;
