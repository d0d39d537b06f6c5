import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const CODE = 'Employment Standards Code, R.S.A. 2000, c. E-9, s. 25';
const vitalStatistics = {
  en: 'Alberta Vital Statistics: https://www.alberta.ca/register-birth',
  fr: 'Bureau de l’état civil de l’Alberta : https://www.alberta.ca/register-birth',
};

export const ab: Jurisdiction = {
  id: 'ca-ab', name: { en: 'Alberta', fr: 'Alberta' }, kind: 'province', timeZone: 'America/Edmonton',
  holidays: keeps(CODE, ['new-year', 'february-monday', 'good-friday', 'victoria', 'canada', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-ab/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Alberta birth registration', fr: 'Enregistrement des naissances de l’Alberta' }, route: vitalStatistics,
      standard: { days: 'calendar', promised: 21, chase: 28, limit: 180 },
      source: { title: 'Government of Alberta, register a birth', url: 'https://www.alberta.ca/register-birth' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-ab/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Alberta stillbirth registration', fr: 'Enregistrement des mortinaissances de l’Alberta' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-ab/birth-certificate', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Alberta birth certificate', fr: 'Certificat de naissance de l’Alberta' }, route: vitalStatistics,
      source: { title: 'Government of Alberta, register a birth', url: 'https://www.alberta.ca/register-birth' },
    },
    {
      kind: 'health-card', programme: 'ca-ab/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Alberta Health Care Insurance Plan', fr: 'Régime d’assurance maladie de l’Alberta (AHCIP)' },
      route: {
        en: 'Add the child to your Alberta Health Care Insurance Plan account at a registry agent or by mail: https://www.alberta.ca/ahcip',
        fr: 'Ajoutez l’enfant à votre régime d’assurance maladie de l’Alberta chez un agent d’enregistrement ou par la poste : https://www.alberta.ca/ahcip',
      },
      source: 'none',
    },
    openAPlanYourself('ca-ab'),
  ],
};
