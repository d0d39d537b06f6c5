import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const LABOUR_STANDARDS = 'Act respecting labour standards, CQLR, c. N-1.1, s. 60';
const civilStatus = {
  en: 'Directeur de l’état civil: https://www.etatcivil.gouv.qc.ca, 1-877-644-4545',
  fr: 'Directeur de l’état civil : https://www.etatcivil.gouv.qc.ca, 1-877-644-4545',
};
const CIVIL_STATUS_SOURCE = { title: 'Directeur de l’état civil, simplified access to government programs and services', url: 'https://www.etatcivil.gouv.qc.ca' };

export const qc: Jurisdiction = {
  id: 'ca-qc', name: { en: 'Québec', fr: 'Québec' }, kind: 'province', timeZone: 'America/Toronto',
  holidays: [
    ...keeps(LABOUR_STANDARDS, ['new-year', 'labour', 'thanksgiving', 'christmas']),
    ...keeps(LABOUR_STANDARDS, ['canada'], { observed: 'monday-if-sunday' }),
    ...keeps(LABOUR_STANDARDS, ['victoria'], { called: 'National Patriots’ Day' }),
    ...keeps('Interpretation Act, CQLR, c. I-16, s. 61(23)', ['good-friday', 'easter-monday']),
    { name: 'National Holiday', statute: 'National Holiday Act, CQLR, c. F-1.1, s. 2', rule: 'fixed', month: 6, day: 24, observed: 'monday-if-sunday' },
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-qc/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Québec declaration of birth', fr: 'Déclaration de naissance du Québec' }, route: civilStatus, source: CIVIL_STATUS_SOURCE,
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-qc/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Québec stillbirth registration', fr: 'Enregistrement des mortinaissances du Québec' }, route: civilStatus,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-qc/birth-certificate', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Québec birth certificate', fr: 'Certificat de naissance du Québec' }, route: civilStatus, source: CIVIL_STATUS_SOURCE,
    },
    {
      kind: 'family-allowance', programme: 'ca-qc/family-allowance', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Family Allowance', fr: 'Allocation famille' },
      route: {
        en: 'Apply to Retraite Québec: https://www.retraitequebec.gouv.qc.ca',
        fr: 'Présentez la demande à Retraite Québec : https://www.retraitequebec.gouv.qc.ca',
      },
      source: CIVIL_STATUS_SOURCE,
    },
    {
      kind: 'health-card', programme: 'ca-qc/health-card', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Québec Health Insurance Plan (RAMQ)', fr: 'Régime d’assurance maladie du Québec (RAMQ)' },
      route: {
        en: 'Register the child with the Régie de l’assurance maladie du Québec: https://www.ramq.gouv.qc.ca, 1-800-561-9749',
        fr: 'Inscrivez l’enfant auprès de la Régie de l’assurance maladie du Québec : https://www.ramq.gouv.qc.ca, 1-800-561-9749',
      },
      source: { title: 'RAMQ, birth and adoption', url: 'https://www.ramq.gouv.qc.ca/en/citizens/birth-adoption' },
    },
    openAPlanYourself('ca-qc'),
  ],
};
