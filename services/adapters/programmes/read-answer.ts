import { wasReceived, type AgencyAnswer } from '#libs/transports/index.js';
import type { Outcome } from '../domain/outcome.js';

const STATES = ['final', 'received', 'in-progress', 'action-required', 'refused'] as const;
type State = (typeof STATES)[number];

/** What a code means in our words. */
export interface Meaning {
  readonly state: State;
  readonly status: Outcome['status'];
  readonly outcome?: string;
  readonly reason?: string;
  /** What must come with it; anything else that comes is not taken in. */
  readonly yields?: readonly string[];
}
export type Codes = Readonly<Record<string, Meaning>>;

/** What every programme may answer to an amendment, a recall or a stop. */
export const CORRECTION_CODES: Codes = {
  AMENDED: { state: 'final', status: 'completed', outcome: 'amended' },
  CANNOT_AMEND: { state: 'refused', status: 'rejected', reason: 'cannot-amend' },
  RECALLED: { state: 'final', status: 'completed', outcome: 'recalled' },
  STOPPED: { state: 'final', status: 'completed', outcome: 'stopped' },
  NOT_WITH_US: { state: 'final', status: 'completed', outcome: 'not-with-us' },
  BODY_DIFFERS: { state: 'refused', status: 'failed-permanent', reason: 'key-reused' },
};

const NOT_UNDERSTOOD: Outcome = { status: 'parked', reason: 'answer-not-understood' };
/** An answer whose code we do not know still says where the delivery stands. */
const WITHOUT_CODE: Readonly<Record<State, Outcome>> = {
  final: NOT_UNDERSTOOD,
  received: { status: 'acknowledged' },
  'in-progress': { status: 'in-progress' },
  'action-required': { status: 'action-required' },
  refused: { status: 'rejected', reason: 'refused-by-programme' },
};

const LONGEST_YIELD = 200;
const LONGEST_NOTE = 2000;

/**
 * What an answer means, whatever it is: the table of the adapter decides, in one place for all of them. An answer that did not
 * get through, or that no agency following the contract would give, is never taken for success.
 */
export const readAnswer = (answer: AgencyAnswer, codes: Codes): Outcome => {
  const received = wasReceived(answer);
  if (received !== 'yes') return { status: 'failed-retryable', ...(received === 'unknown' && { uncertain: true }), ...('retryAfterMs' in answer && { retryAfterMs: answer.retryAfterMs }) };
  const body = (answer as { readonly body: Readonly<Record<string, unknown>> }).body;
  const state = STATES.find((s) => s === body.state);
  const success = (answer.status as number) < 300;
  // Success without the contract's document may be anything; only a refusal may come with an error's status.
  if (!state) return success ? { status: 'failed-retryable', uncertain: true } : NOT_UNDERSTOOD;
  if (!success && state !== 'refused') return NOT_UNDERSTOOD;
  return withDetails(meaningOf(state, body, codes), body);
};

const meaningOf = (state: State, body: Readonly<Record<string, unknown>>, codes: Codes): Outcome => {
  const own = typeof body.code === 'string' && Object.hasOwn(codes, body.code) ? codes[body.code] : undefined;
  const common = typeof body.code === 'string' && Object.hasOwn(CORRECTION_CODES, body.code) ? CORRECTION_CODES[body.code] : undefined;
  const meaning = own ?? common;
  if (!meaning || meaning.state !== state) return WITHOUT_CODE[state];
  const yields = yieldsOf(body.yields, meaning.yields ?? []);
  if (!yields) return NOT_UNDERSTOOD;
  const { status, outcome, reason } = meaning;
  return { status, ...(outcome !== undefined && { outcome }), ...(reason !== undefined && { reason }), ...(Object.keys(yields).length > 0 && { yields }) };
};

/** Undefined when one is missing or is no short text. */
const yieldsOf = (given: unknown, kinds: readonly string[]): Readonly<Record<string, string>> | undefined => {
  const found: Record<string, string> = {};
  for (const kind of kinds) {
    const value = typeof given === 'object' && given !== null && Object.hasOwn(given, kind) ? (given as Readonly<Record<string, unknown>>)[kind] : undefined;
    if (typeof value !== 'string' || value.length === 0 || value.length > LONGEST_YIELD) return undefined;
    found[kind] = value;
  }
  return found;
};

const withDetails = (outcome: Outcome, { actionBy, note }: Readonly<Record<string, unknown>>): Outcome => {
  const at = typeof actionBy === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(actionBy) ? Date.parse(actionBy) : NaN;
  return {
    ...outcome,
    ...(outcome.status === 'action-required' && at >= 0 && { actionBy: at }),
    ...(typeof note === 'string' && note.trim() !== '' && { freeText: note.slice(0, LONGEST_NOTE) }),
  };
};
