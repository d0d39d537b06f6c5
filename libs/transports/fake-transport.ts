import { Transport, type AgencyAnswer, type AgencyDelivery, type Attempt } from './transport.js';

type Sent = Attempt & { readonly delivery: AgencyDelivery };
/** What befalls one call: an answer in place of the agency's own; `lost-before`, `lost-after`: it vanished before or after the agency acted. */
export type Fate = AgencyAnswer | 'lost-before' | 'lost-after' | 'hangs' | { readonly afterMs: number };

/** Agencies in memory, idempotent by delivery id as the contract asks; calls of a programme meet the fates set for it, in order. */
export class FakeTransport extends Transport {
  readonly sent: Sent[] = [];
  readonly asked: Attempt[] = [];
  /** What agencies did, once per delivery id: the document that made them. */
  readonly effects = new Map<string, AgencyDelivery>();
  private readonly fates = new Map<string, Fate[]>();
  private readonly answers = new Map<string, AgencyAnswer>();
  private readonly hanging = new Set<(answer: AgencyAnswer) => void>();

  /** `answerOf`: what an agency answers to a delivery it receives for the first time. */
  constructor(public answerOf: (sent: Sent) => AgencyAnswer = () => ({ status: 200, body: { state: 'final', code: 'STOPPED' } })) {
    super();
  }

  meets(programme: string, ...fates: readonly Fate[]): void {
    this.fates.set(programme, [...(this.fates.get(programme) ?? []), ...fates]);
  }

  /** The same fate for every call until it is taken away with `undefined`. */
  always(programme: string, fate: Fate | undefined): void {
    this.fates.set(programme, fate === undefined ? [] : [fate]);
    if (fate === undefined) this.permanent.delete(programme);
    else this.permanent.add(programme);
  }
  private readonly permanent = new Set<string>();

  /** An agency changes its mind about a delivery: what it answers from now on. */
  settle(deliveryId: string, answer: AgencyAnswer): void {
    this.answers.set(deliveryId, answer);
  }

  /** Ends every call that hangs, as a timeout would. */
  timeOut(): void {
    for (const end of [...this.hanging]) end({ status: 'unknown', why: 'answer-timeout' });
  }

  send(sent: Sent): Promise<AgencyAnswer> {
    this.sent.push(sent);
    return this.befall(sent.programme, () => {
      if (!this.effects.has(sent.deliveryId)) {
        this.effects.set(sent.deliveryId, sent.delivery);
        this.answers.set(sent.deliveryId, this.answerOf(sent));
      }
      return this.answers.get(sent.deliveryId)!;
    });
  }

  query(attempt: Attempt): Promise<AgencyAnswer> {
    this.asked.push(attempt);
    return this.befall(attempt.programme, () => this.answers.get(attempt.deliveryId) ?? { status: 404, body: { state: 'unknown' } });
  }

  private async befall(programme: string, act: () => AgencyAnswer): Promise<AgencyAnswer> {
    const fates = this.fates.get(programme) ?? [];
    const fate = this.permanent.has(programme) ? fates[0] : fates.shift();
    if (fate === undefined) return act();
    if (fate === 'lost-before') return { status: 'unknown', why: 'econnreset' };
    if (fate === 'lost-after') {
      act();
      return { status: 'unknown', why: 'econnreset' };
    }
    if (fate === 'hangs') {
      return new Promise((resolve) => {
        const end = (answer: AgencyAnswer): void => {
          this.hanging.delete(end);
          resolve(answer);
        };
        this.hanging.add(end);
      });
    }
    if ('afterMs' in fate) {
      const answer = act();
      await new Promise((resolve) => setTimeout(resolve, fate.afterMs));
      return answer;
    }
    return fate;
  }
}
