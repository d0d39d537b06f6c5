import type { LocalisedText } from './localised.js';

/** What a programme answered, in one sentence. Bereaved families read these too. */
export const OUTCOMES = {
  registered: { en: 'The registration is complete.', fr: 'L’enregistrement est fait.' },
  'already-registered': { en: 'It was already registered.', fr: 'L’enregistrement était déjà fait.' },
  issued: { en: 'It has been issued and is sent to your mailing address.', fr: 'Le document a été délivré et est envoyé à votre adresse postale.' },
  'already-issued': { en: 'It was already issued before.', fr: 'Le document avait déjà été délivré.' },
  'fee-due': { en: 'A fee must be paid before it is issued.', fr: 'Des frais doivent être payés avant la délivrance.' },
  applied: { en: 'The application has been received and is complete.', fr: 'La demande a été reçue et elle est complète.' },
  enrolled: { en: 'The child is enrolled.', fr: 'L’enfant est inscrit.' },
  'pre-assigned': { en: 'The child’s health number was assigned at birth.', fr: 'Le numéro d’assurance maladie de l’enfant a été attribué à la naissance.' },
  referred: { en: 'The promoter you chose has your contact information and will get in touch with you.', fr: 'Le promoteur que vous avez choisi a vos coordonnées et communiquera avec vous.' },
  amended: { en: 'The correction has been made there.', fr: 'La correction y a été apportée.' },
  recalled: { en: 'What was sent has been withdrawn there.', fr: 'Ce qui avait été transmis y a été retiré.' },
  stopped: { en: 'The programme was told to stop, and has stopped.', fr: 'Le programme a été avisé d’arrêter, et il a arrêté.' },
  'not-with-us': { en: 'The programme had not received anything, so nothing had to be undone.', fr: 'Le programme n’avait rien reçu; il n’y avait donc rien à annuler.' },
} as const satisfies Record<string, LocalisedText>;

export type OutcomeCode = keyof typeof OUTCOMES;
export const isOutcomeCode = (outcome: string): outcome is OutcomeCode => Object.hasOwn(OUTCOMES, outcome);
