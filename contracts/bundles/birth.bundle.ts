import type { Bundle, Target } from './bundle.js';

/** What every birth target that a parent may ask for has in common. */
const asked = { basis: 'consent', signatory: 'notifier', signWithinDays: 30, acceptsUnconfirmed: false } as const;
const PRIVATE = { status: 'handed-over', reason: 'address-protected' } as const;
const NOT_NOW = { status: 'not-applicable', reason: 'placement-or-dispute' } as const;

const registration: Target = {
  target: 'birth-registration', kind: 'birth-registration', resolvedBy: 'place-of-event', presentWhen: 'liveBirth', root: true, after: [],
  basis: 'law', signatory: 'notifier', signWithinDays: 30, purpose: 'register-birth', reversibility: 'hold', acceptsUnconfirmed: true,
  shares: ['child.names', 'child.sex', 'child.multipleBirth', 'birth.outcome', 'birth.date', 'birth.time', 'birth.place', 'birth.facility', 'parents.names', 'parents.birthDates', 'parents.birthPlaces', 'residence.address'],
};

const stillbirth: Target = {
  ...registration, target: 'stillbirth-registration', kind: 'stillbirth-registration', presentWhen: 'stillbirth', purpose: 'register-stillbirth',
};

const certificate: Target = {
  ...asked, target: 'birth-certificate', kind: 'birth-certificate', resolvedBy: 'place-of-event', presentWhen: 'liveBirth', after: ['birth-registration'],
  notice: 'birth-certificate.v1', purpose: 'issue-certificate', reversibility: 'hold',
  shares: ['yield.registrationNumber', 'choice.certificate', 'residence.address', 'signatory.names'],
  suppressedBy: { 'protected-address': PRIVATE },
};

const sin: Target = {
  ...asked, target: 'sin', kind: 'sin', resolvedBy: 'federal', presentWhen: 'liveBirth', after: ['birth-registration'],
  requires: [
    { condition: 'bornInProvince', otherwise: 'handed-over', reason: 'sin-not-through-territory' },
    { condition: 'aParentIsCitizenOrPermanentResident', otherwise: 'handed-over', reason: 'sin-parent-status' },
  ],
  notice: 'sin.v1', purpose: 'assign-sin', reversibility: 'irreversible',
  shares: ['child.names', 'child.sex', 'child.multipleBirth', 'birth.date', 'birth.place', 'parents.names', 'yield.registrationNumber', 'residence.address', 'contact.language'],
  suppressedBy: { 'adoption-placement': NOT_NOW, 'surrogacy-dispute': NOT_NOW },
};

const childBenefits: Target = {
  ...asked, target: 'child-benefits', kind: 'child-benefits', resolvedBy: 'federal', presentWhen: 'liveBirth', after: ['birth-registration'], signatory: 'birth-giver',
  requires: [
    { condition: 'birthGiverDeclared', otherwise: 'handed-over', reason: 'child-benefits-rc66' },
    { condition: 'birthGiverIsCitizenOrPermanentResident', otherwise: 'handed-over', reason: 'child-benefits-rc66' },
    { condition: 'birthGiverGaveSin', otherwise: 'handed-over', reason: 'child-benefits-sin-missing' },
  ],
  notice: 'child-benefits.v1', purpose: 'assess-child-benefits', reversibility: 'hold',
  shares: ['child.names', 'child.sex', 'birth.date', 'birth.place', 'yield.registrationNumber', 'signatory.names', 'signatory.birthDate', 'signatory.birthPlace', 'signatory.sin', 'residence.address'],
  suppressedBy: { 'adoption-placement': NOT_NOW, 'surrogacy-dispute': NOT_NOW },
};

const familyAllowance: Target = {
  ...asked, target: 'family-allowance', kind: 'family-allowance', resolvedBy: 'residence', presentWhen: 'liveBirthAndResidesInQuebec', after: ['birth-registration'],
  requires: [{ condition: 'bornWhereTheFamilyLives', otherwise: 'handed-over', reason: 'born-in-another-province' }],
  notice: 'family-allowance.v1', purpose: 'pay-family-allowance', reversibility: 'hold',
  shares: ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'parents.names', 'parents.birthDates', 'residence.address', 'contact.language'],
  suppressedBy: { 'adoption-placement': NOT_NOW, 'surrogacy-dispute': NOT_NOW },
};

const healthCard: Target = {
  ...asked, target: 'health-card', kind: 'health-card', resolvedBy: 'residence', presentWhen: 'liveBirth', after: ['birth-registration'],
  requires: [{ condition: 'bornWhereTheFamilyLives', otherwise: 'handed-over', reason: 'born-in-another-province' }],
  notice: 'health-card.v1', purpose: 'enrol-in-health-insurance', reversibility: 'hold',
  shares: ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'birthGiver.healthNumber', 'residence.address', 'contact.language'],
};

const educationSavings: Target = {
  ...asked, target: 'education-savings', kind: 'education-savings', resolvedBy: 'place-of-event', presentWhen: 'liveBirth', after: [],
  requires: [{ condition: 'promoterChosen', otherwise: 'not-applicable', reason: 'no-promoter-chosen' }],
  notice: 'education-savings.v1', purpose: 'refer-to-promoter', reversibility: 'inform', acceptsUnconfirmed: true,
  shares: ['signatory.names', 'contact.ways', 'contact.language', 'choice.promoter'],
  suppressedBy: { 'protected-address': PRIVATE },
};

const learningBond: Target = {
  ...asked, target: 'learning-bond', kind: 'learning-bond', resolvedBy: 'federal', presentWhen: 'liveBirth', after: [], basis: 'law', purpose: 'inform',
  reversibility: 'inform', acceptsUnconfirmed: true, shares: [],
};

const indianRegistration: Target = {
  ...asked, target: 'indian-registration', kind: 'indian-registration', resolvedBy: 'federal', presentWhen: 'liveBirthAndIndigenousInterest', after: ['birth-registration'],
  basis: 'law', purpose: 'inform', reversibility: 'inform', shares: [],
};

/** A birth: docs and sources in contracts/jurisdictions. The registration gates every target that changes a record; referrals do not wait. */
export const birthBundle: Bundle = {
  lifeEvent: 'birth',
  version: 1,
  targets: [registration, stillbirth, certificate, sin, childBenefits, familyAllowance, healthCard, educationSavings, learningBond, indianRegistration],
};
