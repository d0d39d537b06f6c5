import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const EMPLOYMENT_ACT = 'The Saskatchewan Employment Act, S.S. 2013, c. S-15.1, s. 2-30';
const vitalStatistics = {
  en: 'eHealth Saskatchewan, Vital Statistics: https://www.ehealthsask.ca',
  fr: 'eHealth Saskatchewan, état civil : https://www.ehealthsask.ca',
};

export const sk: Jurisdiction = {
  id: 'ca-sk', name: { en: 'Saskatchewan', fr: 'Saskatchewan' }, kind: 'province', timeZone: 'America/Regina',
  holidays: [
    ...keeps(EMPLOYMENT_ACT, ['new-year', 'february-monday', 'good-friday', 'victoria', 'canada', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
    ...keeps(EMPLOYMENT_ACT, ['august-monday'], { called: 'Saskatchewan Day' }),
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-sk/birth-registration', how: 'deliver', transport: 'http', from: '2016-01-01',
      name: { en: 'Saskatchewan birth registration', fr: 'Enregistrement des naissances de la Saskatchewan' }, route: vitalStatistics,
      source: { title: 'eHealth Saskatchewan', url: 'https://www.ehealthsask.ca' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-sk/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Saskatchewan stillbirth registration', fr: 'Enregistrement des mortinaissances de la Saskatchewan' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-sk/birth-certificate', how: 'deliver', transport: 'http', from: '2016-01-01',
      name: { en: 'Saskatchewan birth certificate', fr: 'Certificat de naissance de la Saskatchewan' }, route: vitalStatistics,
      source: { title: 'eHealth Saskatchewan', url: 'https://www.ehealthsask.ca' },
    },
    {
      kind: 'health-card', programme: 'ca-sk/health-card', how: 'deliver', transport: 'file', from: '2016-01-01',
      name: { en: 'Saskatchewan health card', fr: 'Carte Santé de la Saskatchewan' },
      route: {
        en: 'Apply to eHealth Saskatchewan, Health Registries: https://www.ehealthsask.ca',
        fr: 'Présentez la demande à eHealth Saskatchewan, registres de la santé : https://www.ehealthsask.ca',
      },
      source: { title: 'eHealth Saskatchewan', url: 'https://www.ehealthsask.ca' },
    },
    openAPlanYourself('ca-sk'),
  ],
};
