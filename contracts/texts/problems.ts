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
  'case.not-found': {
    status: 404,
    title: { en: 'There is no such case', fr: 'Ce dossier n’existe pas' },
    detail: {
      en: 'Check the reference, and that you are signed in as a person who belongs to the case.',
      fr: 'Vérifiez le numéro de référence et assurez-vous d’avoir ouvert une session comme personne liée au dossier.',
    },
  },
  'case.not-notifier': {
    status: 403,
    title: { en: 'Only the person who reported can do this', fr: 'Seule la personne qui a fait la déclaration peut faire cette opération' },
    detail: { en: 'That person, or the agent who reported beside them, can do it.', fr: 'Cette personne, ou l’agent qui a fait la déclaration à ses côtés, peut la faire.' },
  },
  'case.cancelled': {
    status: 409,
    title: { en: 'This case was taken back', fr: 'Ce dossier a été retiré' },
    detail: { en: 'It can no longer be changed. Report the birth again if you need to.', fr: 'Il ne peut plus être modifié. Déclarez de nouveau la naissance si c’est nécessaire.' },
  },
  'amendment.person-confirmed': {
    status: 422,
    title: { en: 'Who was confirmed cannot become somebody else', fr: 'Une personne confirmée ne peut pas en devenir une autre' },
    detail: {
      en: 'The names, date and place of birth of this parent were confirmed. If they are wrong, cancel this case and report again.',
      fr: 'Les noms, la date et le lieu de naissance de ce parent ont été confirmés. S’ils sont inexacts, annulez ce dossier et faites une nouvelle déclaration.',
    },
  },
  'amendment.nothing-changed': {
    status: 422,
    title: { en: 'Nothing was changed', fr: 'Rien n’a été modifié' },
    detail: { en: 'The corrected report says the same as the one on file.', fr: 'La déclaration corrigée est identique à celle du dossier.' },
  },
  'declaration.version-taken': {
    status: 409,
    title: { en: 'Somebody else corrected this case in the meantime', fr: 'Quelqu’un d’autre a corrigé ce dossier entre-temps' },
    detail: { en: 'Read the case again, then send your correction once more.', fr: 'Relisez le dossier, puis envoyez de nouveau votre correction.' },
  },
  'person.not-declared': {
    status: 404,
    title: { en: 'The report names no such person', fr: 'La déclaration ne nomme pas cette personne' },
  },
  'idempotency.key-missing': {
    status: 400,
    title: { en: 'The Idempotency-Key header is missing', fr: 'L’en-tête Idempotency-Key est absent' },
    detail: { en: 'Send one, new for each report, so that a repeated request is not a second report.', fr: 'Envoyez-en un, nouveau pour chaque déclaration, pour qu’une requête répétée ne soit pas une deuxième déclaration.' },
  },
  'idempotency.key-invalid': {
    status: 400,
    title: { en: 'The Idempotency-Key header is not valid', fr: 'L’en-tête Idempotency-Key n’est pas valide' },
    detail: { en: 'It must be 1 to 200 visible characters.', fr: 'Il doit compter de 1 à 200 caractères visibles.' },
  },
  'idempotency.body-differs': {
    status: 422,
    title: { en: 'This Idempotency-Key was used with another body', fr: 'Cet Idempotency-Key a servi avec un autre contenu' },
    detail: { en: 'Use a new key for a new report.', fr: 'Utilisez une nouvelle clé pour une nouvelle déclaration.' },
  },
  'invitation.unknown': {
    status: 404,
    title: { en: 'This invitation is not known or has expired', fr: 'Cette invitation est inconnue ou a expiré' },
    detail: { en: 'Check the code, or ask for a new one. A code is good for 30 days.', fr: 'Vérifiez le code ou demandez-en un nouveau. Un code est valide pendant 30 jours.' },
  },
  'invitation.used': {
    status: 409,
    title: { en: 'This invitation was accepted already', fr: 'Cette invitation a déjà été acceptée' },
    detail: { en: 'If it was not you, tell the person who invited you.', fr: 'Si ce n’était pas vous, dites-le à la personne qui vous a invité.' },
  },
  'invitation.own': {
    status: 409,
    title: { en: 'You are already part of this case', fr: 'Vous faites déjà partie de ce dossier' },
    detail: { en: 'The invitation is for the other parent, signed in as themselves.', fr: 'L’invitation est destinée à l’autre parent, qui doit ouvrir sa propre session.' },
  },
  'invitation.already-party': {
    status: 409,
    title: { en: 'This person is already part of the case', fr: 'Cette personne fait déjà partie du dossier' },
  },
  'invitation.person-unknown': {
    status: 422,
    title: { en: 'Only a parent named in the report can be invited', fr: 'Seul un parent nommé dans la déclaration peut être invité' },
  },
  'consent.unknown-target': {
    status: 404,
    title: { en: 'No programme of this case asks for consent under this name', fr: 'Aucun programme de ce dossier ne demande de consentement sous ce nom' },
  },
  'consent.not-signatory': {
    status: 403,
    title: { en: 'Only the person who signs for this programme can decide', fr: 'Seule la personne qui signe pour ce programme peut décider' },
  },
  'consent.notice-outdated': {
    status: 409,
    title: { en: 'The notice has changed', fr: 'L’avis a changé' },
    detail: { en: 'Read the current notice, then decide.', fr: 'Lisez l’avis actuel, puis décidez.' },
  },
  'consent.nothing-to-withdraw': {
    status: 409,
    title: { en: 'There is no consent to withdraw', fr: 'Il n’y a pas de consentement à retirer' },
    detail: { en: 'Consent was never given for this programme, or was withdrawn already.', fr: 'Le consentement n’a jamais été donné pour ce programme ou a déjà été retiré.' },
  },
  'consent.decided-twice': {
    status: 409,
    title: { en: 'A programme can be decided only once at a time', fr: 'Une seule décision à la fois est possible pour un programme' },
  },
  'notice.unknown': {
    status: 404,
    title: { en: 'There is no such notice', fr: 'Cet avis n’existe pas' },
  },
  'delivery.unknown': {
    status: 404,
    title: { en: 'Nothing is known of this delivery', fr: 'Rien n’est connu de cette transmission' },
  },
  'review.unknown': {
    status: 404,
    title: { en: 'There is no such review', fr: 'Cet examen n’existe pas' },
  },
  'review.already-decided': {
    status: 409,
    title: { en: 'This review was decided already', fr: 'Cet examen a déjà fait l’objet d’une décision' },
  },
  'review.evidence-missing': {
    status: 422,
    title: { en: 'Say what was seen', fr: 'Indiquez ce qui a été vu' },
    detail: { en: 'A person or a report is accepted only with an evidence code.', fr: 'Une personne ou une déclaration n’est acceptée qu’avec un code de preuve.' },
  },
  'review.authority-not-heard': {
    status: 409,
    title: { en: 'The authority has not answered yet', fr: 'L’autorité n’a pas encore répondu' },
    detail: { en: 'Nobody is accepted before it has.', fr: 'Personne n’est accepté avant sa réponse.' },
  },
  'target.unknown': {
    status: 404,
    title: { en: 'This case has no such target', fr: 'Ce dossier n’a pas ce destinataire' },
  },
  'target.not-retryable': {
    status: 409,
    title: { en: 'Only a parked or failing delivery can be retried', fr: 'Seul un envoi en attente d’intervention ou en échec peut être relancé' },
  },
  'target.already-settled': {
    status: 409,
    title: { en: 'This target is settled already', fr: 'Ce destinataire est déjà réglé' },
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
  'field.choice': { en: 'is not one of the choices offered', fr: 'ne fait pas partie des choix offerts' },
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
  'decision.unknown-target': {
    en: 'must be a programme of this bundle that asks for consent',
    fr: 'doit être un programme de cet ensemble qui demande un consentement',
  },
  'decision.not-yours': {
    en: 'can only be decided by the parent who gave birth; invite them to the case',
    fr: 'ne peut être décidé que par le parent qui a donné naissance; invitez-le à se joindre au dossier',
  },
  'decision.not-here': {
    en: 'must be empty; decisions are changed at /v1/cases/{reference}/consents/{target}',
    fr: 'doit être vide; les décisions se changent à /v1/cases/{reference}/consents/{target}',
  },
  'notice.outdated': { en: 'must be the notice in force, as listed at GET /v1/notices', fr: 'doit être l’avis en vigueur, tel qu’il figure à GET /v1/notices' },
  'notifier.unknown': { en: 'must be one of the parents named', fr: 'doit être l’un des parents nommés' },
  'notifier.changed': { en: 'must stay the person who reported', fr: 'doit demeurer la personne qui a fait la déclaration' },
  'parents.gave-birth-twice': { en: 'must name at most one person who gave birth', fr: 'doit nommer au plus une personne qui a donné naissance' },
  'birth-order.invalid': { en: 'must not be greater than the number of children born', fr: 'ne doit pas dépasser le nombre d’enfants nés' },
  'birth.too-long-ago': {
    en: 'must be within the last twelve months; an older birth is a delayed registration at the vital statistics office',
    fr: 'doit être dans les douze derniers mois; une naissance plus ancienne est un enregistrement tardif au bureau de l’état civil',
  },
  'date.in-future': { en: 'must not be after today', fr: 'ne doit pas être postérieure à aujourd’hui' },
  'date.order': { en: 'must be before the birth that is reported', fr: 'doit être antérieure à la naissance déclarée' },
  'promoter.unknown': { en: 'must be the id of a promoter listed at GET /v1/promoters', fr: 'doit être l’identifiant d’un promoteur figurant à GET /v1/promoters' },
  'invitation.person-unknown': { en: 'must be a parent named in the report', fr: 'doit être un parent nommé dans la déclaration' },
  'email.invalid': { en: 'must be an e-mail address', fr: 'doit être une adresse courriel' },
  'telephone.invalid': { en: 'must be a telephone number', fr: 'doit être un numéro de téléphone' },
  'amendment.person-confirmed': {
    en: 'must keep the names, date and place of birth that were confirmed',
    fr: 'doit conserver les noms, la date et le lieu de naissance qui ont été confirmés',
  },
  'person-id.twice': { en: 'must name each person once', fr: 'doit nommer chaque personne une seule fois' },
  'decision.twice': { en: 'must hold one decision per target', fr: 'doit contenir une seule décision par destinataire' },
});

export const findFieldFault = (code: string): LocalisedText | undefined =>
  Object.hasOwn(FIELD_FAULTS, code) ? FIELD_FAULTS[code as keyof typeof FIELD_FAULTS] : undefined;
