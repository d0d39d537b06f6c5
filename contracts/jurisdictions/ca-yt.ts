import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const ESA = 'Employment Standards Act, R.S.Y. 2002, c. 72';
const vitalStatistics = {
  en: 'Yukon Vital Statistics: https://yukon.ca',
  fr: 'Bureau de l’état civil du Yukon : https://yukon.ca/fr',
};

export const yt: Jurisdiction = {
  id: 'ca-yt', name: { en: 'Yukon', fr: 'Yukon' }, kind: 'territory', timeZone: 'America/Whitehorse',
  holidays: [
    ...keeps(ESA, ['new-year', 'good-friday', 'victoria', 'indigenous-peoples', 'canada', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
    ...keeps(ESA, ['reconciliation'], { from: '2023-01-01' }),
    { name: 'Discovery Day', statute: ESA, rule: 'nth-weekday', month: 8, weekday: 1, nth: 3 },
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-yt/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Yukon birth registration', fr: 'Enregistrement des naissances du Yukon' }, route: vitalStatistics,
      source: { title: 'Government of Yukon, apply for automated benefits', url: 'https://yukon.ca' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-yt/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Yukon stillbirth registration', fr: 'Enregistrement des mortinaissances du Yukon' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-yt/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Yukon birth certificate', fr: 'Certificat de naissance du Yukon' },
      route: {
        en: 'Order it from Yukon Vital Statistics once the birth is registered: https://yukon.ca',
        fr: 'Commandez-le au Bureau de l’état civil du Yukon une fois la naissance enregistrée : https://yukon.ca/fr',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-yt/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Yukon Health Care Insurance Plan', fr: 'Régime d’assurance-santé du Yukon' },
      route: {
        en: 'Apply separately to the Yukon Health Care Insurance Plan: https://yukon.ca',
        fr: 'Présentez une demande distincte au Régime d’assurance-santé du Yukon : https://yukon.ca/fr',
      },
      source: { title: 'Government of Yukon, apply for automated benefits', url: 'https://yukon.ca' },
    },
    openAPlanYourself('ca-yt'),
  ],
};
