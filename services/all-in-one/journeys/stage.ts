import { place, type Stage } from './place.js';
import { startTestApp } from './start-app.js';
import { startTestFleet } from './start-fleet.js';

export type { Stage } from './place.js';

/** In many processes, two of each service that shares the log's work. */
export const startStage = (): Promise<Stage> => (place().many ? startTestFleet({ replicas: { bundling: 2, adapters: 2, identity: 2 } }) : startTestApp());
