import type { LifeEvent } from '../words.js';
import type { Bundle } from './bundle.js';
import * as registry from './registry.js';

/** By life event; those offered stand in registry.ts. */
export const bundles: Partial<Readonly<Record<LifeEvent, Bundle>>> = registry;

export const targetOf = (lifeEvent: LifeEvent, target: string) => bundles[lifeEvent]?.targets.find((t) => t.target === target);
export type { Bundle, Signatory, Target } from './bundle.js';
export { conditions, type ConditionName } from './conditions.js';
export type { ConsentFact, LegalStatus, PlanningFacts, PlanningPerson } from './facts.js';
