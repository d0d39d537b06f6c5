import type { ProvinceOrTerritory } from '../words.js';
import { CATALOGUE_BEGINS, type Offer } from './jurisdiction.js';

/** Everywhere but in Ontario, where the registration carries the referral: the family opens a plan itself. */
export const openAPlanYourself = (id: ProvinceOrTerritory): Offer => ({
  kind: 'education-savings', programme: `${id}/education-savings`, how: 'hand-over', from: CATALOGUE_BEGINS,
  name: { en: 'Education savings referral', fr: 'Aiguillage pour l’épargne-études' },
  route: {
    en: 'Choose a bank, credit union or group plan that opens Registered Education Savings Plans: https://www.canada.ca/en/services/benefits/education/education-savings.html',
    fr: 'Choisissez une banque, une caisse ou un régime collectif qui ouvre des régimes enregistrés d’épargne-études : https://www.canada.ca/fr/services/prestations/education/epargne-etudes.html',
  },
  source: { title: 'Government of Canada, education savings', url: 'https://www.canada.ca/en/services/benefits/education/education-savings.html' },
});
