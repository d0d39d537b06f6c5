import { KEPT_THROUGHOUT_CANADA, keeps } from './holidays.js';
import { CATALOGUE_BEGINS, type Jurisdiction } from './jurisdiction.js';
import { openAPlanYourself } from './offers.js';

const CODE = 'Labour Standards Code, R.S.N.S. 1989, c. 246, s. 37';
const vitalStatistics = {
  en: 'Nova Scotia Vital Statistics: https://novascotia.ca',
  fr: 'Bureau de l’état civil de la Nouvelle-Écosse : https://novascotia.ca',
};

export const ns: Jurisdiction = {
  id: 'ca-ns', name: { en: 'Nova Scotia', fr: 'Nouvelle-Écosse' }, kind: 'province', timeZone: 'America/Halifax',
  holidays: [
    ...keeps(CODE, ['new-year', 'good-friday', 'canada', 'labour', 'christmas']),
    ...keeps(CODE, ['february-monday'], { from: '2015-01-01', called: 'Nova Scotia Heritage Day' }),
    ...keeps('Remembrance Day Act, R.S.N.S. 1989, c. 396', ['remembrance']),
    ...KEPT_THROUGHOUT_CANADA,
  ],
  offers: [
    {
      kind: 'birth-registration', programme: 'ca-ns/birth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Nova Scotia birth registration', fr: 'Enregistrement des naissances de la Nouvelle-Écosse' }, route: vitalStatistics,
      source: { title: 'Government of Canada, register a birth', url: 'https://www.canada.ca/en/services/life-events/child/register-birth.html' },
    },
    {
      kind: 'stillbirth-registration', programme: 'ca-ns/stillbirth-registration', how: 'deliver', transport: 'http', from: CATALOGUE_BEGINS,
      name: { en: 'Nova Scotia stillbirth registration', fr: 'Enregistrement des mortinaissances de la Nouvelle-Écosse' }, route: vitalStatistics,
      source: { title: 'Pan-Canadian Identity Management, Information Exchange Specification v0.3', url: 'https://github.com/canada-ca/PCTF-CCP', asOf: '2016-08-04' },
    },
    {
      kind: 'birth-certificate', programme: 'ca-ns/birth-certificate', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Nova Scotia birth certificate', fr: 'Certificat de naissance de la Nouvelle-Écosse' },
      route: {
        en: 'Order it from Nova Scotia Vital Statistics once the birth is registered: https://novascotia.ca',
        fr: 'Commandez-le au Bureau de l’état civil de la Nouvelle-Écosse une fois la naissance enregistrée : https://novascotia.ca',
      },
      source: 'none',
    },
    {
      kind: 'health-card', programme: 'ca-ns/health-card', how: 'hand-over', from: CATALOGUE_BEGINS,
      name: { en: 'Medical Services Insurance (MSI)', fr: 'Assurance-maladie de la Nouvelle-Écosse (MSI)' },
      route: {
        en: 'Register the child with Medical Services Insurance: https://novascotia.ca/dhw/msi/',
        fr: 'Inscrivez l’enfant à l’assurance-maladie de la Nouvelle-Écosse (MSI) : https://novascotia.ca/dhw/msi/',
      },
      source: 'none',
    },
    openAPlanYourself('ca-ns'),
  ],
};
