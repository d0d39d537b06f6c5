import type { DeliveryKind, ProgrammeId, TransportName } from '#contracts/words.js';

/** The document a programme receives for one delivery: contracts/agency.openapi.yaml. */
export interface AgencyDelivery {
  readonly kind: DeliveryKind;
  readonly revision: number;
  /** The delivery that first told the programme; of a tell, its own id. */
  readonly about: string;
  /** The agreement under which this is sent. */
  readonly agreement: string;
  /** What the programme's adapter made of the released fields; empty for a recall and a stop. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Where a later answer goes, and the token that admits it for this delivery alone. */
  readonly callback: { readonly url: string; readonly token: string };
}

/** One delivery of one programme; its id is the Idempotency-Key. */
export interface Attempt {
  readonly programme: ProgrammeId;
  readonly deliveryId: string;
}

/** What came back, as it came: a status and what could be read of the body (undefined: not JSON), or why nothing did. */
export type AgencyAnswer =
  | { readonly status: number; readonly body: unknown; readonly retryAfterMs?: number }
  /** It certainly did not arrive. */
  | { readonly status: 'unreachable'; readonly why: string }
  /** It may have arrived. */
  | { readonly status: 'unknown'; readonly why: string }
  /** It was handed to a carrier that loses nothing, and the programme's answer comes as a message, by itself. */
  | { readonly status: 'on-its-way' };

/** A question by key: what a programme needs to answer it, and no field. */
export type Question = Attempt & Pick<AgencyDelivery, 'about' | 'callback'>;

/** A programme's answer that came as a message. */
export interface Outcome {
  readonly deliveryId: string;
  /** The token of the delivery it answers: proof that it comes from whom the delivery went to. */
  readonly token: string;
  /** `Answer` of contracts/agency.openapi.yaml, as it came; `{ state: 'unknown' }`: it never received that delivery. */
  readonly answer: unknown;
}

/** A message from outside that can never be kept. */
export interface Unreadable {
  readonly transport: TransportName;
  /** Where it lies: topic, partition and offset, or file and line. */
  readonly place: string;
  readonly reason: UnreadableReason;
}
/** `undecodable`: no event of the contract · `not-opened`: its body was not sealed to us, or not for this · `unknown-delivery`: its token is not good for that delivery · `not-understood`: no answer of the contract · `refused`: our own rules never let it be kept · `incomplete`: a file without its end, or without an answer to a message it acknowledges. */
export type UnreadableReason = 'undecodable' | 'not-opened' | 'unknown-delivery' | 'not-understood' | 'refused' | 'incomplete';

/** Who keeps what transports hear. Both reject while nothing can be kept; then the message is brought again. */
export interface Inbox {
  /** One word for each, in order: why it can never be kept; undefined when it is, or was before. */
  hear(outcomes: readonly Outcome[]): Promise<readonly (UnreadableReason | undefined)[]>;
  /** Shows it to operators; again is harmless. */
  park(unreadable: readonly Unreadable[]): Promise<void>;
}

/** How an attempt travels. Both calls always answer; neither ever throws, whatever the other side does. */
export abstract class Transport {
  /** Hands a delivery over. Idempotent at the programme by delivery id. */
  abstract send(attempt: Attempt & { readonly delivery: AgencyDelivery }): Promise<AgencyAnswer>;
  /** Asks by key what became of a delivery. Carries no field. */
  abstract query(question: Question): Promise<AgencyAnswer>;
  /** Begins to bring what programmes answer by message. */
  listen(_inbox: Inbox): void {
    // HTTP brings answers to a door of its own
  }
  /** Finishes what is under way and lets go of connections. */
  async close(): Promise<void> {
    // a transport without connections has nothing to let go of
  }
}

export type Received = 'yes' | 'no' | 'unknown';

/** Refusals that are made before a request is looked at. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403, 404, 425, 429, 503]);

/**
 * Did the programme take the request in? `yes`: its answer can be read. `unknown`: it may have acted before it failed or was cut
 * off, so that only a query by key can tell (timeouts, 500, 502, 504, bodies that are not JSON).
 */
export const wasReceived = (answer: AgencyAnswer): Received => {
  if (answer.status === 'unreachable') return 'no';
  if (answer.status === 'unknown' || answer.status === 'on-its-way') return 'unknown';
  if (TURNED_AWAY.has(answer.status) || (answer.status >= 300 && answer.status < 400)) return 'no';
  if (answer.status >= 500 || answer.status === 408 || typeof answer.body !== 'object' || answer.body === null) return 'unknown';
  return 'yes';
};
