import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const CODE = 'The Employment Standards Code, C.C.S.M. c. E110, s. 21';
const vitalStatistics = {
  en: 'Manitoba Vital Statistics Branch: https://vitalstats.gov.mb.ca',
  fr: 'Bureau de l’état civil du Manitoba : https://vitalstats.gov.mb.ca',
};

export const mb: Jurisdiction = {
  id: 'ca-mb', name: { en: 'Manitoba', fr: 'Manitoba' }, kind: 'province', timeZone: 'America/Winnipeg',
  holidays: [
    ...keeps(CODE, ['new-year', 'good-friday', 'victoria', 'canada', 'labour', 'thanksgiving', 'christmas']),
    ...keeps(CODE, ['february-monday'], { called: 'Louis Riel Day' }),
    ...keeps(CODE, ['reconciliation'], { from: '2023-06-01', called: 'Orange Shirt Day' }),
    ...keeps('The Remembrance Day Act, C.C.S.M. c. R80', ['remembrance']),
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-mb/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Manitoba birth registration', fr: 'Enregistrement des naissances du Manitoba' }, route: vitalStatistics,
      source: { title: 'Government of Canada, register a birth', url: 'https://www.canada.ca/en/services/life-events/child/register-birth.html' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-mb/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Manitoba stillbirth registration', fr: 'Enregistrement des mortinaissances du Manitoba' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-mb/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Manitoba birth certificate', fr: 'Certificat de naissance du Manitoba' },
      route: {
        en: 'Order it from the Manitoba Vital Statistics Branch once the birth is registered: https://vitalstats.gov.mb.ca',
        fr: 'Commandez-le au Bureau de l’état civil du Manitoba une fois la naissance enregistrée : https://vitalstats.gov.mb.ca',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-mb/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Manitoba health card', fr: 'Carte d’assurance maladie du Manitoba' },
      route: {
        en: 'Register the child with Manitoba Health: https://www.gov.mb.ca/health',
        fr: 'Inscrivez l’enfant auprès de Santé Manitoba : https://www.gov.mb.ca/health',
      },
      source: 'none',
    },
    openAPlanYourself('ca-mb'),
  ],
};
