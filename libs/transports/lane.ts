import { Breaker, type BreakerOptions } from './breaker.js';

export interface LaneOptions {
  /** Calls under way at once; the others wait their turn. */
  readonly width: number;
  /** How far back, in milliseconds, calls count for what is usual now. */
  readonly windowMs: number;
  readonly breaker?: Partial<BreakerOptions>;
}
const DEFAULTS: LaneOptions = { width: 64, windowMs: 30_000 };
const SAMPLES = 128;
const USUAL = 0.95;

/** The breaker does not let this call pass: nothing was sent. */
export class LaneClosed extends Error {
  override readonly name = 'LaneClosed';
}

interface Sample { readonly at: number; readonly ms: number }

/** The way to one programme: so many calls at once, how long they take of late, and a breaker. A slow programme delays only itself. */
export class Lane {
  readonly breaker: Breaker;
  private readonly options: LaneOptions;
  private readonly waiting: (() => void)[] = [];
  private readonly running = new Set<{ readonly since: number }>();
  private readonly samples: Sample[] = [];

  /** `now`: the house's clock, for the breaker · `monotonic`: milliseconds that never jump · `waited`: those of them in which this process had nothing else to do, for durations. */
  constructor(private readonly now: () => number, private readonly monotonic: () => number, options: Partial<LaneOptions> = {}, private readonly waited: () => number = monotonic) {
    this.options = { ...DEFAULTS, ...options };
    this.breaker = new Breaker(this.options.breaker);
  }

  /** Places free, waiting calls taken off; never below 0. */
  get room(): number {
    return Math.max(0, this.options.width - this.running.size - this.waiting.length);
  }

  /** False while its last calls failed and nothing, or a probe at the most, may pass. */
  get isCalled(): boolean {
    return this.breaker.stateAt(this.now()) === 'closed';
  }

  /** Whether an answer can be hoped for within `patienceMs`, if those before it take as long as is usual; without a free place nothing is hoped of a programme nobody knows yet. */
  isQuick(patienceMs: number): boolean {
    if (!this.isCalled || (this.room === 0 && this.samples.length === 0)) return false;
    const turns = 1 + Math.floor((this.running.size + this.waiting.length) / this.options.width);
    return this.longestMs <= patienceMs / turns && this.usuallyWithin(patienceMs / turns);
  }

  /** Whether the 95th percentile of recent calls is so long at the most. It is asked once a delivery, so nothing is sorted for it. */
  private usuallyWithin(ms: number): boolean {
    const samples = this.recent();
    let longer = 0;
    for (const sample of samples) if (sample.ms > ms) longer++;
    return longer <= samples.length - Math.ceil(samples.length * USUAL);
  }

  /** How long the longest call under way has taken: a programme that hangs is known before its first timeout. */
  private get longestMs(): number {
    const [oldest] = this.running; // a Set keeps the order of insertion
    return oldest ? this.waited() - oldest.since : 0;
  }

  private recent(): readonly Sample[] {
    const from = this.monotonic() - this.options.windowMs;
    while (this.samples.length > 0 && this.samples[0]!.at <= from) this.samples.shift();
    return this.samples;
  }

  /** Runs a call when there is a place for it. `ok` says whether the programme was well. Throws LaneClosed when the breaker lets nothing pass. */
  async run<R>(call: () => Promise<R>, ok: (result: R) => boolean): Promise<R> {
    while (this.running.size >= this.options.width) await new Promise<void>((go) => this.waiting.push(go));
    if (!this.breaker.admit(this.now())) {
      this.waiting.shift()?.();
      throw new LaneClosed('this programme is not called at the moment');
    }
    const one = { since: this.waited() };
    this.running.add(one);
    let well = false;
    try {
      const result = await call();
      well = ok(result);
      return result;
    } finally {
      this.running.delete(one);
      this.samples.push({ at: this.monotonic(), ms: this.waited() - one.since });
      if (this.samples.length > SAMPLES) this.samples.shift();
      if (well) this.breaker.succeeded();
      else this.breaker.failed(this.now());
      this.waiting.shift()?.();
    }
  }
}

/** A lane per programme, made when it is first used. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  /** Without a clock of the caller's, time in which this process was busy itself is not held against a programme. */
  constructor(private readonly now: () => number, private readonly options: Partial<LaneOptions> = {}, private readonly monotonic?: () => number) {}

  of(programme: string): Lane {
    let lane = this.lanes.get(programme);
    if (!lane) {
      lane = this.monotonic ? new Lane(this.now, this.monotonic, this.options) : new Lane(this.now, () => performance.now(), this.options, () => performance.eventLoopUtilization().idle);
      this.lanes.set(programme, lane);
    }
    return lane;
  }

  entries(): IterableIterator<[string, Lane]> {
    return this.lanes.entries();
  }
}
