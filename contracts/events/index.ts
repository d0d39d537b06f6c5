/** The published language of the log. A new event, or a new version of one, is a new file and one line of registry.ts (`npm run new -- event …`). */
import * as registry from './registry.js';
import type { EventType } from './schema.js';

export const eventTypes: readonly EventType[] = Object.values(registry) as readonly unknown[] as readonly EventType[];

export * from './registry.js';
export type { DataOf, EventType } from './schema.js';
export type { QueuedDelivery, TargetView } from './bundling.target-view.js';
