export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open the first time; doubled each time the probe fails too, up to the longest. */
  readonly coolMs: number;
  readonly longestMs: number;
}
/** `half-open`: one probe may pass, and its result decides. */
export type BreakerState = 'closed' | 'open' | 'half-open';

const DEFAULTS: BreakerOptions = { failures: 5, coolMs: 1000, longestMs: 60_000 };

/** Keeps calls away from a programme that does not answer. Has no clock: every question says what time it is. */
export class Breaker {
  private inARow = 0;
  private opened: { readonly at: number; readonly forMs: number } | undefined;
  private probing = false;
  private readonly options: BreakerOptions;

  constructor(options: Partial<BreakerOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
  }

  stateAt(now: number): BreakerState {
    if (!this.opened) return 'closed';
    return now >= this.opened.at + this.opened.forMs ? 'half-open' : 'open';
  }

  /** May a call pass now? Of a half-open breaker the first caller who asks is the probe. */
  admit(now: number): boolean {
    const state = this.stateAt(now);
    if (state === 'closed') return true;
    if (state === 'open' || this.probing) return false;
    this.probing = true;
    return true;
  }

  /** A probe is under way. */
  get isProbing(): boolean {
    return this.probing;
  }

  succeeded(): void {
    this.inARow = 0;
    this.opened = undefined;
    this.probing = false;
  }

  /** Calls that were let through before it opened and fail later change nothing. */
  failed(now: number): void {
    this.inARow++;
    if (this.probing) {
      this.probing = false;
      this.opened = { at: now, forMs: Math.min((this.opened?.forMs ?? this.options.coolMs) * 2, this.options.longestMs) };
    } else if (!this.opened && this.inARow >= this.options.failures) this.opened = { at: now, forMs: this.options.coolMs };
  }
}
