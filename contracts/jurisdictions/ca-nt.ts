import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const ESA = 'Employment Standards Act, S.N.W.T. 2007, c. 13, s. 1';
const vitalStatistics = {
  en: 'Registrar General of Vital Statistics, Inuvik: https://www.hss.gov.nt.ca',
  fr: 'Registraire général de l’état civil, Inuvik : https://www.hss.gov.nt.ca/fr/services/enregistrement-des-naissances',
};

export const nt: Jurisdiction = {
  id: 'ca-nt', name: { en: 'Northwest Territories', fr: 'Territoires du Nord-Ouest' }, kind: 'territory', timeZone: 'America/Yellowknife',
  holidays: [
    ...keeps(ESA, ['new-year', 'good-friday', 'victoria', 'indigenous-peoples', 'canada', 'august-monday', 'labour', 'thanksgiving', 'remembrance', 'christmas']),
    ...keeps(ESA, ['reconciliation'], { from: '2022-07-01' }),
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-nt/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Northwest Territories birth registration', fr: 'Enregistrement des naissances des Territoires du Nord-Ouest' }, route: vitalStatistics,
      source: { title: 'Government of the Northwest Territories, Health and Social Services', url: 'https://www.hss.gov.nt.ca' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-nt/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Northwest Territories stillbirth registration', fr: 'Enregistrement des mortinaissances des Territoires du Nord-Ouest' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-nt/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Northwest Territories birth certificate', fr: 'Certificat de naissance des Territoires du Nord-Ouest' },
      route: {
        en: 'Order it from the Registrar General of Vital Statistics once the birth is registered: https://www.hss.gov.nt.ca',
        fr: 'Commandez-le au registraire général de l’état civil une fois la naissance enregistrée : https://www.hss.gov.nt.ca/fr',
      },
      source: { title: 'Government of the Northwest Territories, Health and Social Services', url: 'https://www.hss.gov.nt.ca' },
    },
    {
      kind: 'health-card', programme: 'ca-nt/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'NWT Health Care Plan', fr: 'Régime d’assurance maladie des TNO' },
      route: {
        en: 'Fill in the separate form for a newborn of the NWT Health Care Plan: https://www.hss.gov.nt.ca',
        fr: 'Remplissez le formulaire distinct pour nouveau-né du régime d’assurance maladie des TNO : https://www.hss.gov.nt.ca/fr',
      },
      source: { title: 'Government of the Northwest Territories, Health and Social Services', url: 'https://www.hss.gov.nt.ca' },
    },
    openAPlanYourself('ca-nt'),
  ],
};
