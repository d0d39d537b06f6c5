import { KEPT_THROUGHOUT_CANADA, keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const LSA = 'Labour Standards Act, R.S.N.L. 1990, c. L-2';
const vitalStatistics = {
  en: 'Vital Statistics: https://www.gov.nl.ca',
  fr: 'Bureau de l’état civil (Vital Statistics) : https://www.gov.nl.ca',
};

export const nl: Jurisdiction = {
  id: 'ca-nl', name: { en: 'Newfoundland and Labrador', fr: 'Terre-Neuve-et-Labrador' }, kind: 'province', timeZone: 'America/St_Johns',
  holidays: [
    ...keeps(LSA, ['new-year', 'good-friday', 'labour', 'remembrance', 'christmas']),
    ...keeps(LSA, ['canada'], { called: 'Memorial Day' }),
    ...KEPT_THROUGHOUT_CANADA,
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-nl/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Newfoundland and Labrador birth registration', fr: 'Enregistrement des naissances de Terre-Neuve-et-Labrador' }, route: vitalStatistics,
      source: { title: 'Canada Revenue Agency, RC4476-NL', url: 'https://canada.ca/en/revenue-agency/services/forms-publications/publications/rc4476-nl/birth-registration-canada-child-benefits.html' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-nl/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Newfoundland and Labrador stillbirth registration', fr: 'Enregistrement des mortinaissances de Terre-Neuve-et-Labrador' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-nl/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Newfoundland and Labrador birth certificate', fr: 'Certificat de naissance de Terre-Neuve-et-Labrador' },
      route: {
        en: 'Order it from Vital Statistics once the birth is registered: https://www.gov.nl.ca',
        fr: 'Commandez-le au bureau de l’état civil une fois la naissance enregistrée : https://www.gov.nl.ca',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-nl/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Medical Care Plan (MCP)', fr: 'Régime de soins médicaux (MCP)' },
      route: {
        en: 'Register the child with the Medical Care Plan: https://www.gov.nl.ca/hcs/mcp/',
        fr: 'Inscrivez l’enfant au régime de soins médicaux (MCP) : https://www.gov.nl.ca/hcs/mcp/',
      },
      source: 'none',
    },
    openAPlanYourself('ca-nl'),
  ],
};
