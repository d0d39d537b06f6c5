import { MovableClock, type Clock } from './clock.js';

export interface TickerOptions {
  readonly everyMs: number;
  /** When this one is moved, something may be due at once. */
  readonly clock?: Clock;
  /** Hears of the first failure of a row; what could not be done is still due at the next tick. */
  readonly onFailure?: (error: unknown) => void;
}

/** Runs work now and then, and whenever it is poked: one run at a time, and one more after it if something came up meanwhile. */
export class Ticker {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private failing = false;
  private stopListening: (() => void) | undefined;

  constructor(private readonly work: () => Promise<unknown>, private readonly options: TickerOptions) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  start(): void {
    const { clock, everyMs } = this.options;
    this.timer = setInterval(() => this.poke(), everyMs).unref();
    if (clock instanceof MovableClock) this.stopListening = clock.onMove(() => this.poke());
  }

  poke(): void {
    if (this.stopped) return;
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.again) this.poke();
    });
  }

  /** Resolves when the run under way is over; there is no other. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.stopListening?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.again && !this.isStopped) {
      this.again = false;
      try {
        await this.work();
        this.failing = false;
      } catch (error) {
        if (!this.failing) this.options.onFailure?.(error);
        this.failing = true;
      }
    }
  }
}
