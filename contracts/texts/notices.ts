import type { FieldName } from '../notifications/fields.js';
import type { LocalisedText } from './localised.js';
import type { TargetName } from './targets.js';

/** What a person reads before consenting. A notice is never edited: a change of substance is a new version beside it. */
export interface Notice {
  readonly target: TargetName;
  /** The first day it was shown. */
  readonly from: string;
  readonly title: LocalisedText;
  readonly purpose: LocalisedText;
  /** Exactly what leaves, by field; `FIELD_WORDS` says each in plain words. */
  readonly shares: readonly FieldName[];
  /** What is not shared although people expect it, and what they have to do themselves. */
  readonly mindful?: LocalisedText;
  readonly recipient: LocalisedText;
  readonly signedBy: LocalisedText;
  readonly legalBasis: LocalisedText;
  readonly withdrawal: LocalisedText;
  readonly lasts: LocalisedText;
}

const NOTIFIER_SIGNS: LocalisedText = { en: 'The parent who reports the birth.', fr: 'Le parent qui déclare la naissance.' };
const BIRTH_GIVER_SIGNS: LocalisedText = {
  en: 'Only the parent who gave birth. No one else can decide for that parent.',
  fr: 'Uniquement le parent qui a donné naissance. Personne d’autre ne peut décider à sa place.',
};
const WITHDRAWAL: LocalisedText = {
  en: 'In your case, under “Your consents”, at any time and as easily as you gave it. What was not yet sent is then not sent; a programme that already has it is told to stop. What it already decided by law may stand.',
  fr: 'Dans votre dossier, sous « Vos consentements », en tout temps et aussi facilement que vous l’avez donné. Ce qui n’a pas encore été transmis ne le sera pas; un programme qui l’a déjà reçu est avisé d’arrêter. Ce qu’il a déjà décidé en vertu de la loi peut demeurer.',
};
const LASTS: LocalisedText = {
  en: 'For this birth only: until the programme has answered, or until you withdraw it. Corrections you make later to this report are sent under it too.',
  fr: 'Pour cette naissance seulement : jusqu’à la réponse du programme ou jusqu’à ce que vous le retiriez. Les corrections que vous apportez ensuite à cette déclaration sont aussi transmises à ce titre.',
};

/** Every version ever shown, by its id. The one in force is the one the bundle names. */
export const NOTICES = {
  'birth-certificate.v1': {
    target: 'birth-certificate', from: '2026-01-01',
    title: { en: 'Ordering a birth certificate', fr: 'Commander un certificat de naissance' },
    purpose: { en: 'To issue the certificate you chose and send it to you.', fr: 'Délivrer le certificat que vous avez choisi et vous l’envoyer.' },
    shares: ['yield.registrationNumber', 'choice.certificate', 'residence.address', 'signatory.names'],
    mindful: { en: 'A fee may be due; the office tells you before it issues the certificate.', fr: 'Des frais peuvent s’appliquer; le bureau vous en avise avant de délivrer le certificat.' },
    recipient: { en: 'The vital statistics office of the province or territory of birth.', fr: 'Le bureau de l’état civil de la province ou du territoire de naissance.' },
    signedBy: NOTIFIER_SIGNS,
    legalBasis: { en: 'Your consent, and the vital statistics act of the province or territory of birth.', fr: 'Votre consentement et la loi sur l’état civil de la province ou du territoire de naissance.' },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
  'sin.v1': {
    target: 'sin', from: '2026-01-01',
    title: { en: 'Requesting a Social Insurance Number for the child', fr: 'Demander un numéro d’assurance sociale pour l’enfant' },
    purpose: {
      en: 'To assign the child a Social Insurance Number. An official of the registration office makes and signs the application for you.',
      fr: 'Attribuer à l’enfant un numéro d’assurance sociale. Un fonctionnaire de l’état civil remplit et signe la demande pour vous.',
    },
    shares: ['child.names', 'child.sex', 'child.multipleBirth', 'birth.date', 'birth.place', 'parents.names', 'yield.registrationNumber', 'residence.address', 'contact.language'],
    recipient: { en: 'Employment and Social Development Canada (Service Canada).', fr: 'Emploi et Développement social Canada (Service Canada).' },
    signedBy: NOTIFIER_SIGNS,
    legalBasis: {
      en: 'Your consent; Social Insurance Number Regulations, SOR/2013-82, sections 2 and 3; Department of Employment and Social Development Act, sections 28.1 to 28.4.',
      fr: 'Votre consentement; Règlement sur les numéros d’assurance sociale, DORS/2013-82, articles 2 et 3; Loi sur le ministère de l’Emploi et du Développement social, articles 28.1 à 28.4.',
    },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
  'child-benefits.v1': {
    target: 'child-benefits', from: '2026-01-01',
    title: { en: 'Applying for the Canada Child Benefit', fr: 'Demander l’Allocation canadienne pour enfants' },
    purpose: {
      en: 'To decide whether you are entitled to the Canada Child Benefit, to the related benefits of your province or territory and to the GST/HST credit, and to pay them to you.',
      fr: 'Décider si vous avez droit à l’Allocation canadienne pour enfants, aux prestations connexes de votre province ou territoire et au crédit pour la TPS/TVH, et vous les verser.',
    },
    shares: ['child.names', 'child.sex', 'birth.date', 'birth.place', 'yield.registrationNumber', 'signatory.names', 'signatory.birthDate', 'signatory.birthPlace', 'signatory.sin', 'residence.address'],
    mindful: {
      en: 'Your marital status is not sent: tell the Canada Revenue Agency yourself. Do not apply a second time in My Account or with form RC66; that delays both. You and your spouse or partner must each file an income tax return every year.',
      fr: 'Votre état civil (marié, conjoint de fait, etc.) n’est pas transmis : indiquez-le vous-même à l’Agence du revenu du Canada. Ne faites pas de deuxième demande dans Mon dossier ou au moyen du formulaire RC66; cela retarderait les deux. Vous et votre époux ou conjoint devez chacun produire une déclaration de revenus chaque année.',
    },
    recipient: { en: 'The Canada Revenue Agency.', fr: 'L’Agence du revenu du Canada.' },
    signedBy: BIRTH_GIVER_SIGNS,
    legalBasis: { en: 'Your consent, and the Income Tax Act.', fr: 'Votre consentement et la Loi de l’impôt sur le revenu.' },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
  'family-allowance.v1': {
    target: 'family-allowance', from: '2026-01-01',
    title: { en: 'Receiving the Québec Family Allowance', fr: 'Recevoir l’Allocation famille du Québec' },
    purpose: { en: 'To open your file for the Family Allowance and pay it to you.', fr: 'Ouvrir votre dossier d’Allocation famille et vous la verser.' },
    shares: ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'parents.names', 'parents.birthDates', 'residence.address', 'contact.language'],
    recipient: { en: 'Retraite Québec.', fr: 'Retraite Québec.' },
    signedBy: NOTIFIER_SIGNS,
    legalBasis: { en: 'Your consent, given as in the request for simplified access to government programs and services.', fr: 'Votre consentement, donné comme dans la demande d’accès simplifié aux programmes et services gouvernementaux.' },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
  'health-card.v1': {
    target: 'health-card', from: '2026-01-01',
    title: { en: 'Enrolling the child in health insurance', fr: 'Inscrire l’enfant à l’assurance maladie' },
    purpose: { en: 'To enrol the child in the health insurance plan of the province or territory where you live.', fr: 'Inscrire l’enfant au régime d’assurance maladie de la province ou du territoire où vous habitez.' },
    shares: ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'birthGiver.healthNumber', 'residence.address', 'contact.language'],
    recipient: { en: 'The health insurance plan of the province or territory where you live.', fr: 'Le régime d’assurance maladie de la province ou du territoire où vous habitez.' },
    signedBy: NOTIFIER_SIGNS,
    legalBasis: { en: 'Your consent, and the health insurance act of the province or territory where you live.', fr: 'Votre consentement et la loi sur l’assurance maladie de la province ou du territoire où vous habitez.' },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
  'education-savings.v1': {
    target: 'education-savings', from: '2026-01-01',
    title: { en: 'Being contacted about education savings', fr: 'Être contacté au sujet de l’épargne-études' },
    purpose: {
      en: 'To let the promoter you chose contact you about opening a Registered Education Savings Plan. You decide later whether to open one.',
      fr: 'Permettre au promoteur que vous avez choisi de communiquer avec vous au sujet de l’ouverture d’un régime enregistré d’épargne-études. Vous déciderez ensuite d’en ouvrir un ou non.',
    },
    shares: ['signatory.names', 'contact.ways', 'contact.language', 'choice.promoter'],
    mindful: {
      en: 'A promoter is a private company, not the government. Nothing about the child and no Social Insurance Number is sent to it.',
      fr: 'Un promoteur est une entreprise privée et non le gouvernement. Aucun renseignement sur l’enfant ni aucun numéro d’assurance sociale ne lui est transmis.',
    },
    recipient: {
      en: 'Employment and Social Development Canada’s referral service, and through it the promoter you chose.',
      fr: 'Le service d’aiguillage d’Emploi et Développement social Canada et, par son intermédiaire, le promoteur que vous avez choisi.',
    },
    signedBy: NOTIFIER_SIGNS,
    legalBasis: { en: 'Your consent alone.', fr: 'Votre seul consentement.' },
    withdrawal: WITHDRAWAL, lasts: LASTS,
  },
} as const satisfies Record<string, Notice>;

export type NoticeId = keyof typeof NOTICES;
export const findNotice = (id: string): Notice | undefined => (Object.hasOwn(NOTICES, id) ? NOTICES[id as NoticeId] : undefined);

/** Every field that can leave, in the words a person would use for it. */
export const FIELD_WORDS = {
  'child.names': { en: 'the child’s names', fr: 'les noms de l’enfant' },
  'child.sex': { en: 'the child’s sex', fr: 'le sexe de l’enfant' },
  'child.multipleBirth': { en: 'if more than one child was born: how many, and in which order', fr: 's’il s’agit d’une naissance multiple : le nombre d’enfants et leur ordre' },
  'birth.outcome': { en: 'whether it was a live birth or a stillbirth', fr: 's’il s’agit d’une naissance vivante ou d’une mortinaissance' },
  'birth.date': { en: 'the date of birth', fr: 'la date de naissance' },
  'birth.time': { en: 'the time of birth', fr: 'l’heure de naissance' },
  'birth.place': { en: 'the municipality and province or territory of birth', fr: 'la municipalité et la province ou le territoire de naissance' },
  'birth.facility': { en: 'the hospital or birth centre', fr: 'l’hôpital ou la maison de naissance' },
  'parents.names': { en: 'the parents’ names', fr: 'les noms des parents' },
  'parents.birthDates': { en: 'the parents’ dates of birth', fr: 'les dates de naissance des parents' },
  'parents.birthPlaces': { en: 'the parents’ places of birth', fr: 'les lieux de naissance des parents' },
  'residence.address': { en: 'your home address', fr: 'l’adresse de votre domicile' },
  'contact.language': { en: 'the language you prefer', fr: 'la langue que vous préférez' },
  'contact.ways': { en: 'your e-mail address and telephone number, if you gave them', fr: 'votre adresse courriel et votre numéro de téléphone, si vous les avez fournis' },
  'signatory.names': { en: 'the names of the person who signs', fr: 'les noms de la personne qui signe' },
  'signatory.birthDate': { en: 'the date of birth of the person who signs', fr: 'la date de naissance de la personne qui signe' },
  'signatory.birthPlace': { en: 'the place of birth of the person who signs', fr: 'le lieu de naissance de la personne qui signe' },
  'signatory.sin': { en: 'the Social Insurance Number of the person who signs', fr: 'le numéro d’assurance sociale de la personne qui signe' },
  'birthGiver.healthNumber': { en: 'the health number of the parent who gave birth, if it was given', fr: 'le numéro d’assurance maladie du parent qui a donné naissance, s’il a été fourni' },
  'choice.certificate': { en: 'the kind of certificate you chose', fr: 'le type de certificat que vous avez choisi' },
  'choice.promoter': { en: 'the education savings promoter you chose', fr: 'le promoteur d’épargne-études que vous avez choisi' },
  'yield.registrationNumber': { en: 'the birth registration number, once there is one', fr: 'le numéro d’enregistrement de la naissance, dès qu’il existe' },
} as const satisfies Record<FieldName, LocalisedText>;
