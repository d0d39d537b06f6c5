import type { Envelope, Mutable, NewEvent } from '#contracts/envelope.js';
import type { Clock, Instant } from '#libs/kernel/index.js';
import { carriedBy, currentTrace, isTracing } from '#libs/tracing/index.js';
import type { Tx } from './tx.js';

/** A transaction over a list of cases, and the facts it will append. */
export interface Unit {
  readonly tx: Tx;
  /** Resolves when the locks are held. What is read through `tx` is read under them in any case; nothing may be decided or stated before. */
  readonly held: Promise<void>;
  /** When the locks were held; throws before. */
  readonly now: Instant;
  /** False for a unit that only reads: nothing may be appended or flushed. */
  readonly writes: boolean;
  /**
   * What this process last committed of these cases may be taken for what is stored, instead of reading it: by whoever insists (`Tx.insist`)
   * that it is. Where it is not, all is decided once more, on what is read.
   */
  readonly assumes: boolean;
  /** What stores hold for this unit, each under its own `PerUnit`. */
  readonly holdings: Map<object, unknown>;
  /** States a fact, which continues the trace of the command it follows from. It is numbered at once and written with the commit. */
  append(event: NewEvent, command?: object): Envelope;
  /** Runs once, when all is decided and before the commit: stores write what they hold, one statement a table. What is held after that is written by another. */
  onFlush(write: () => void | Promise<void>): void;
  /** Runs once the commit is on its way, to make ready what is needed after it while the database works. What it made is void if the commit fails; must not throw. */
  whileCommitting(make: () => void): void;
  /** Runs after a successful commit; must not throw. */
  afterCommit(then: () => void): void;
  /**
   * Makes a call at a service's door that joins this unit where the service lives in this process. Only what is called before `call` returns joins:
   * nothing may be awaited first. A call made without it is a transaction of its own, and waits for locks this unit holds.
   */
  within<T>(call: () => T): T;
}

/** Whose call at a door is being made at this moment. */
export class Caller {
  private unit: Unit | undefined;

  get now(): Unit | undefined {
    return this.unit;
  }

  as<T>(unit: Unit, call: () => T): T {
    const before = this.unit;
    this.unit = unit;
    try {
      return call();
    } finally {
      this.unit = before;
    }
  }
}

/**
 * What a store holds for a unit, kept on the unit itself so that both go at once. A weak map beside it would lose nothing either, but V8
 * keeps what a long-lived weak map holds through every scavenge: all that a unit decided would be copied twice and wait for a major collection.
 */
export class PerUnit<T extends object> {
  get(unit: Unit): T | undefined {
    return unit.holdings.get(this) as T | undefined;
  }

  set(unit: Unit, held: T): void {
    unit.holdings.set(this, held);
  }
}

/**
 * A unit while its transaction is open. A class, because an object that is written with an accessor is a shape of its own for V8 each time: every
 * use of it is looked up anew, and the shape keeps the unit until a major collection.
 */
export class OpenUnit implements Unit {
  readonly writes = true;
  readonly assumes: boolean;
  readonly holdings = new Map<object, unknown>();
  readonly held: Promise<void>;
  readonly events: Envelope[] = [];
  private readonly flushes: (() => void | Promise<void>)[] = [];
  readonly makings: (() => void)[] = [];
  readonly afters: (() => void)[] = [];
  private fresh: Envelope[] = [];
  private numbers: Map<string, number> | undefined;
  private instant: Instant = 0;
  private time = '';
  private readonly traces = isTracing() ? new Map<string, string>() : undefined;

  /** `numbering` answers the highest number of each case under the locks; what is assumed of them needs no waiting for. */
  constructor(readonly tx: Tx, private readonly clock: Clock, private readonly caller: Caller, private readonly states: boolean, assumed: ReadonlyMap<string, number> | undefined, numbering: () => Promise<ReadonlyMap<string, number>> | undefined) {
    this.assumes = assumed !== undefined;
    if (assumed) {
      this.hold(assumed);
      this.held = Promise.resolve();
    } else {
      // The reads of the work are sent along with the locks and come back after them.
      const asked = numbering();
      this.held = Promise.all([tx.settled(), asked]).then(([, known]) => this.hold(known));
      this.held.catch(() => undefined); // told by whoever waits for it
    }
  }

  get now(): Instant {
    this.heldNumbers();
    return this.instant;
  }

  append({ caseId, type, data }: NewEvent, command?: object): Envelope {
    if (!this.states) throw new Error(`${type} is stated by work that was to state nothing`);
    const known = this.heldNumbers();
    const seq = (known.get(caseId) ?? 0) + 1;
    known.set(caseId, seq);
    const envelope: Mutable<Envelope> = {
      specversion: '1.0', id: `${caseId}/${seq}`, source: `/${type.slice(0, type.indexOf('.'))}`, type, subject: caseId,
      time: this.time, caseId, seq, data,
    };
    const traceparent = this.traces && traceOf(this.traces, caseId, command);
    if (traceparent !== undefined) envelope.traceparent = traceparent;
    this.events.push(envelope);
    this.fresh.push(envelope);
    return envelope;
  }

  /** What was stated since this was last asked. */
  takeFresh(): readonly Envelope[] {
    const { fresh } = this;
    if (fresh.length > 0) this.fresh = [];
    return fresh;
  }

  onFlush(write: () => void | Promise<void>): void {
    this.flushes.push(write);
  }

  /** Whatever stores hold is written. */
  async flush(): Promise<void> {
    for (let write = this.flushes.shift(); write; write = this.flushes.shift()) await write();
  }

  whileCommitting(make: () => void): void {
    this.makings.push(make);
  }

  afterCommit(then: () => void): void {
    this.afters.push(then);
  }

  within<T>(call: () => T): T {
    return this.caller.as(this, call);
  }

  private hold(numbers: ReadonlyMap<string, number> | undefined): void {
    this.numbers = new Map(numbers);
    this.instant = this.clock.now();
    this.time = new Date(this.instant).toISOString();
  }

  private heldNumbers(): Map<string, number> {
    if (!this.numbers) throw new Error('the locks of this unit are not held yet');
    return this.numbers;
  }
}

/** A fact that follows from no command, such as one the vault states beside a report, belongs to what was stated of its case before. */
const traceOf = (traces: Map<string, string>, caseId: string, command: object | undefined): string | undefined => {
  const traceparent = command === undefined ? (traces.get(caseId) ?? currentTrace()) : carriedBy(command);
  if (traceparent !== undefined) traces.set(caseId, traceparent);
  return traceparent;
};
