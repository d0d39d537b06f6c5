import { keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';

const LABOUR_CODE = 'Canada Labour Code, R.S.C. 1985, c. L-2, ss. 166 and 193(2)';

/** The federal government. */
export const ca: Jurisdiction = {
  id: 'ca', name: { en: 'Government of Canada', fr: 'Gouvernement du Canada' }, kind: 'federal', timeZone: 'America/Toronto',
  holidays: [
    ...keeps(LABOUR_CODE, ['new-year', 'canada', 'remembrance', 'christmas', 'boxing'], { observed: 'next-working-day' }),
    ...keeps(LABOUR_CODE, ['reconciliation'], { observed: 'next-working-day', from: '2021-08-03' }),
    ...keeps(LABOUR_CODE, ['good-friday', 'victoria', 'labour', 'thanksgiving']),
    ...keeps('Interpretation Act, R.S.C. 1985, c. I-21, s. 35(1)', ['easter-monday']),
  ],
  offers: [
    {
      kind: 'sin', programme: 'ca/sin', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Social Insurance Number', fr: 'Numéro d’assurance sociale' },
      standard: { days: 'business', promised: 10, chase: 15, limit: 40 },
      route: {
        en: 'Apply to Service Canada online, by mail or at a Service Canada Centre, with the child’s proof of birth and a parent’s proof of identity or status: https://www.canada.ca/en/employment-social-development/services/sin.html, 1-866-274-6627',
        fr: 'Présentez la demande à Service Canada en ligne, par la poste ou dans un Centre Service Canada, avec la preuve de naissance de l’enfant et une preuve d’identité ou de statut d’un parent : https://www.canada.ca/fr/emploi-developpement-social/services/numero-assurance-sociale.html, 1-866-274-6627',
      },
      source: { title: 'Service Canada, SIN for newborns', url: 'https://www.canada.ca/en/services/life-events/child/register-birth.html' },
    },
    {
      kind: 'child-benefits', programme: 'ca/child-benefits', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      // Sources conflict for Nunavut; until one settles it, nothing is sent from there.
      deliverWhen: [{ condition: 'bornOutsideNunavut', reason: 'child-benefits-not-automated' }],
      name: { en: 'Canada Child Benefit and related provincial and territorial benefits', fr: 'Allocation canadienne pour enfants et prestations provinciales et territoriales connexes' },
      standard: { days: 'calendar', promised: 80, chase: 87, limit: 200 },
      route: {
        en: 'Apply to the Canada Revenue Agency in My Account or with form RC66: https://www.canada.ca/en/revenue-agency/services/child-family-benefits/canada-child-benefit-overview.html, 1-800-387-1193. Apply one way only: a second application delays both.',
        fr: 'Présentez la demande à l’Agence du revenu du Canada dans Mon dossier ou au moyen du formulaire RC66 : https://www.canada.ca/fr/agence-revenu/services/prestations-enfants-familles/allocation-canadienne-enfants-apercu.html, 1-800-387-1194. Faites une seule demande : une deuxième retarde les deux.',
      },
      source: { title: 'Canada Revenue Agency, Automated Benefits Application', url: 'http://www.cra-arc.gc.ca/bnfts/fq_tmtd-eng.html' },
    },
    {
      kind: 'learning-bond', programme: 'ca/learning-bond', how: 'automatic', from: CATALOGUE_BEGINS,
      name: { en: 'Canada Learning Bond', fr: 'Bon d’études canadien' },
      route: {
        en: 'From April 2028 the Government of Canada opens a plan by itself for an eligible child who is four and has none. Until then, any plan you open can receive the bond: https://www.canada.ca/en/services/benefits/education/education-savings/canada-learning-bond.html',
        fr: 'À compter d’avril 2028, le gouvernement du Canada ouvre lui-même un régime pour l’enfant admissible de quatre ans qui n’en a pas. D’ici là, tout régime que vous ouvrez peut recevoir le bon : https://www.canada.ca/fr/services/prestations/education/epargne-etudes/bon-etudes-canadien.html',
      },
      source: { title: 'Government of Canada, Canada Learning Bond', url: 'https://www.canada.ca/en/services/benefits/education/education-savings/canada-learning-bond.html' },
    },
    {
      kind: 'indian-registration', programme: 'ca/indian-registration', how: 'hand-over', reason: 'yours-to-apply-for', from: CATALOGUE_BEGINS,
      name: { en: 'Registration under the Indian Act', fr: 'Inscription en vertu de la Loi sur les Indiens' },
      route: {
        en: 'Apply to Indigenous Services Canada with the child’s birth certificate that names the parents: https://www.sac-isc.gc.ca, 1-800-567-9604',
        fr: 'Présentez la demande à Services aux Autochtones Canada avec le certificat de naissance de l’enfant où figurent les parents : https://www.sac-isc.gc.ca, 1-800-567-9604',
      },
      source: { title: 'Indigenous Services Canada', url: 'https://www.sac-isc.gc.ca' },
    },
  ],
};
