import type { Answer } from '#contracts/events/index.js';

export type { Answer };

/** What an adapter reads in an answer. */
export interface Outcome {
  readonly status: Answer['status'];
  readonly outcome?: string;
  readonly reason?: string;
  /** What the programme gave; goes to the vault, and only its kinds to the log. */
  readonly yields?: Readonly<Record<string, string>>;
  /** Instant by which the person has to act. */
  readonly actionBy?: number;
  /** The programme's own words; they go to the vault and nowhere else. */
  readonly freeText?: string;
  /** Of `failed-retryable`: it may have arrived, so ask by key before sending again. */
  readonly uncertain?: true;
  /** Of `failed-retryable`: how long the programme asked us to wait. */
  readonly retryAfterMs?: number;
}

const FINAL: readonly Answer['status'][] = ['completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent'];
const TAKEN_IN: readonly Answer['status'][] = ['acknowledged', 'in-progress', 'action-required'];
/** The programme's last word, as far as it knows now. */
export const isFinal = (status: Answer['status']): boolean => FINAL.includes(status);
/** The programme has it and works on it. */
export const isTakenIn = (status: Answer['status']): boolean => TAKEN_IN.includes(status);
