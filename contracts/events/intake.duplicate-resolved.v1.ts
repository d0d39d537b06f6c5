import { code, defineEvent, record } from './schema.js';

/** A reviewer decided on a possible duplicate: it is its own event, or the same one told before. */
export const DuplicateResolvedV1 = defineEvent('intake.duplicate-resolved.v1', record({ decision: code(['distinct', 'same-event']) }));
