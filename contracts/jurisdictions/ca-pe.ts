import { KEPT_THROUGHOUT_CANADA, keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const ESA = 'Employment Standards Act, R.S.P.E.I. 1988, c. E-6.2, ss. 6 to 10';
const vitalStatistics = {
  en: 'Vital Statistics: https://www.princeedwardisland.ca',
  fr: 'Bureau de l’état civil : https://www.princeedwardisland.ca/fr',
};

export const pe: Jurisdiction = {
  id: 'ca-pe', name: { en: 'Prince Edward Island', fr: 'Île-du-Prince-Édouard' }, kind: 'province', timeZone: 'America/Halifax',
  holidays: [
    ...keeps(ESA, ['new-year', 'canada', 'remembrance', 'christmas'], { observed: 'next-working-day' }),
    ...keeps(ESA, ['reconciliation'], { observed: 'next-working-day', from: '2022-09-01' }),
    ...keeps(ESA, ['good-friday', 'labour']),
    ...keeps(ESA, ['february-monday'], { called: 'Islander Day' }),
    ...KEPT_THROUGHOUT_CANADA,
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-pe/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Prince Edward Island birth registration', fr: 'Enregistrement des naissances de l’Île-du-Prince-Édouard' }, route: vitalStatistics,
      source: { title: 'Government of Canada, register a birth', url: 'https://www.canada.ca/en/services/life-events/child/register-birth.html' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-pe/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Prince Edward Island stillbirth registration', fr: 'Enregistrement des mortinaissances de l’Île-du-Prince-Édouard' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-pe/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Prince Edward Island birth certificate', fr: 'Certificat de naissance de l’Île-du-Prince-Édouard' },
      route: {
        en: 'Order it from Vital Statistics once the birth is registered: https://www.princeedwardisland.ca',
        fr: 'Commandez-le au bureau de l’état civil une fois la naissance enregistrée : https://www.princeedwardisland.ca/fr',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-pe/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'PEI health card', fr: 'Carte santé de l’Île-du-Prince-Édouard' },
      route: {
        en: 'Apply for the child’s PEI health card: https://www.princeedwardisland.ca',
        fr: 'Demandez la carte santé de l’enfant : https://www.princeedwardisland.ca/fr',
      },
      source: 'none',
    },
    openAPlanYourself('ca-pe'),
  ],
};
