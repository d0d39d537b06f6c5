import type { Target } from '../bundles/bundle.js';
import { isSettledTarget, type TargetStatus } from '../words.js';
import type { LocalisedText } from './localised.js';
import { REASONS, isReasonCode } from './reasons.js';
import { isTargetName, targetName, type TargetName } from './targets.js';

/** Why a target belongs to a plan, in one sentence. */
export const WHY = {
  'birth-registration': {
    en: 'The law requires every birth to be registered. The registration is the basis for everything else.',
    fr: 'La loi exige que toute naissance soit enregistrée. L’enregistrement est la base de tout le reste.',
  },
  'stillbirth-registration': {
    en: 'We are sorry for your loss. The law asks that a stillbirth be registered; we do this with you, and nothing else is asked of you.',
    fr: 'Nous vous offrons nos condoléances. La loi demande qu’une mortinaissance soit enregistrée; nous le faisons avec vous, et rien d’autre ne vous est demandé.',
  },
  'birth-certificate': {
    en: 'You may order a certificate, the child’s proof of birth.',
    fr: 'Vous pouvez commander un certificat, la preuve de naissance de l’enfant.',
  },
  sin: {
    en: 'You may request a Social Insurance Number for the child; benefits and education savings need it later.',
    fr: 'Vous pouvez demander un numéro d’assurance sociale pour l’enfant; il servira pour les prestations et l’épargne-études.',
  },
  'child-benefits': {
    en: 'The parent who gave birth may apply for the Canada Child Benefit and the benefits of the province or territory.',
    fr: 'Le parent qui a donné naissance peut demander l’Allocation canadienne pour enfants et les prestations de la province ou du territoire.',
  },
  'family-allowance': {
    en: 'You live in Québec, which pays a Family Allowance.',
    fr: 'Vous habitez au Québec, qui verse une Allocation famille.',
  },
  'health-card': {
    en: 'The child needs health insurance where you live.',
    fr: 'L’enfant a besoin d’une assurance maladie là où vous habitez.',
  },
  'education-savings': {
    en: 'You may ask a promoter of your choice to contact you about saving for the child’s education.',
    fr: 'Vous pouvez demander à un promoteur de votre choix de communiquer avec vous au sujet de l’épargne pour les études de l’enfant.',
  },
  'learning-bond': {
    en: 'The child may be eligible for money from the Government of Canada for later studies, even if you save nothing.',
    fr: 'L’enfant peut être admissible à une somme du gouvernement du Canada pour ses études, même si vous n’épargnez rien.',
  },
  'indian-registration': {
    en: 'You said you are interested in registration under the Indian Act.',
    fr: 'Vous avez indiqué que l’inscription en vertu de la Loi sur les Indiens vous intéresse.',
  },
} as const satisfies Record<TargetName, LocalisedText>;

/** Why a target is in the plan and, where the plan already settles it, why so. */
export const whyPlanned = (target: Pick<Target, 'target'>, status: TargetStatus, reason: string | undefined): LocalisedText => {
  const why = isTargetName(target.target) ? WHY[target.target] : targetName(target.target);
  if (!isSettledTarget(status) || reason === undefined || !isReasonCode(reason)) return why;
  return { en: `${why.en} ${REASONS[reason].en}`, fr: `${why.fr} ${REASONS[reason].fr}` };
};
