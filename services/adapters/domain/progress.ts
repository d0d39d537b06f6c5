import { DeliveriesProgressedV2, answerInBrief, nameOfDelivery } from '#contracts/events/index.js';
import type { ProgrammeId } from '#contracts/words.js';
import type { Mutable, NewEvent } from '#contracts/envelope.js';
import type { Decision } from '#libs/kernel/index.js';
import type { Delivery, OpenAttempt } from './delivery.js';
import { isFinal, isTakenIn, type Answer, type Outcome } from './outcome.js';

/** After so many milliseconds of tries a delivery is left to a person. */
export const GIVE_UP_MS = 7 * 86_400_000;
/** A call under way is not taken up by anyone else for so long; then its process is thought dead and the programme is asked. */
export const LEASE_MS = 15_000;

/** What is new about one delivery. */
export interface Progress {
  readonly delivery: Delivery;
  /** Tries made since it was last recorded; 0 for an answer that came by itself. */
  readonly tries: number;
  /**
   * `unsent`: it could not go out yet · `not-called`: nor will it soon, because the programme's last calls failed · `unasked`: the question what became of it could not go out ·
   * `unanswered`: a call is under way · `on-its-way`: handed to a carrier, and the answer comes as a message.
   */
  readonly outcome: Outcome | 'unsent' | 'not-called' | 'unasked' | 'unanswered' | 'on-its-way';
  /** How long, in milliseconds, the next try waits if this one failed. */
  readonly waitMs: number;
  /** Somebody asked how it goes (an operator, or a service standard that passed): a failure is told at once. */
  readonly asked?: boolean;
}

/** What is known of a case's deliveries. */
export interface Known {
  /** The rows as they were loaded. */
  readonly loaded: ReadonlyMap<string, OpenAttempt>;
  /** The rows as they shall be; undefined: none any more. */
  readonly open: ReadonlyMap<string, OpenAttempt | undefined>;
  /** The deliveries its log asks for. */
  readonly queued: ReadonlySet<string>;
  /** The last answer stated on the log, by the name of its delivery. */
  readonly last: ReadonlyMap<string, Answer>;
  /** The programmes that took a delivery in for the first time. */
  readonly tookIn: readonly ProgrammeId[];
  /** For the vault. */
  readonly deposits: readonly { readonly deliveryId: string; readonly yields: Readonly<Record<string, string>>; readonly freeText?: string }[];
}
export const NOTHING_KNOWN: Known = { loaded: new Map(), open: new Map(), queued: new Set(), last: new Map(), tookIn: [], deposits: [] };

/** The log is told of the first failure, be it that a programme is not called for those of others, and again whenever the tries have doubled since. */
const isNews = (last: Answer | undefined, attempts: number): boolean => last?.status !== 'failed-retryable' || attempts >= last.attempts * 2;

const kindsOf = (yields: Outcome['yields']): readonly string[] => Object.keys(yields ?? {}).map((k) => k.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)).sort();
const answerOf = ({ target, kind, revision }: Delivery, { status, outcome, reason, yields, actionBy }: Outcome, attempts: number): Answer => {
  const answer: Mutable<Answer> = { target, kind, revision, status, attempts };
  if (outcome !== undefined) answer.outcome = outcome;
  if (reason !== undefined) answer.reason = reason;
  if (yields) answer.yields = kindsOf(yields);
  if (actionBy !== undefined) answer.actionBy = actionBy;
  return answer;
};
const sameWords = (a: Answer, b: Answer): boolean =>
  a.status === b.status && a.outcome === b.outcome && a.reason === b.reason && a.actionBy === b.actionBy && (a.yields ?? []).join() === (b.yields ?? []).join();

/** The programme has it, whatever it makes of it. */
const isWithThem = (answer: Answer | undefined): boolean => answer !== undefined && (isFinal(answer.status) || isTakenIn(answer.status));

interface Step { readonly row?: OpenAttempt; readonly answer?: Answer; readonly deposit?: Known['deposits'][number] | undefined }

const step = ({ delivery, tries, outcome, waitMs, asked }: Progress, row: OpenAttempt | undefined, last: Answer | undefined, now: number): Step => {
  const attempts = (row?.attempts ?? (last && last.status !== 'parked' ? last.attempts : 0)) + tries;
  const since = asked === true ? now : row?.since ?? now;
  // The programme has it: that a question about it does not get through is nobody's concern.
  const settled = last !== undefined && isFinal(last.status);
  const silent = settled || (last !== undefined && isTakenIn(last.status));
  const failing = () => answerOf(delivery, { status: 'failed-retryable' }, Math.max(1, attempts));
  switch (outcome) {
    case 'on-its-way': return {}; // nothing is left for us to try; the target's own timers run
    case 'unsent': case 'not-called': return {
      row: { ...delivery, attempts, state: row?.state ?? 'unsent', since, dueAt: now },
      ...(outcome === 'not-called' && last === undefined && { answer: answerOf(delivery, { status: 'failed-retryable' }, attempts) }),
    };
    case 'unanswered': return { row: { ...delivery, attempts, state: 'unknown', since, dueAt: now + LEASE_MS } };
    case 'unasked': return { row: { ...delivery, attempts, state: 'unknown', since, dueAt: now }, ...(asked === true && !silent && { answer: failing() }) };
  }
  if (outcome.status === 'failed-retryable') {
    if (settled) return {}; // its answer came another way while this call was failing
    if (now - since >= GIVE_UP_MS) return silent ? {} : { answer: answerOf(delivery, { status: 'parked', reason: 'no-answer' }, attempts) };
    const open: OpenAttempt = { ...delivery, attempts, state: outcome.uncertain ? 'unknown' : 'failed', since, dueAt: now + waitMs };
    return silent || !(asked === true || isNews(last, attempts)) ? { row: open } : { row: open, answer: failing() };
  }

  const answer = answerOf(delivery, outcome, Math.max(1, attempts));
  if (last && (sameWords(last, answer) || (isFinal(last.status) && !isFinal(answer.status)))) return {}; // a repeat, or an answer out of order
  const deposit = outcome.yields !== undefined || outcome.freeText !== undefined
    ? { deliveryId: delivery.deliveryId, yields: outcome.yields ?? {}, ...(outcome.freeText !== undefined && { freeText: outcome.freeText }) } : undefined;
  return { answer, deposit };
};

/** What follows from news of a case's deliveries: rows for what is still on its way, one event for what anybody would care about. */
export const decide = (caseId: string, progress: readonly Progress[], known: Known, now: number): Decision<Known, void, NewEvent> => {
  const [open, last] = [new Map(known.open), new Map(known.last)];
  const deposits = [...known.deposits];
  const answers: Answer[] = [];
  const tookIn = [...known.tookIn];
  for (const one of progress) {
    const { deliveryId } = one.delivery;
    const name = nameOfDelivery(one.delivery);
    const { row, answer, deposit } = step(one, open.get(deliveryId), last.get(name), now);
    if (row || open.has(deliveryId)) open.set(deliveryId, row);
    if (deposit) deposits.push(deposit);
    if (answer) {
      answers.push(answer);
      if (isWithThem(answer) && !isWithThem(last.get(name))) tookIn.push(one.delivery.programme);
      last.set(name, answer);
    }
  }
  const events = answers.length > 0 ? [DeliveriesProgressedV2(caseId, { answers: answers.map(answerInBrief) })] : undefined;
  return { state: { loaded: known.loaded, open, queued: known.queued, last, tookIn, deposits }, events, reply: undefined };
};
