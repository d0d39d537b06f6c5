import type { Envelope } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import type { Unit } from '#libs/persistence/index.js';

/** An event, decoded to the newest version of its type. */
export interface Occurred<D> {
  readonly caseId: string;
  readonly seq: number;
  readonly at: number;
  readonly data: D;
  /** The W3C trace context of what follows from it, where one is open. */
  readonly traceparent?: string;
}

/** One row of a service's reactions.ts: when this happened, run these commands. */
export interface Reaction {
  readonly on: EventType;
  readonly then: (event: Occurred<never>) => readonly object[];
}

export const when = <D>(on: EventType<string, D>, then: (event: Occurred<D>) => object | readonly object[] | undefined): Reaction => ({
  on: on as unknown as EventType,
  then: (event) => {
    const commands = then(event);
    return commands === undefined ? [] : Array.isArray(commands) ? (commands as object[]) : [commands];
  },
});

/**
 * Per case, the number of the last event a group applied: the inbox, without a row per message. Events without an effect move it
 * only where it is written anyway, so it may stand before numbers that have come by; what those were is asked of the log's table.
 */
export interface Cursors {
  load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  advance(unit: Unit, applied: ReadonlyMap<string, number>): void;
  /** These cases begin in this unit: nothing is stored of them. */
  begin?(unit: Unit, caseIds: readonly string[]): void;
  /** True when this case's row is written by the unit anyway, so that moving its cursor over other events costs nothing. */
  held?(unit: Unit, caseId: string): boolean;
}

/** A page of events handed to a group that works outside the database before it writes. */
export interface Page {
  readonly events: readonly Occurred<unknown>[];
  readonly typeOf: (event: Occurred<unknown>) => EventType;
  /** The page, or a part of it, may have been worked on before a crash: ask before doing anything again. */
  readonly redelivered: boolean;
  readonly signal: AbortSignal;
}

export interface Outward {
  readonly on: readonly EventType[];
  readonly work: (page: Page) => Promise<readonly object[]>;
  /**
   * Runs before the commit of events this process will be handed, in their transaction: what the work would ask of services on the same database can be
   * asked here, and remembered after the commit. The work comes soon after, and may not come at all.
   */
  readonly prepare?: (unit: Unit, events: readonly Occurred<unknown>[]) => Promise<void>;
  /** These cases move in a transaction that has just begun: what `prepare` may need can be read along with the first reads. */
  readonly expect?: (caseIds: readonly string[]) => void;
}

/** A consumer of the log with a place of its own in it. Every group is offered every event of every case. */
export interface Group {
  readonly name: string;
  /** `rebuildable`: replay empties its rows and starts again · `once`: effects leave the system, never replayed. */
  readonly kind: 'rebuildable' | 'once';
  readonly cursors: Cursors;
  /** Event → commands, pure. */
  readonly reactions?: readonly Reaction[];
  /** For a group whose work leaves the process: which types concern it, and the work, which ends in commands. */
  readonly outward?: Outward;
  /** Reactions may run before the commit of the events they react to, when service and log share a database. */
  readonly fused?: boolean;
  /** Empties the group's rows and its cursors, for a rebuild. */
  readonly reset?: (unit: Unit) => Promise<void>;
}

/** A case a group could not go on with. */
export interface ParkedCase {
  readonly group: string;
  readonly caseId: string;
  readonly seq: number;
  readonly reason: string;
  readonly since: number;
}

/** A record on the topic that is no event: noted for an operator, and its event taken from the log instead. */
export interface UnreadableRecord {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** What of it could not be read: its key, one of its headers, its value. */
  readonly part: string;
}

/** Events that never reached a group and were fetched from the log's own table: applied in order, and a fault of the feed to look into. */
export interface Gap {
  readonly group: string;
  readonly caseId: string;
  readonly seqs: readonly number[];
}

/** The read side of the log: hands pages to groups. Two bindings, one conformance suite. */
export abstract class Feed {
  abstract subscribe(group: Group): void;
  abstract start(): Promise<void>;
  /** Finishes the page under way and lets go of its partitions. */
  abstract stop(): Promise<void>;
  abstract parked(): Promise<readonly ParkedCase[]>;
  /** Records no group could read, newest first, a thousand at most; there are none where the outbox itself is read. */
  abstract unreadable(): Promise<readonly UnreadableRecord[]>;
  /** Offers a parked case to its group again. */
  abstract unpark(group: string, caseId: string): Promise<void>;
  /** Replays a rebuildable group from the first event. */
  abstract rebuild(group: string): Promise<void>;
  /** Entries of the log each group has not yet read. */
  abstract lag(): Promise<ReadonlyMap<string, number>>;
}

/** The whole story of a case, in order. */
export abstract class History {
  abstract of(caseId: string, after?: number): Promise<readonly Envelope[]>;
  /** The stories of many cases at once; a case without events is absent. */
  abstract ofMany(caseIds: readonly string[]): Promise<ReadonlyMap<string, readonly Envelope[]>>;
  /** The trace the last event of a case is part of: what is done later for the case goes on in it. */
  abstract traceOf(caseId: string): Promise<string | undefined>;
  /** Calls back soon after new events were committed, by any process; the answer stops it. */
  abstract onChange(listener: () => void): () => void;
}
