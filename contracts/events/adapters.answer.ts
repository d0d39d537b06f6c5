import type { Mutable } from '../envelope.js';
import { DELIVERY_KINDS } from '../words.js';
import { code, count, instant, list, optional, record, word, type TypeOf } from './schema.js';

/** How one delivery went: of its case, that to this target, of this kind and revision. */
export const answer = record({
  target: word,
  /** Absent: a tell. */
  kind: optional(code(DELIVERY_KINDS)),
  /** Absent: the first. */
  revision: optional(count),
  /** The adapter's reading of the answer. */
  status: code(['acknowledged', 'in-progress', 'action-required', 'completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'failed-retryable', 'parked', 'withheld', 'no-agreement']),
  outcome: optional(word),
  reason: optional(word),
  /** Absent: one. */
  attempts: optional(count),
  /** The kinds of what the vault received with this answer; never a value. */
  yields: optional(list(word)),
  actionBy: optional(instant),
});
type Brief = TypeOf<typeof answer>;
/** An answer with nothing left to be understood. */
export type Answer = Brief & Required<Pick<Brief, 'kind' | 'revision' | 'attempts'>>;

export const answerInBrief = ({ target, kind, revision, status, outcome, reason, attempts, yields, actionBy }: Answer): Brief => {
  const brief: Mutable<Brief> = { target, status };
  if (kind !== 'tell') brief.kind = kind;
  if (revision !== 1) brief.revision = revision;
  if (outcome !== undefined) brief.outcome = outcome;
  if (reason !== undefined) brief.reason = reason;
  if (attempts !== 1) brief.attempts = attempts;
  if (yields !== undefined) brief.yields = yields;
  if (actionBy !== undefined) brief.actionBy = actionBy;
  return brief;
};

/** What names a delivery within its case. */
export const nameOfDelivery = ({ target, kind = 'tell', revision = 1 }: Pick<Brief, 'target' | 'kind' | 'revision'>): string => `${target}/${kind}/${revision}`;

export const answerInFull = (brief: Brief): Answer => ({ kind: 'tell', revision: 1, attempts: 1, ...brief });
