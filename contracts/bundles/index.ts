import type { LifeEvent } from '../words.js';
import { birthBundle } from './birth.bundle.js';
import type { Bundle } from './bundle.js';

/** One line a life event. */
export const bundles: Partial<Readonly<Record<LifeEvent, Bundle>>> = {
  birth: birthBundle,
};

export const targetOf = (lifeEvent: LifeEvent, target: string) => bundles[lifeEvent]?.targets.find((t) => t.target === target);
export type { Bundle, Signatory, Target } from './bundle.js';
export { conditions, type ConditionName } from './conditions.js';
export type { ConsentFact, LegalStatus, PlanningFacts, PlanningPerson } from './facts.js';
