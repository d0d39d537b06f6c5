import { Clock, MovableClock, type Instant } from '#libs/kernel/index.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Stands still until it is moved, so that a test may name the instant it expects. */
export class StillClock extends Clock {
  constructor(private at: Instant) {
    super();
  }

  static at(iso: string): StillClock {
    return new StillClock(Date.parse(iso));
  }

  now(): Instant {
    return this.at;
  }

  advance(ms: number): void {
    this.at += ms;
  }
}

/** A running clock that shows this instant now; whoever waits on its timers is woken when it is moved. */
export const movableClockAt = (iso: string): MovableClock => {
  const clock = new MovableClock();
  clock.setOffset(Date.parse(iso) - Date.now());
  return clock;
};
