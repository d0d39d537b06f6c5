import type { LocalisedText } from './localised.js';

/** What each target of every bundle is called. */
export const TARGET_NAMES = {
  'birth-registration': { en: 'Birth registration', fr: 'Enregistrement de la naissance' },
  'stillbirth-registration': { en: 'Registration of a stillbirth', fr: 'Enregistrement d’une mortinaissance' },
  'birth-certificate': { en: 'Birth certificate', fr: 'Certificat de naissance' },
  sin: { en: 'Social Insurance Number of the child', fr: 'Numéro d’assurance sociale de l’enfant' },
  'child-benefits': { en: 'Canada Child Benefit and related benefits', fr: 'Allocation canadienne pour enfants et prestations connexes' },
  'family-allowance': { en: 'Québec Family Allowance', fr: 'Allocation famille du Québec' },
  'health-card': { en: 'Health insurance of the child', fr: 'Assurance maladie de l’enfant' },
  'education-savings': { en: 'Education savings referral', fr: 'Aiguillage pour l’épargne-études' },
  'learning-bond': { en: 'Canada Learning Bond', fr: 'Bon d’études canadien' },
  'indian-registration': { en: 'Registration under the Indian Act', fr: 'Inscription en vertu de la Loi sur les Indiens' },
} as const satisfies Record<string, LocalisedText>;

export type TargetName = keyof typeof TARGET_NAMES;
export const isTargetName = (target: string): target is TargetName => Object.hasOwn(TARGET_NAMES, target);

/** A target's name; its code where a case was planned by a newer build. */
export const targetName = (target: string): LocalisedText => (isTargetName(target) ? TARGET_NAMES[target] : { en: target, fr: target });
