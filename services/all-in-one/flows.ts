import { adaptersListenTo } from '#services/adapters/index.js';
import { bundlingReactions } from '#services/bundling/index.js';
import { identityListensTo } from '#services/identity/index.js';
import type { Flow } from './documents.js';

/** Every consumer of the log, as docs/flow.md shows it. */
export const flows: readonly Flow[] = [
  { service: 'identity', outward: { on: identityListensTo, does: 'asks the authority that knows (outside any transaction)' } },
  { service: 'bundling', reactions: bundlingReactions },
  { service: 'adapters', outward: { on: adaptersListenTo, does: 'releases and sends each delivery, then records what came back' } },
];
