import type { Envelope } from '#contracts/envelope.js';
import { eventTypes, Versions, type EventType } from '#contracts/events/index.js';
import { misfit } from '#contracts/events/schema.js';
import { Poison } from '#libs/kernel/index.js';
import type { Occurred } from './group.js';

export interface Decoded {
  readonly type: EventType;
  readonly event: Occurred<unknown>;
}

/** Kept on the event itself, so that both go at once. */
const DECODED = Symbol('decoded');

/** Reads stored events, each held to its schema, as the newest version of their type. */
export class Decoder {
  private readonly versions: Versions;

  constructor(types: readonly EventType[] = eventTypes) {
    this.versions = new Versions(types);
  }

  knows(type: string): boolean {
    return this.versions.get(type) !== undefined;
  }

  /** Every type that is read as one of these, at whatever version it was stated. */
  readAs(newest: ReadonlySet<EventType>): readonly string[] {
    return this.versions.all.filter((type) => newest.has(this.versions.newestOf(type))).map(({ type }) => type);
  }

  /** As `decode`, but an event is decoded once however many groups of the process are handed it. */
  once(envelope: Envelope & { [DECODED]?: { readonly by: Decoder; readonly decoded: Decoded } }): Decoded {
    const known = envelope[DECODED];
    if (known?.by === this) return known.decoded;
    const decoded = this.decode(envelope);
    envelope[DECODED] = { by: this, decoded };
    return decoded;
  }

  /** Throws Poison: `undecodable`, `unknown-type`, `unknown-version` or `wrong-schema`. */
  decode(envelope: Envelope): Decoded {
    const at = Date.parse(envelope.time);
    if (Number.isNaN(at)) throw new Poison('undecodable', 'the time of an event is no instant');
    const written = this.versions.get(envelope.type);
    if (!written) throw new Poison(this.versions.hasKin(envelope.type) ? 'unknown-version' : 'unknown-type', `no reader for ${envelope.type}`);
    const fault = misfit(written.shape, envelope.data);
    if (fault !== undefined) throw new Poison('wrong-schema', `${envelope.type} does not fit its schema at ${fault}`);
    const { type, data } = this.versions.newest(written, envelope.data);
    const { caseId, seq, traceparent } = envelope;
    return { type, event: traceparent === undefined ? { caseId, seq, at, data } : { caseId, seq, at, data, traceparent } };
  }
}

/** Reads every type there is. */
export const everyType = new Decoder();
