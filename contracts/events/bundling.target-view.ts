import { DELIVERY_KINDS, PARENT_IDS, TARGET_STATUSES } from '../words.js';
import { code, count, flag, id, instant, list, optional, programme, record, waitingOn, word, type TypeOf } from './schema.js';

/** One target as the people of the case see it. */
export const targetView = record({
  target: word,
  programme,
  status: code(TARGET_STATUSES),
  outcome: optional(word),
  reason: optional(word),
  basis: code(['law', 'consent']),
  signatory: optional(code(PARENT_IDS)),
  consent: code(['not-needed', 'awaited', 'granted', 'refused', 'withdrawn', 'expired', 'not-asked']),
  waitingOn: optional(waitingOn),
  /** The targets or person waited for, in codes. */
  waitsFor: optional(list(word)),
  expectedBy: optional(instant),
  overdue: flag,
  attempts: count,
  /** An outcome set by a timer or by hand, which a late genuine answer overrules. */
  presumed: optional(flag),
  /** What the deadline of an action is. */
  actionBy: optional(instant),
  changedAt: instant,
});
export type TargetView = TypeOf<typeof targetView>;

/** One delivery to hand over now. */
export const queuedDelivery = record({ deliveryId: id, tellId: id, target: word, programme, kind: code(DELIVERY_KINDS), revision: count,
  /** Ask the programme by key before sending anything again. */
  chase: optional(flag) });
export type QueuedDelivery = TypeOf<typeof queuedDelivery>;
