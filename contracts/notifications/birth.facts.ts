import type { ConsentFact, PlanningFacts } from '../bundles/facts.js';
import type { BirthDeclaration } from './birth.js';

/** What the planner may know of a birth declaration: codes and yes-or-no, drawn here and nowhere else. */
export const birthFacts = (caseId: string, d: BirthDeclaration, consents: readonly ConsentFact[]): PlanningFacts => ({
  caseId,
  lifeEvent: 'birth',
  outcome: d.birth.outcome,
  eventDate: d.birth.date,
  placeOfEvent: d.birth.jurisdiction,
  residence: d.residence.jurisdiction,
  people: d.parents.map((p) => ({
    personId: p.id,
    roles: p.role === 'gave-birth' ? ['parent', 'gave-birth'] : ['parent'],
    legalStatus: p.legalStatus,
    hasSin: p.sin !== undefined,
    hasHealthNumber: p.healthNumber?.jurisdiction === d.residence.jurisdiction,
  })),
  notifierPersonId: d.notifier,
  circumstances: d.circumstances ?? [],
  consents,
  indigenousInterest: d.choices?.indianRegistration === true,
  promoterChosen: d.choices?.promoter !== undefined,
});
