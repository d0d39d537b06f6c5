import type { LocalisedText } from './localised.js';

/** What a refusal says: its HTTP status, a title that never changes for its code, and optionally what to do about it. */
export interface ProblemText {
  readonly status: number;
  readonly title: LocalisedText;
  readonly detail?: LocalisedText;
}

const problems = <Code extends string>(texts: Readonly<Record<Code, ProblemText>>): Readonly<Record<Code, ProblemText>> => texts;

/** Every refusal a caller can meet, by code. A service adds the codes of its own refusals here and nowhere else. */
export const PROBLEMS = problems({
  'request.malformed-json': {
    status: 400,
    title: { en: 'The body is not valid JSON', fr: 'Le corps de la requête n’est pas du JSON valide' },
    detail: {
      en: 'Send one JSON document in UTF-8, nested at most 32 levels deep.',
      fr: 'Envoyez un seul document JSON en UTF-8, imbriqué sur 32 niveaux au plus.',
    },
  },
  'request.too-large': {
    status: 413,
    title: { en: 'The body is too large', fr: 'Le corps de la requête est trop volumineux' },
    detail: { en: 'Send at most 64 KiB.', fr: 'Envoyez au plus 64 Kio.' },
  },
  'request.unsupported-media-type': {
    status: 415,
    title: { en: 'The media type is not supported', fr: 'Le type de contenu n’est pas pris en charge' },
    detail: { en: 'Send the body as application/json.', fr: 'Envoyez le corps de la requête en application/json.' },
  },
  'request.bad-url': {
    status: 400,
    title: { en: 'The address cannot be read', fr: 'L’adresse est illisible' },
    detail: { en: 'Check the percent-encoding of the address.', fr: 'Vérifiez l’encodage-pourcent de l’adresse.' },
  },
  'request.url-too-long': {
    status: 414,
    title: { en: 'The address is too long', fr: 'L’adresse est trop longue' },
  },
  'request.bad-header': {
    status: 400,
    title: { en: 'The request line or a header cannot be read', fr: 'La ligne de requête ou un en-tête est illisible' },
  },
  'request.headers-too-large': {
    status: 431,
    title: { en: 'The address and headers are too large together', fr: 'L’adresse et les en-têtes sont trop volumineux' },
  },
  'request.timeout': {
    status: 408,
    title: { en: 'The request took too long to arrive', fr: 'La requête a mis trop de temps à arriver' },
  },
  'request.expectation-failed': {
    status: 417,
    title: { en: 'The Expect header asks for something we cannot do', fr: 'L’en-tête Expect demande ce que nous ne pouvons pas faire' },
  },
  'request.invalid': {
    status: 400,
    title: { en: 'Some of what you sent must be corrected', fr: 'Certains renseignements envoyés doivent être corrigés' },
    detail: { en: 'Each field to correct is listed in errors.', fr: 'Chaque champ à corriger figure dans errors.' },
  },
  'route.unknown': {
    status: 404,
    title: { en: 'There is nothing at this address', fr: 'Il n’y a rien à cette adresse' },
  },
  'auth.required': {
    status: 401,
    title: { en: 'You must sign in', fr: 'Vous devez ouvrir une session' },
    detail: {
      en: 'Send an access token in the Authorization header (Bearer).',
      fr: 'Envoyez un jeton d’accès dans l’en-tête Authorization (Bearer).',
    },
  },
  'auth.invalid-token': {
    status: 401,
    title: { en: 'Your sign-in is no longer accepted', fr: 'Votre session n’est plus acceptée' },
    detail: { en: 'The access token is not valid or has expired. Sign in again.', fr: 'Le jeton d’accès n’est pas valide ou a expiré. Ouvrez une nouvelle session.' },
  },
  'auth.forbidden': {
    status: 403,
    title: { en: 'You may not do this', fr: 'Vous n’êtes pas autorisé à faire cette opération' },
  },
  'auth.assurance-too-low': {
    status: 403,
    title: { en: 'A stronger sign-in is needed', fr: 'Une méthode d’ouverture de session plus sûre est nécessaire' },
    detail: { en: 'Sign in again with a higher level of assurance.', fr: 'Ouvrez une nouvelle session avec un niveau d’assurance plus élevé.' },
  },
  'rate.limited': {
    status: 429,
    title: { en: 'Too many requests', fr: 'Trop de requêtes' },
    detail: { en: 'Wait before you try again; Retry-After says how long.', fr: 'Attendez avant de réessayer; Retry-After indique combien de temps.' },
  },
  'service.unavailable': {
    status: 503,
    title: { en: 'The service cannot answer at the moment', fr: 'Le service ne peut pas répondre pour le moment' },
    detail: { en: 'Nothing was lost. Try again shortly.', fr: 'Rien n’a été perdu. Réessayez sous peu.' },
  },
  internal: {
    status: 500,
    title: { en: 'Something went wrong on our side', fr: 'Une erreur s’est produite de notre côté' },
  },
});
export type ProblemCode = keyof typeof PROBLEMS;

export const findProblem = (code: string): ProblemText | undefined =>
  Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ProblemCode] : undefined;

const faults = <Code extends string>(texts: Readonly<Record<Code, LocalisedText>>): Readonly<Record<Code, LocalisedText>> => texts;

/** What would be right in a field, by the code of its fault (`context: { code }` of a class-validator rule, or one of `field.*`). */
export const FIELD_FAULTS = faults({
  'field.required': { en: 'is required', fr: 'est obligatoire' },
  'field.unknown': { en: 'is not a field we know', fr: 'n’est pas un champ connu' },
  'field.format': { en: 'does not have the right form', fr: 'n’a pas la forme voulue' },
  'field.type': { en: 'is not the right kind of value', fr: 'n’est pas une valeur du bon type' },
  'field.not-allowed': { en: 'is not one of the values allowed', fr: 'ne fait pas partie des valeurs permises' },
  'field.range': { en: 'is outside the range allowed', fr: 'est hors de l’intervalle permis' },
  'field.length': { en: 'is too short or too long', fr: 'est trop court ou trop long' },
  'field.duplicate': { en: 'holds the same thing twice', fr: 'contient deux fois la même chose' },
  'sin.invalid': {
    en: 'must be a Social Insurance Number: nine digits with a valid check digit',
    fr: 'doit être un numéro d’assurance sociale : neuf chiffres dont le chiffre de contrôle est valide',
  },
  'health-number.invalid': {
    en: 'must be a health number as that province or territory issues it',
    fr: 'doit être un numéro d’assurance maladie tel que cette province ou ce territoire le délivre',
  },
  'postal-code.invalid': { en: 'must be a Canadian postal code such as K1A 0B1', fr: 'doit être un code postal canadien, par exemple K1A 0B1' },
  'date.invalid': { en: 'must be a date that exists, written YYYY-MM-DD', fr: 'doit être une date qui existe, écrite AAAA-MM-JJ' },
  'time.invalid': { en: 'must be a time of day written HH:MM', fr: 'doit être une heure écrite HH:MM' },
  'name.invalid': {
    en: 'must be a name of 1 to 100 letters in any script, with spaces, apostrophes or hyphens between them',
    fr: 'doit être un nom de 1 à 100 lettres dans n’importe quelle écriture, séparées par des espaces, des apostrophes ou des traits d’union',
  },
  'text.invalid': {
    en: 'must be 1 to 200 characters on one line, without control characters',
    fr: 'doit compter de 1 à 200 caractères sur une seule ligne, sans caractère de contrôle',
  },
  'country.invalid': { en: 'must be an ISO 3166-1 country code such as IN', fr: 'doit être un code de pays ISO 3166-1, par exemple IN' },
  'facility.invalid': {
    en: 'must be a facility code of small letters, digits and hyphens',
    fr: 'doit être un code d’établissement en lettres minuscules, chiffres et traits d’union',
  },
  'birth-place.invalid': {
    en: 'must name either the province or territory of birth, or the country of birth, and not both',
    fr: 'doit indiquer soit la province ou le territoire de naissance, soit le pays de naissance, mais pas les deux',
  },
  'notice.invalid': {
    en: 'must be the id of the notice that was read, such as child-benefits.v1',
    fr: 'doit être l’identifiant de l’avis qui a été lu, par exemple child-benefits.v1',
  },
  'email.invalid': { en: 'must be an e-mail address', fr: 'doit être une adresse courriel' },
  'telephone.invalid': { en: 'must be a telephone number', fr: 'doit être un numéro de téléphone' },
  'person-id.twice': { en: 'must name each person once', fr: 'doit nommer chaque personne une seule fois' },
  'decision.twice': { en: 'must hold one decision per target', fr: 'doit contenir une seule décision par destinataire' },
});

export const findFieldFault = (code: string): LocalisedText | undefined =>
  Object.hasOwn(FIELD_FAULTS, code) ? FIELD_FAULTS[code as keyof typeof FIELD_FAULTS] : undefined;
