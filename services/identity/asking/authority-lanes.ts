import type { JurisdictionId } from '#contracts/words.js';
import { Gauge } from 'prom-client';
import type { Clock } from '#libs/kernel/index.js';
import type { Metrics } from '#libs/runtime/index.js';
import { traced } from '#libs/tracing/index.js';
import { LaneClosed, Lanes } from '#libs/transports/index.js';
import type { IdentityAuthority, IdentityEnquiry, Reply } from '../authorities/identity-authority.js';

const WIDTH = 32;
/** Questions of one authority that are under way or wait their turn in this process. */
const MOST = 2048;
/** From the call to the end of its answer, in milliseconds. */
const ANSWER_WITHIN = 10_000;
const UNREACHABLE: Reply = { kind: 'unreachable' };

/** A lane and a breaker per authority: a slow or silent one delays only the people it knows. */
export class AuthorityLanes {
  private readonly lanes: Lanes;
  private readonly counts = new Map<JurisdictionId, number>();
  private readonly calls = new Set<AbortController>();
  private closed = false;

  constructor(private readonly authority: IdentityAuthority, private readonly clock: Clock, metrics?: Metrics) {
    const lanes = new Lanes(() => clock.now(), { width: WIDTH });
    this.lanes = lanes;
    if (!metrics) return;
    new Gauge({
      name: 'authority_breaker_open', help: '1 while an authority is not asked because its last answers failed.', labelNames: ['authority'], registers: [metrics.registry],
      collect() {
        for (const [authority, lane] of lanes.entries()) this.set({ authority }, lane.breaker.stateAt(clock.now()) === 'closed' ? 0 : 1);
      },
    });
  }

  /** How many questions may go out now: none while the breaker is open, one to probe, else as many as may wait. */
  admits(authority: JurisdictionId): number {
    const { breaker } = this.lanes.of(authority);
    const state = breaker.stateAt(this.clock.now());
    if (state === 'open') return 0;
    if (state === 'half-open') return breaker.isProbing ? 0 : 1;
    return Math.max(0, MOST - (this.counts.get(authority) ?? 0));
  }

  /** Whether an answer can be hoped for within `patienceMs`. */
  isQuick(authority: JurisdictionId, patienceMs: number): boolean {
    return this.lanes.of(authority).isQuick(patienceMs);
  }

  /** Never rejects and always ends: whatever is not a finding is `unreachable`. */
  async put(enquiry: IdentityEnquiry): Promise<Reply> {
    const { authority } = enquiry;
    this.counts.set(authority, (this.counts.get(authority) ?? 0) + 1);
    try {
      return await this.lanes.of(authority).run(() => traced(() => ({ name: `asks ${authority}`, kind: 'client', authority }), () => this.call(enquiry), ({ kind }) => ({ status: kind, failed: kind !== 'found' })), (reply) => reply.kind === 'found');
    } catch (error) {
      if (!(error instanceof LaneClosed)) throw error;
      return UNREACHABLE;
    } finally {
      this.counts.set(authority, this.counts.get(authority)! - 1);
    }
  }

  /** Cuts off what is under way; nothing is called any more. */
  close(): void {
    this.closed = true;
    for (const call of this.calls) call.abort();
  }

  private async call(enquiry: IdentityEnquiry): Promise<Reply> {
    if (this.closed) return UNREACHABLE;
    const call = new AbortController();
    this.calls.add(call);
    const timer = setTimeout(() => call.abort(), ANSWER_WITHIN);
    const cutOff = new Promise<Reply>((resolve) => call.signal.addEventListener('abort', () => resolve(UNREACHABLE), { once: true }));
    try {
      return await Promise.race([this.authority.confirm(enquiry, call.signal), cutOff]);
    } catch {
      return UNREACHABLE;
    } finally {
      clearTimeout(timer);
      this.calls.delete(call);
    }
  }
}
