import type { Envelope } from '#contracts/envelope.js';
import { eventTypes, type EventType } from '#contracts/events/index.js';
import { misfit } from '#contracts/events/schema.js';
import { Poison } from '#libs/kernel/index.js';
import type { Occurred } from './group.js';

export interface Decoded {
  readonly type: EventType;
  readonly event: Occurred<unknown>;
}

/** Reads stored events as the newest version of their type, through each upcast on the way. */
export class Decoder {
  private readonly byType: ReadonlyMap<string, EventType>;
  private readonly successor = new Map<EventType, EventType>();

  constructor(types: readonly EventType[] = eventTypes) {
    this.byType = new Map(types.map((t) => [t.type, t]));
    for (const type of types) if (type.upcast) this.successor.set(type.upcast.from, type);
  }

  knows(type: string): boolean {
    return this.byType.has(type);
  }

  /** Every type that is read as one of these, at whatever version it was stated. */
  readAs(newest: ReadonlySet<EventType>): readonly string[] {
    return [...this.byType.values()].filter((type) => newest.has(this.newestOf(type))).map(({ type }) => type);
  }

  private newestOf(type: EventType): EventType {
    const next = this.successor.get(type);
    return next ? this.newestOf(next) : type;
  }

  /** Throws Poison: `undecodable`, `unknown-type`, `unknown-version` or `wrong-schema`. */
  decode(envelope: Envelope): Decoded {
    const at = Date.parse(envelope.time);
    if (Number.isNaN(at)) throw new Poison('undecodable', 'the time of an event is no instant');
    let type = this.byType.get(envelope.type);
    if (!type) {
      const family = envelope.type.replace(/\.v\d+$/, '.');
      const known = [...this.byType.keys()].some((t) => t.startsWith(family));
      throw new Poison(known ? 'unknown-version' : 'unknown-type', `no reader for ${envelope.type}`);
    }
    const fault = misfit(type.shape, envelope.data);
    if (fault !== undefined) throw new Poison('wrong-schema', `${envelope.type} does not fit its schema at ${fault}`);
    let data = envelope.data;
    for (let next = this.successor.get(type); next; next = this.successor.get(type)) {
      data = next.upcast!.with(data as never);
      type = next;
    }
    return { type, event: { caseId: envelope.caseId, seq: envelope.seq, at, data, ...(envelope.traceparent !== undefined && { traceparent: envelope.traceparent }) } };
  }
}
