/** An instant: milliseconds since the epoch, UTC. Domain code receives instants; only the edge asks a clock. */
export type Instant = number;

/** Where instants come from; an abstract class so that it is also the injection token. */
export abstract class Clock {
  abstract now(): Instant;
}

export class SystemClock extends Clock {
  now(): Instant {
    return Date.now();
  }
}

/** A clock that tests and the demo move. Production never binds it. */
export class MovableClock extends Clock {
  private offset = 0;
  private readonly listeners = new Set<() => void>();

  now(): Instant {
    return Date.now() + this.offset;
  }

  /** Moves time forward by `ms` and wakes whoever waits on a timer. */
  advance(ms: number): void {
    this.setOffset(this.offset + ms);
  }

  /** The distance from the system's time in milliseconds; set from the shared row when several processes move together. */
  setOffset(ms: number): void {
    if (ms === this.offset) return;
    this.offset = ms;
    for (const listener of this.listeners) listener();
  }

  onMove(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const toIso = (at: Instant): string => new Date(at).toISOString();
