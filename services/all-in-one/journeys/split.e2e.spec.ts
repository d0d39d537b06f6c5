import { jest } from '@jest/globals';
import { place, takePlaceIn } from './place.js';

/** The journeys again: every service a process of its own behind the gateway, two of those that share the log's work. */
jest.setTimeout(30_000);
takePlaceIn(place().kafka ? 'split-kafka' : 'split');
await import('./samples.e2e.spec.js');
await import('./api.e2e.spec.js');
