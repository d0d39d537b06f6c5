/** The published language of the log. A new event, or a new version of one, is a new file and one line of registry.ts (`npm run new -- event …`). */
import type { Envelope } from '../envelope.js';
import * as registry from './registry.js';
import type { EventType } from './schema.js';
import { Versions } from './versions.js';

export const eventTypes: readonly EventType[] = Object.values(registry) as readonly unknown[] as readonly EventType[];
export const versions = new Versions(eventTypes);

/** A stored event as the newest version of its type; one of a type this build does not know, as it is. */
export const newest = (stored: Envelope): Envelope => {
  if (versions.successorOf(stored.type) === undefined) return stored;
  const { type, data } = versions.newest(versions.get(stored.type)!, stored.data);
  return { ...stored, type: type.type, data };
};

export * from './registry.js';
export { answerInBrief, answerInFull, nameOfDelivery, type Answer } from './adapters.answer.js';
export { inBrief, inFull, type BriefDelivery } from './bundling.delivery.js';
export { plannedAlike, seenAfter, type Face, type PlannedTarget, type Stated } from './bundling.target-face.js';
export type { DataOf, EventType } from './schema.js';
export type { QueuedDelivery, TargetView } from './bundling.target-view.js';
export { Versions } from './versions.js';
