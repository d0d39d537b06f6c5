import type { TargetView } from '../events/index.js';
import type { Offer } from '../jurisdictions/jurisdiction.js';
import type { TargetStatus, WaitingOn } from '../words.js';
import type { LocalisedText } from './localised.js';
import { OUTCOMES, isOutcomeCode, type OutcomeCode } from './outcomes.js';
import { REASONS, isReasonCode, type ReasonCode } from './reasons.js';

const NOTHING_TO_DO: LocalisedText = { en: 'There is nothing you need to do.', fr: 'Vous n’avez rien à faire.' };
const NOTHING_MORE: LocalisedText = { en: 'There is nothing more you need to do.', fr: 'Vous n’avez plus rien à faire.' };
const APPLY_YOURSELF: LocalisedText = { en: 'You can apply yourself.', fr: 'Vous pouvez en faire la demande vous-même.' };
const STILL_POSSIBLE: LocalisedText = {
  en: 'You can still change your mind: give consent under “Your consents” of this case.',
  fr: 'Vous pouvez encore changer d’avis : donnez votre consentement sous « Vos consentements » de ce dossier.',
};
const STAFF_ON_IT: LocalisedText = {
  en: 'A member of our staff is looking into it and will move it on. There is nothing you need to do.',
  fr: 'Un membre de notre personnel s’en occupe et y donnera suite. Vous n’avez rien à faire.',
};

/** What to do when nothing more particular is known than the status. */
export const STATUS_STEPS = {
  'waiting-identity': { en: 'We are confirming who signs. There is nothing you need to do.', fr: 'Nous confirmons l’identité de la personne qui signe. Vous n’avez rien à faire.' },
  'consent-required': { en: 'A signature is needed before anything is sent.', fr: 'Une signature est nécessaire avant tout envoi.' },
  'waiting-dependency': { en: 'This follows by itself as soon as the step before it is done. There is nothing you need to do.', fr: 'Cette étape suivra d’elle-même dès que la précédente sera terminée. Vous n’avez rien à faire.' },
  'waiting-confirmation': { en: 'This follows by itself as soon as the registration is confirmed. There is nothing you need to do.', fr: 'Cette étape suivra d’elle-même dès que l’enregistrement sera confirmé. Vous n’avez rien à faire.' },
  queued: { en: 'It is being sent now. There is nothing you need to do.', fr: 'L’envoi est en cours. Vous n’avez rien à faire.' },
  sent: { en: 'It has been sent, and we are waiting for the answer. There is nothing you need to do.', fr: 'L’envoi est fait et nous attendons la réponse. Vous n’avez rien à faire.' },
  acknowledged: { en: 'The programme has received it. There is nothing you need to do.', fr: 'Le programme l’a reçu. Vous n’avez rien à faire.' },
  'in-progress': { en: 'The programme is working on it. There is nothing you need to do.', fr: 'Le programme y travaille. Vous n’avez rien à faire.' },
  'action-required': { en: 'Please contact the programme, so that it can go on.', fr: 'Veuillez communiquer avec le programme pour que le traitement se poursuive.' },
  'failed-retryable': { en: 'The programme could not be reached just now. We try again by ourselves. There is nothing you need to do.', fr: 'Le programme est injoignable pour l’instant. Nous réessayons de nous-mêmes. Vous n’avez rien à faire.' },
  parked: STAFF_ON_IT,
  completed: NOTHING_MORE,
  'already-known': NOTHING_MORE,
  'handed-over': APPLY_YOURSELF,
  rejected: { en: 'The programme can tell you why and what you can do.', fr: 'Le programme peut vous dire pourquoi et ce que vous pouvez faire.' },
  'failed-permanent': { en: 'We could not do this for you, and we are sorry. You can ask the programme yourself.', fr: 'Nous n’avons pas pu le faire pour vous, et nous nous en excusons. Vous pouvez vous adresser vous-même au programme.' },
  'consent-withheld': STILL_POSSIBLE,
  'not-selected': STILL_POSSIBLE,
  'not-applicable': NOTHING_TO_DO,
  recalled: NOTHING_MORE,
  revoked: NOTHING_MORE,
} as const satisfies Record<TargetStatus, LocalisedText>;

/** Whose turn it is, where an open target waits for a person. The others follow from the status. */
const TURN: Partial<Record<WaitingOn, Partial<Record<TargetStatus, LocalisedText>>>> = {
  you: {
    'waiting-identity': { en: 'Please correct your report, so that your identity can be confirmed.', fr: 'Veuillez corriger votre déclaration pour que votre identité puisse être confirmée.' },
    'consent-required': { en: 'Please read the notice, then give or refuse your consent.', fr: 'Veuillez lire l’avis, puis donner ou refuser votre consentement.' },
  },
  notifier: {
    'waiting-identity': { en: 'The person who reported is asked to correct the report. There is nothing you need to do.', fr: 'La personne qui a fait la déclaration est invitée à la corriger. Vous n’avez rien à faire.' },
    'action-required': { en: 'The person who reported is asked to contact the programme.', fr: 'La personne qui a fait la déclaration est invitée à communiquer avec le programme.' },
  },
  'other-parent': {
    'consent-required': {
      en: 'The other parent has to sign. If you have not done so, invite them: make a code in this case and give it to them yourself.',
      fr: 'L’autre parent doit signer. Si ce n’est pas déjà fait, invitez-le : créez un code dans ce dossier et remettez-le-lui vous-même.',
    },
    'action-required': {
      en: 'The programme has asked the other parent, who signed for it, for something. There is nothing you need to do.',
      fr: 'Le programme a demandé quelque chose à l’autre parent, qui a signé. Vous n’avez rien à faire.',
    },
  },
  reviewer: { 'waiting-identity': { en: 'This usually takes two business days. There is nothing you need to do.', fr: 'Cela prend habituellement deux jours ouvrables. Vous n’avez rien à faire.' } },
};

/** What to do for a reason that asks for something in particular. */
const REASON_STEPS: Partial<Record<ReasonCode, LocalisedText>> = {
  'address-protected': {
    en: 'If you want it, apply yourself and say that your address must be kept confidential.',
    fr: 'Si vous le souhaitez, faites-en la demande vous-même et précisez que votre adresse doit rester confidentielle.',
  },
  'placement-or-dispute': {
    en: 'The person who will care for the child can apply later.',
    fr: 'La personne qui prendra soin de l’enfant pourra en faire la demande plus tard.',
  },
  'no-promoter-chosen': NOTHING_TO_DO,
  'hospital-does-it': {
    en: 'Keep the part of the form that shows the number until the card comes.',
    fr: 'Conservez la partie du formulaire qui porte le numéro jusqu’à ce que la carte arrive.',
  },
  'comes-by-itself': NOTHING_TO_DO,
  'identity-not-confirmed': {
    en: 'Please contact the office that registers births where the event took place.',
    fr: 'Veuillez communiquer avec le bureau de l’état civil du lieu de l’événement.',
  },
  'signature-not-received': {
    en: 'The other parent can still sign: invite them again in this case.',
    fr: 'L’autre parent peut encore signer : invitez-le de nouveau dans ce dossier.',
  },
  'refused-by-signatory': {
    en: 'Whoever refused can still change their mind in this case.',
    fr: 'La personne qui a refusé peut encore changer d’avis dans ce dossier.',
  },
  withdrawn: {
    en: 'Whoever withdrew can still give consent again in this case.',
    fr: 'La personne qui a retiré son consentement peut le donner de nouveau dans ce dossier.',
  },
  'agreement-ended': { en: 'Please deal with the programme directly.', fr: 'Veuillez vous adresser directement au programme.' },
  'awaiting-hospital-notice': {
    en: 'You may ask the hospital or midwife whether it was sent; you need not do anything else.',
    fr: 'Vous pouvez demander à l’hôpital ou à la sage-femme si l’avis a été envoyé; vous n’avez rien d’autre à faire.',
  },
  'statements-do-not-match': {
    en: 'Please look at your report again. If something is wrong in it, correct it in this case; if it is right, tell the registration office.',
    fr: 'Veuillez revoir votre déclaration. Si elle contient une erreur, corrigez-la dans ce dossier; si elle est exacte, dites-le au bureau de l’état civil.',
  },
  'delayed-registration': {
    en: 'Please contact the registration office; it sends you what is needed.',
    fr: 'Veuillez communiquer avec le bureau de l’état civil; il vous enverra ce qu’il faut.',
  },
  'information-needed': {
    en: 'The programme writes to you about what is missing. Please answer it directly.',
    fr: 'Le programme vous écrira pour vous dire ce qui manque. Veuillez lui répondre directement.',
  },
  'promoter-unavailable': { en: 'You can choose another one yourself.', fr: 'Vous pouvez en choisir un autre vous-même.' },
  'cannot-amend': { en: 'Please ask the programme itself for the correction.', fr: 'Veuillez demander la correction au programme lui-même.' },
};

const OUTCOME_STEPS: Partial<Record<OutcomeCode, LocalisedText>> = {
  'fee-due': {
    en: 'Please pay the fee at the registration office; the certificate follows.',
    fr: 'Veuillez payer les frais au bureau de l’état civil; le certificat suivra.',
  },
  referred: { en: 'You decide then whether to open a plan.', fr: 'Vous déciderez alors d’ouvrir un régime ou non.' },
  applied: {
    en: 'Do not apply a second time: that delays both. You and your spouse or partner both need to file an income tax return every year, even without income.',
    fr: 'Ne faites pas de deuxième demande : cela retarderait les deux. Vous et votre époux ou conjoint devez produire une déclaration de revenus chaque année, même sans revenu.',
  },
};

/** Answers after which the person has nowhere to go. */
const ARRIVED: readonly string[] = ['referred'];
const STEP_OF_CORRECTION: readonly string[] = ['amended', 'recalled', 'stopped', 'not-with-us'];
/** Where a person goes next, where the next step is theirs; elsewhere the address would only worry them. */
const ROUTED: readonly TargetStatus[] = ['action-required', 'handed-over', 'rejected', 'failed-permanent'];
/** Words under which lateness is ours or the programme's to mend; elsewhere it would read as a reproach. */
const isOursToMend = (status: TargetStatus): boolean => status !== 'parked' && status !== 'action-required' && status !== 'consent-required';
const LATE: LocalisedText = {
  en: 'It is taking longer than it should; we have noticed and are asking.',
  fr: 'Cela prend plus de temps que prévu; nous l’avons constaté et nous nous informons.',
};
const SUPPORT: LocalisedText = {
  en: 'Your hospital, midwife or health centre can put you in touch with people who support families in grief, whenever you wish.',
  fr: 'Votre hôpital, votre sage-femme ou votre centre de santé peut vous mettre en contact avec des personnes qui accompagnent les familles en deuil, quand vous le voudrez.',
};

export type NextView = Pick<TargetView, 'target' | 'status' | 'outcome' | 'reason' | 'waitingOn' | 'overdue'>;

const stepOf = ({ status, reason, outcome, waitingOn }: NextView): LocalisedText => {
  const turn = waitingOn === undefined ? undefined : TURN[waitingOn]?.[status];
  if (status === 'parked') return STAFF_ON_IT;
  if (turn) return turn;
  const byReason = reason !== undefined && isReasonCode(reason) ? REASON_STEPS[reason] : undefined;
  return byReason ?? (outcome !== undefined && isOutcomeCode(outcome) ? OUTCOME_STEPS[outcome] : undefined) ?? STATUS_STEPS[status];
};

const saidOf = ({ reason, outcome }: NextView): LocalisedText | undefined =>
  reason !== undefined && isReasonCode(reason) && !(outcome !== undefined && STEP_OF_CORRECTION.includes(outcome)) ? REASONS[reason]
  : outcome !== undefined && isOutcomeCode(outcome) ? OUTCOMES[outcome]
  : undefined;

/**
 * What a person does next about one target: what happened, what to do, and where to go if the step is theirs. `waitingOn: 'you'`
 * speaks to the one who is waited for. Every status has a text; a reason or outcome of a newer build falls back to it.
 */
export const nextStep = (view: NextView, { offer }: { readonly offer?: Pick<Offer, 'route'> } = {}): LocalisedText => {
  const parts: (LocalisedText | undefined)[] = [
    saidOf(view), stepOf(view), view.overdue && isOursToMend(view.status) ? LATE : undefined,
    offer && ROUTED.includes(view.status) && !ARRIVED.includes(view.outcome ?? '') ? offer.route : undefined,
    view.target === 'stillbirth-registration' ? SUPPORT : undefined,
  ];
  const said = parts.filter((part) => part !== undefined);
  return { en: said.map((part) => part.en).join(' '), fr: said.map((part) => part.fr).join(' ') };
};
