import { DELIVERY_KINDS } from '../words.js';
import { code, count, defineEvent, id, instant, list, optional, record, word } from './schema.js';

/** How deliveries went: answers, interim and final, and attempts that did not get through. */
export const DeliveriesProgressedV1 = defineEvent('adapters.deliveries-progressed.v1', record({
  answers: list(record({
    deliveryId: id,
    target: word,
    kind: code(DELIVERY_KINDS),
    revision: count,
    /** The adapter's reading of the answer. */
    status: code(['acknowledged', 'in-progress', 'action-required', 'completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'failed-retryable', 'parked', 'withheld', 'no-agreement']),
    outcome: optional(word),
    reason: optional(word),
    attempts: count,
    /** The kinds of what the vault received with this answer; never a value. */
    yields: optional(list(word)),
    actionBy: optional(instant),
  })),
}));
