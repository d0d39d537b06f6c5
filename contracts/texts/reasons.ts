import type { LocalisedText } from './localised.js';

/**
 * Why a target stands where it stands, in one sentence. Written to be read at a bad hour, by people in joy and in grief alike:
 * what happened, whose turn it is, no blame.
 */
export const REASONS = {
  // Before anyone is told: the plan
  'address-protected': {
    en: 'Your address is protected, so nothing was passed on to this programme.',
    fr: 'Votre adresse est protégée; rien n’a donc été transmis à ce programme.',
  },
  'placement-or-dispute': {
    en: 'Because an adoption or a surrogacy arrangement is still being settled, this was not requested now.',
    fr: 'Comme une adoption ou une gestation pour autrui n’est pas encore réglée, cette demande n’a pas été faite pour l’instant.',
  },
  'sin-not-through-territory': {
    en: 'For a birth in a territory, a Social Insurance Number cannot be requested with the registration.',
    fr: 'Pour une naissance dans un territoire, le numéro d’assurance sociale ne peut pas être demandé avec l’enregistrement.',
  },
  'sin-parent-status': {
    en: 'A Social Insurance Number can be requested with the registration only when a parent is a Canadian citizen or a permanent resident.',
    fr: 'Le numéro d’assurance sociale peut être demandé avec l’enregistrement seulement si l’un des parents a la citoyenneté canadienne ou la résidence permanente.',
  },
  'child-benefits-rc66': {
    en: 'This application can be made with the registration only by the parent who gave birth, and only if that parent is a Canadian citizen or a permanent resident. Your family may still be eligible.',
    fr: 'Cette demande peut être faite avec l’enregistrement seulement par le parent qui a donné naissance, s’il a la citoyenneté canadienne ou la résidence permanente. Votre famille peut tout de même être admissible.',
  },
  'child-benefits-sin-missing': {
    en: 'The Canada Revenue Agency needs the Social Insurance Number of the parent who gave birth, and it was not given.',
    fr: 'L’Agence du revenu du Canada a besoin du numéro d’assurance sociale du parent qui a donné naissance, et il n’a pas été fourni.',
  },
  'child-benefits-not-automated': {
    en: 'For a birth in Nunavut, this application cannot be sent with the registration.',
    fr: 'Pour une naissance au Nunavut, cette demande ne peut pas être transmise avec l’enregistrement.',
  },
  'born-in-another-province': {
    en: 'The child was born in another province or territory than the one where you live, so this cannot be done with the registration.',
    fr: 'L’enfant est né dans une autre province ou un autre territoire que celui où vous habitez; cela ne peut donc pas se faire avec l’enregistrement.',
  },
  'parent-not-covered': {
    en: 'The health plan adds a child through the coverage of the parent who gave birth, and has no health number in force for that parent.',
    fr: 'Le régime inscrit l’enfant à partir de la couverture du parent qui a donné naissance, et n’a pas de numéro d’assurance maladie en vigueur pour ce parent.',
  },
  'no-promoter-chosen': {
    en: 'No education savings promoter was chosen, so there was nobody to refer you to.',
    fr: 'Aucun promoteur d’épargne-études n’a été choisi; il n’y avait donc personne vers qui vous aiguiller.',
  },
  'hospital-does-it': {
    en: 'The hospital or midwife does this with you, on a form that carries the child’s health number.',
    fr: 'L’hôpital ou la sage-femme s’en charge avec vous, au moyen d’un formulaire qui porte le numéro d’assurance maladie de l’enfant.',
  },
  'comes-by-itself': { en: 'Nobody has to ask for this.', fr: 'Personne n’a à le demander.' },
  'not-offered-there': {
    en: 'This is not part of the service in that province or territory.',
    fr: 'Cela ne fait pas partie du service dans cette province ou ce territoire.',
  },
  'yours-to-apply-for': {
    en: 'It is for you to decide whether to apply for this, so nobody was told.',
    fr: 'C’est à vous de décider d’en faire la demande ou non; personne n’a donc été avisé.',
  },
  // Identity
  'identity-unreachable': {
    en: 'The office that confirms identities could not be reached. We keep asking.',
    fr: 'Le bureau qui confirme les identités est injoignable. Nous continuons de le lui demander.',
  },
  'in-review': { en: 'A person is looking at the report before it goes on.', fr: 'Une personne examine la déclaration avant qu’elle suive son cours.' },
  'correct-your-report': {
    en: 'Something in the report does not agree with the register.',
    fr: 'Un renseignement de la déclaration ne concorde pas avec le registre.',
  },
  'identity-not-confirmed': {
    en: 'The identity of the person who had to sign could not be confirmed.',
    fr: 'L’identité de la personne qui devait signer n’a pas pu être confirmée.',
  },
  // Consent
  'not-asked-for': { en: 'You did not ask for this.', fr: 'Vous ne l’avez pas demandé.' },
  'refused-by-signatory': { en: 'Consent was refused, so nothing was sent.', fr: 'Le consentement a été refusé; rien n’a donc été transmis.' },
  withdrawn: { en: 'Consent was withdrawn, so nothing more is sent.', fr: 'Le consentement a été retiré; plus rien n’est transmis.' },
  'consent-expired': { en: 'The consent has expired, so nothing was sent.', fr: 'Le consentement a expiré; rien n’a donc été transmis.' },
  'signature-not-received': {
    en: 'The other parent did not sign in time, so nothing was sent.',
    fr: 'L’autre parent n’a pas signé à temps; rien n’a donc été transmis.',
  },
  // The case
  'dependency-handed-over': {
    en: 'This follows a step that you take yourself.',
    fr: 'Cette étape suit une démarche que vous faites vous-même.',
  },
  'dependency-failed': {
    en: 'This could follow only after a step that did not succeed.',
    fr: 'Cette étape ne pouvait suivre qu’une autre, qui n’a pas abouti.',
  },
  cancelled: { en: 'The report was taken back.', fr: 'La déclaration a été retirée.' },
  duplicate: { en: 'This was already reported in another case, which goes on.', fr: 'Cela avait déjà été déclaré dans un autre dossier, qui suit son cours.' },
  'agreement-ended': {
    en: 'The agreement under which we tell this programme has ended, so nothing was sent.',
    fr: 'L’entente qui nous permet d’aviser ce programme a pris fin; rien n’a donc été transmis.',
  },
  'past-limit': { en: 'This has taken far longer than it should.', fr: 'Le délai est largement dépassé.' },
  'settled-by-operator': { en: 'A member of our staff closed this step.', fr: 'Un membre de notre personnel a clos cette étape.' },
  // What programmes answer
  'awaiting-hospital-notice': {
    en: 'The registration office is waiting for the notice from the hospital or midwife.',
    fr: 'Le bureau de l’état civil attend l’avis de l’hôpital ou de la sage-femme.',
  },
  'statements-do-not-match': {
    en: 'What you told us and what the hospital or midwife reported are not the same.',
    fr: 'Votre déclaration et l’avis de l’hôpital ou de la sage-femme ne concordent pas.',
  },
  'delayed-registration': {
    en: 'The registration office handles this as a delayed registration, which is done on paper.',
    fr: 'Le bureau de l’état civil traite cette déclaration comme un enregistrement tardif, qui se fait sur papier.',
  },
  'information-needed': { en: 'The programme needs more information from you.', fr: 'Le programme a besoin d’autres renseignements de votre part.' },
  'promoter-unavailable': {
    en: 'The promoter you chose does not take referrals at the moment.',
    fr: 'Le promoteur que vous avez choisi n’accepte pas d’aiguillage pour le moment.',
  },
  'cannot-amend': {
    en: 'The programme cannot make this correction from what we send.',
    fr: 'Le programme ne peut pas apporter cette correction à partir de notre envoi.',
  },
  'refused-by-programme': { en: 'The programme did not accept the request.', fr: 'Le programme n’a pas accepté la demande.' },
  'key-reused': {
    en: 'Because of an error on our side, the programme did not take the request.',
    fr: 'En raison d’une erreur de notre part, le programme n’a pas reçu la demande.',
  },
  'request-not-made': {
    en: 'Because of an error on our side, the request could not be made. A person looks at it.',
    fr: 'En raison d’une erreur de notre part, la demande n’a pas pu être faite. Une personne s’en occupe.',
  },
  erased: {
    en: 'The information was destroyed, so nothing more can be sent.',
    fr: 'Les renseignements ont été détruits; plus rien ne peut être envoyé.',
  },
  'no-answer': {
    en: 'The programme has not answered, although we asked again and again.',
    fr: 'Le programme n’a pas répondu, malgré nos demandes répétées.',
  },
  'answer-not-understood': {
    en: 'The programme answered in a way we do not understand.',
    fr: 'Nous ne comprenons pas la réponse du programme.',
  },
} as const satisfies Record<string, LocalisedText>;

export type ReasonCode = keyof typeof REASONS;
export const isReasonCode = (reason: string): reason is ReasonCode => Object.hasOwn(REASONS, reason);
