import { uuidv7 } from '#libs/kernel/index.js';
import { currentTrace } from '#libs/tracing/index.js';
import { Transport, type AgencyAnswer, type AgencyDelivery, type Attempt, type Question } from '../transport.js';
import { ASKED, jurisdictionOf, REQUESTED, sealedEvent, subjectOf } from './event.js';
import { NoKey, type ExchangeKeys } from './exchange-keys.js';
import type { Outgoing, Parcel } from './outgoing.js';
import type { TransportName } from '#contracts/words.js';

export interface MessageTransportParts {
  readonly keys: ExchangeKeys;
  readonly outgoing: Outgoing;
  /** What time it is, for the messages. */
  readonly now: () => number;
}

/** Nothing left: the carrier could not be reached. */
export class NotCarried extends Error {
  override readonly name = 'NotCarried';
}

/**
 * A transport whose answers come as messages. What leaves is a CloudEvent sealed to its jurisdiction and kept before it goes; a
 * question by key is a message too, and is asked only about what may have left.
 */
export abstract class MessageTransport extends Transport {
  protected constructor(private readonly name: TransportName, protected readonly parts: MessageTransportParts) {
    super();
  }

  /** Keeps the parcel and takes it to the carrier, after what was carried before of the same `line`. Throws NotCarried when it certainly did not leave. */
  protected abstract carry(parcel: Parcel, line: string): Promise<void>;
  /** Takes a question to the carrier. It may be lost: it is asked again. */
  protected abstract carryQuestion(parcel: Parcel, line: string): Promise<void>;
  /** What is kept leaves by itself, whatever happens to this process. */
  protected abstract readonly leavesByItself: boolean;

  async send({ delivery, ...attempt }: Attempt & { readonly delivery: AgencyDelivery }): Promise<AgencyAnswer> {
    try {
      await this.carry(await this.parcel(attempt, REQUESTED, attempt.deliveryId, delivery), delivery.about);
      return { status: 'on-its-way' };
    } catch (error) {
      return error instanceof NoKey || error instanceof NotCarried ? { status: 'unreachable', why: error.name } : { status: 'unknown', why: 'not-handed-over' };
    }
  }

  async query({ about, callback, ...attempt }: Question): Promise<AgencyAnswer> {
    try {
      const standing = (await this.parts.outgoing.standing([attempt.deliveryId])).get(attempt.deliveryId);
      if (standing === undefined) return { status: 404, body: { state: 'unknown' } };
      await this.carryQuestion(await this.parcel(attempt, ASKED, uuidv7(), { callback }), about);
      return standing === 'handed-over' || this.leavesByItself ? { status: 'on-its-way' } : { status: 'unknown', why: 'asked' };
    } catch {
      return { status: 'unknown', why: 'not-asked' };
    }
  }

  private async parcel({ programme, deliveryId }: Attempt, type: string, id: string, body: object): Promise<Parcel> {
    const [subject, jurisdiction] = [subjectOf(programme, deliveryId), jurisdictionOf(programme)];
    const data = await this.parts.keys.seal(jurisdiction, subject, body);
    return { id: type === REQUESTED ? id : `${deliveryId}/asked`, deliveryId, transport: this.name, jurisdiction, text: JSON.stringify(sealedEvent({ id, type, subject, data, at: this.parts.now(), traceparent: currentTrace() })) };
  }
}
