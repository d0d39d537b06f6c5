import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const LSA = 'Labour Standards Act, R.S.N.W.T. (Nu.) 1988, c. L-1, s. 1';
const vitalStatistics = {
  en: 'Nunavut Vital Statistics: https://www.gov.nu.ca',
  fr: 'Bureau de l’état civil du Nunavut : https://www.gov.nu.ca/fr',
};

export const nu: Jurisdiction = {
  id: 'ca-nu', name: { en: 'Nunavut', fr: 'Nunavut' }, kind: 'territory', timeZone: 'America/Iqaluit',
  holidays: [
    ...keeps(LSA, ['new-year', 'good-friday', 'victoria', 'canada', 'august-monday', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
    ...keeps(LSA, ['reconciliation'], { from: '2022-07-01' }),
    { name: 'Nunavut Day', statute: LSA, from: '2020-06-16', rule: 'fixed', month: 7, day: 9 },
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-nu/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Nunavut birth registration', fr: 'Enregistrement des naissances du Nunavut' }, route: vitalStatistics,
      source: { title: 'Government of Nunavut', url: 'https://www.gov.nu.ca' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-nu/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Nunavut stillbirth registration', fr: 'Enregistrement des mortinaissances du Nunavut' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-nu/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Nunavut birth certificate', fr: 'Certificat de naissance du Nunavut' },
      route: {
        en: 'Order it from Nunavut Vital Statistics once the birth is registered: https://www.gov.nu.ca',
        fr: 'Commandez-le au Bureau de l’état civil du Nunavut une fois la naissance enregistrée : https://www.gov.nu.ca/fr',
      },
      source: { title: 'Government of Nunavut', url: 'https://www.gov.nu.ca' },
    },
    {
      kind: 'health-card', programme: 'ca-nu/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Nunavut Health Care Plan', fr: 'Régime d’assurance maladie du Nunavut' },
      route: {
        en: 'Apply separately to the Nunavut Health Care Plan: https://www.gov.nu.ca',
        fr: 'Présentez une demande distincte au régime d’assurance maladie du Nunavut : https://www.gov.nu.ca/fr',
      },
      source: { title: 'Government of Nunavut', url: 'https://www.gov.nu.ca' },
    },
    openAPlanYourself('ca-nu'),
  ],
};
