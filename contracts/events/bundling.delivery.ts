import type { Mutable } from '../envelope.js';
import { DELIVERY_KINDS, nameOf } from '../words.js';
import type { QueuedDelivery } from './bundling.target-view.js';
import { code, count, flag, id, optional, programme, record, word, type TypeOf } from './schema.js';

/** One delivery to hand over now. */
export const delivery = record({
  deliveryId: id,
  programme,
  /** Absent: called as its programme is, after the slash. */
  target: optional(word),
  /** Absent: a tell. */
  kind: optional(code(DELIVERY_KINDS)),
  /** Absent: the first. */
  revision: optional(count),
  /** The delivery that told the programme; absent: this one. */
  tellId: optional(id),
  /** Ask the programme by key before sending anything again. */
  chase: optional(flag),
});
export type BriefDelivery = TypeOf<typeof delivery>;

export const inBrief = (deliveries: readonly QueuedDelivery[]): readonly BriefDelivery[] =>
  deliveries.map(({ deliveryId, target, programme: to, kind, revision, tellId, chase }) => {
    const brief: Mutable<BriefDelivery> = { deliveryId, programme: to };
    if (target !== nameOf(to)) brief.target = target;
    if (kind !== 'tell') brief.kind = kind;
    if (revision !== 1) brief.revision = revision;
    if (tellId !== deliveryId) brief.tellId = tellId;
    if (chase) brief.chase = chase;
    return brief;
  });

export const inFull = ({ deliveryId, programme: to, target = nameOf(to), kind = 'tell', revision = 1, tellId = deliveryId, chase }: BriefDelivery): QueuedDelivery => {
  const queued: Mutable<QueuedDelivery> = { deliveryId, tellId, target, programme: to, kind, revision };
  if (chase !== undefined) queued.chase = chase;
  return queued;
};
