import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const ESA = 'Employment Standards Act, S.N.B. 1982, c. E-7.2';
const DAYS_OF_REST = 'Days of Rest Act, S.N.B. 1985, c. D-4.2, s. 1';
const vitalStatistics = {
  en: 'Vital Statistics: https://www.gnb.ca, 506-453-2385',
  fr: 'Statistiques de l’état civil : https://www.gnb.ca, 506-453-2385',
};

export const nb: Jurisdiction = {
  id: 'ca-nb', name: { en: 'New Brunswick', fr: 'Nouveau-Brunswick' }, kind: 'province', timeZone: 'America/Moncton',
  holidays: [
    ...keeps(ESA, ['new-year', 'good-friday', 'canada', 'labour', 'remembrance', 'christmas']),
    ...keeps(ESA, ['february-monday'], { from: '2018-01-01' }),
    ...keeps(ESA, ['august-monday'], { called: 'New Brunswick Day' }),
    ...keeps(DAYS_OF_REST, ['victoria', 'thanksgiving', 'boxing']),
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-nb/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'New Brunswick birth registration', fr: 'Enregistrement des naissances du Nouveau-Brunswick' }, route: vitalStatistics,
      source: { title: 'Government of Canada, register a birth', url: 'https://www.canada.ca/en/services/life-events/child/register-birth.html' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-nb/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'New Brunswick stillbirth registration', fr: 'Enregistrement des mortinaissances du Nouveau-Brunswick' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-nb/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'New Brunswick birth certificate', fr: 'Certificat de naissance du Nouveau-Brunswick' },
      route: {
        en: 'Order it from Vital Statistics once the birth is registered: https://www.gnb.ca/en/topic/family-home-community/vital-statistics/birth-certificate.html, 506-453-2385',
        fr: 'Commandez-le aux Statistiques de l’état civil une fois la naissance enregistrée : https://www.gnb.ca, 506-453-2385',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-nb/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'New Brunswick Medicare', fr: 'Assurance-maladie du Nouveau-Brunswick' },
      route: {
        en: 'Register the child with New Brunswick Medicare: https://www.gnb.ca',
        fr: 'Inscrivez l’enfant auprès de l’Assurance-maladie du Nouveau-Brunswick : https://www.gnb.ca',
      },
      source: 'none',
    },
    openAPlanYourself('ca-nb'),
  ],
};
