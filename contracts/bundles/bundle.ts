import type { FieldName } from '../notifications/fields.js';
import type { NoticeId } from '../texts/notices.js';
import type { ReasonCode } from '../texts/reasons.js';
import type { Circumstance, LifeEvent } from '../words.js';
import type { ConditionName } from './conditions.js';

/** Which jurisdiction's programme a target is resolved to. */
export type ResolvedBy = 'place-of-event' | 'residence' | 'federal';

/** Who signs for a target. `notifier` is the parent who reports (or beside whom an agent reports). */
export type Signatory = 'notifier' | 'birth-giver';

/** `inform`: nothing irrevocable follows · `hold`: can be undone · `irreversible`: waits for the authority's confirmation. */
export type Reversibility = 'inform' | 'hold' | 'irreversible';

/** One entry of a bundle: data, checked at boot, printed in the plan snapshot. */
export interface Target {
  /** Named for people in contracts/texts/targets.ts and why.ts. */
  readonly target: string;
  /** The adapter's folder: one per programme kind. */
  readonly kind: string;
  readonly resolvedBy: ResolvedBy;
  /** In the plan at all? Absent otherwise (not "not applicable"). */
  readonly presentWhen?: ConditionName;
  /** Delivered only when all hold; the first that fails settles the target as it says. */
  readonly requires?: readonly { readonly condition: ConditionName; readonly otherwise: 'handed-over' | 'not-applicable'; readonly reason: ReasonCode }[];
  /** Targets that must be completed (or already known) first. The root gates every target that changes a record. */
  readonly after: readonly string[];
  readonly root?: true;
  readonly basis: 'law' | 'consent';
  readonly signatory: Signatory;
  /** Days an unsigned request stays open before it ends as consent-withheld. */
  readonly signWithinDays: number;
  /** The notice shown before consent: contracts/texts/notices.ts. */
  readonly notice?: NoticeId;
  /** Exactly what the agreement allows this programme to receive. Equals the adapter's `needs`, or boot fails. */
  readonly shares: readonly FieldName[];
  readonly purpose: string;
  readonly reversibility: Reversibility;
  readonly acceptsUnconfirmed: boolean;
  /** A `law` target is not stopped by a withdrawal. */
  readonly suppressedBy?: Partial<Record<Circumstance, { readonly status: 'handed-over' | 'not-applicable'; readonly reason: ReasonCode }>>;
}

export interface Bundle {
  readonly lifeEvent: LifeEvent;
  readonly version: number;
  readonly targets: readonly Target[];
}
