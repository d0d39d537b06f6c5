import { uuidv7, type Clock } from '#libs/kernel/index.js';
import type { Agencies } from '../agencies.js';
import { isObject } from '../http.js';
import type { Callback } from '../ledger.js';
import type { Answer } from '../programmes.js';
import type { JurisdictionKeys } from './keys.js';

export type Carrier = NonNullable<Callback['via']>;
/** It was not taken, or is as if it were not: bring it again. */
export const AGAIN = Symbol('again');
const SUBJECT = /^((ca(?:-[a-z]{2})?)\/[a-z-]+)\/deliveries\/([\w-]{1,64})$/;

/** A message whose seal was opened. */
export interface Opened {
  readonly programme: string;
  readonly deliveryId: string;
  readonly token: string;
  /** The delivery; undefined: it only asks what became of it. */
  readonly document?: Readonly<Record<string, unknown>>;
  readonly traceparent?: string;
}

/** Where messages of contracts/asyncapi.yaml become what agencies understand, and their answers messages again. */
export class Mailroom {
  /** By the tell it is about, the delivery an agency is at or does not take yet: what corrects it waits. */
  private readonly inHand = new Map<string, string>();

  constructor(private readonly agencies: Agencies, private readonly keys: JurisdictionKeys, private readonly clock: Clock) {}

  /** Undefined: it is no message of the contract, and nobody can be told. */
  async open(text: string, jurisdiction: string): Promise<Opened | undefined> {
    const event = eventOf(text);
    const [subject, programme, owner, deliveryId] = SUBJECT.exec(String(event?.['subject'])) ?? [];
    if (!event || subject === undefined || programme === undefined || deliveryId === undefined || owner !== jurisdiction) return undefined;
    const body = await this.keys.unseal(jurisdiction, subject, String(event['data'])).catch(() => undefined);
    const token = isObject(body) && isObject(body['callback']) ? body['callback']['token'] : undefined;
    const isDelivery = event['type'] === 'tell-us-once.delivery.requested.v1' && event['id'] === deliveryId;
    if (!isObject(body) || typeof token !== 'string' || (!isDelivery && event['type'] !== 'tell-us-once.delivery.asked.v1')) return undefined;
    const { traceparent } = event;
    return { programme, deliveryId, token, ...(isDelivery && { document: body }), ...(typeof traceparent === 'string' && { traceparent }) };
  }

  /** Has it done and answers with the message that says how it went. Undefined as above. */
  async act({ programme, deliveryId, token, document, traceparent }: Opened, via: Carrier): Promise<string | typeof AGAIN | undefined> {
    const line = `${programme} ${String(document?.['about'])}`;
    if (document && (this.inHand.get(line) ?? deliveryId) !== deliveryId) return AGAIN;
    if (document) this.inHand.set(line, deliveryId);
    const answer = await (document ? this.agencies.receive(programme, deliveryId, document, via) : this.agencies.recall(programme, deliveryId));
    if (answer === 'again') return AGAIN;
    if (document) this.inHand.delete(line);
    return answer && this.answer(programme, deliveryId, token, answer, traceparent);
  }

  /** The message that carries an answer, on one line. */
  async answer(programme: string, deliveryId: string, token: string, answer: Answer | { readonly state: 'unknown' }, traceparent?: string): Promise<string> {
    const subject = `${programme}/deliveries/${deliveryId}`;
    return JSON.stringify({
      specversion: '1.0', id: uuidv7(), source: `/agencies/${programme}`, type: 'tell-us-once.delivery.answered.v1', subject, time: new Date(this.clock.now()).toISOString(),
      datacontenttype: 'application/jose', ...(traceparent !== undefined && { traceparent }), data: await this.keys.seal(subject, { token, answer }),
    });
  }
}

const eventOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const event: unknown = JSON.parse(text);
    return isObject(event) && event['specversion'] === '1.0' ? event : undefined;
  } catch {
    return undefined;
  }
};
