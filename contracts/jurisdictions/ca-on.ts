import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';

const ESA = 'Employment Standards Act, 2000, S.O. 2000, c. 41, s. 1(1)';
const registering = {
  en: 'ServiceOntario, birth registration: https://www.ontario.ca/page/register-birth-new-baby, 1-800-461-2156',
  fr: 'ServiceOntario, enregistrement des naissances : https://www.ontario.ca/fr, 1-800-461-2156',
};

export const on: Jurisdiction = {
  id: 'ca-on', name: { en: 'Ontario', fr: 'Ontario' }, kind: 'province', timeZone: 'America/Toronto',
  holidays: keeps(ESA, ['new-year', 'february-monday', 'good-friday', 'victoria', 'canada', 'labour', 'thanksgiving', 'christmas', 'boxing']),
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-on/birth-registration', how: 'deliver', transport: 'http', from: '2018-03-01',
      name: { en: 'Ontario birth registration', fr: 'Enregistrement des naissances de l’Ontario' }, route: registering,
      source: { title: 'ServiceOntario, five-in-one newborn service', url: 'https://orgforms.gov.on.ca/IBR/' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-on/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Ontario stillbirth registration', fr: 'Enregistrement des mortinaissances de l’Ontario' },
      route: {
        en: 'Office of the Registrar General: https://www.ontario.ca, 1-800-461-2156',
        fr: 'Bureau du registraire général : https://www.ontario.ca/fr, 1-800-461-2156',
      },
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-on/birth-certificate', how: 'deliver', transport: 'http', from: '2018-03-01',
      name: { en: 'Ontario birth certificate', fr: 'Certificat de naissance de l’Ontario' },
      route: {
        en: 'ServiceOntario, birth certificates: https://www.ontario.ca/page/get-or-replace-ontario-birth-certificate, 1-800-461-2156',
        fr: 'ServiceOntario, certificats de naissance : https://www.ontario.ca/fr, 1-800-461-2156',
      },
      source: { title: 'ServiceOntario, five-in-one newborn service', url: 'https://orgforms.gov.on.ca/IBR/' },
    },
    {
      kind: 'health-card', programme: 'ca-on/health-card', how: 'hospital', from: CATALOGUE_BEGINS,
      // The form with the number is handed out in Ontario only.
      deliverWhen: [{ condition: 'bornWhereTheFamilyLives', reason: 'born-in-another-province' }],
      name: { en: 'Ontario Health Insurance Plan (OHIP)', fr: 'Assurance-santé de l’Ontario' },
      route: {
        en: 'If you were not given the form with the child’s health number, apply to ServiceOntario: https://www.ontario.ca/page/apply-ohip-and-get-health-card, 1-866-532-3161. The card comes by mail about six weeks after the form was sent.',
        fr: 'Si vous n’avez pas reçu le formulaire portant le numéro de carte Santé de l’enfant, adressez-vous à ServiceOntario : https://www.ontario.ca/fr, 1-866-532-3161. La carte arrive par la poste environ six semaines après l’envoi du formulaire.',
      },
      source: { title: 'Ministry of Health, Infant OHIP Registration (form 4440-82)', url: 'https://www.ontario.ca/page/apply-ohip-and-get-health-card' },
    },
    {
      kind: 'education-savings', programme: 'ca-on/education-savings', how: 'deliver', transport: 'http', from: '2018-03-01',
      name: { en: 'Education Savings Referral', fr: 'Service d’aiguillage pour l’épargne-études' },
      route: {
        en: 'Choose a bank, credit union or group plan that opens Registered Education Savings Plans: https://www.canada.ca/en/services/benefits/education/education-savings.html',
        fr: 'Choisissez une banque, une caisse ou un régime collectif qui ouvre des régimes enregistrés d’épargne-études : https://www.canada.ca/fr/services/prestations/education/epargne-etudes.html',
      },
      source: { title: 'ServiceOntario, five-in-one newborn service', url: 'https://orgforms.gov.on.ca/IBR/' },
    },
  ],
};
