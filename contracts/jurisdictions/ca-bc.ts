import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const ESA = 'Employment Standards Act, R.S.B.C. 1996, c. 113, s. 1';
const vitalStatistics = {
  en: 'Vital Statistics Agency: https://ebr.vs.gov.bc.ca, 1-888-876-1633',
  fr: 'Bureau de l’état civil (Vital Statistics Agency) : https://ebr.vs.gov.bc.ca, 1-888-876-1633',
};

export const bc: Jurisdiction = {
  id: 'ca-bc', name: { en: 'British Columbia', fr: 'Colombie-Britannique' }, kind: 'province', timeZone: 'America/Vancouver',
  holidays: [
    ...keeps(ESA, ['new-year', 'february-monday', 'good-friday', 'victoria', 'canada', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
    ...keeps(ESA, ['august-monday'], { called: 'British Columbia Day' }),
    ...keeps(ESA, ['reconciliation'], { from: '2023-03-09' }),
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-bc/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'British Columbia birth registration', fr: 'Enregistrement des naissances de la Colombie-Britannique' }, route: vitalStatistics,
      standard: { days: 'calendar', promised: 42, chase: 49, limit: 180 },
      source: { title: 'Vital Statistics Agency, electronic birth registration', url: 'https://ebr.vs.gov.bc.ca' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-bc/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'British Columbia stillbirth registration', fr: 'Enregistrement des mortinaissances de la Colombie-Britannique' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-bc/birth-certificate', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'British Columbia birth certificate', fr: 'Certificat de naissance de la Colombie-Britannique' }, route: vitalStatistics,
      source: { title: 'Vital Statistics Agency, electronic birth registration', url: 'https://ebr.vs.gov.bc.ca' },
    },
    {
      kind: 'health-card', programme: 'ca-bc/health-card', how: 'deliver', transport: 'topic', otherwise: 'http', from: CATALOGUE_BEGINS,
      // The child is added to the coverage of the parent who gave birth.
      deliverWhen: [{ condition: 'birthGiverGaveHealthNumber', reason: 'parent-not-covered' }],
      name: { en: 'Medical Services Plan (MSP)', fr: 'Régime de services médicaux (MSP)' },
      route: {
        en: 'Enrol the child with Health Insurance BC: https://www2.gov.bc.ca/gov/content/health/health-drug-coverage/msp',
        fr: 'Inscrivez l’enfant auprès de Health Insurance BC : https://www2.gov.bc.ca/gov/content/health/health-drug-coverage/msp',
      },
      source: { title: 'Vital Statistics Agency, electronic birth registration', url: 'https://ebr.vs.gov.bc.ca' },
    },
    openAPlanYourself('ca-bc'),
  ],
};
