import { Injectable } from '@nestjs/common';
import type { ReleaseAnswer, ReleaseRequest } from '#contracts/apis/vault.js';
import type { Unit } from '#libs/persistence/index.js';
import { traced, inTrace } from '#libs/tracing/index.js';
import { LaneClosed, Lanes, Transport, backOff, wasReceived, type AgencyAnswer, type AgencyDelivery } from '#libs/transports/index.js';
import { findAdapter } from './adapters.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { DeliveryTokens } from './delivery-tokens.js';
import type { Delivery } from './domain/delivery.js';
import type { Outcome } from './domain/outcome.js';
import type { Progress } from './domain/progress.js';
import { AdaptersOptions } from './options.js';
import type { Adapter } from './programmes/adapter.js';
import { ReleaseDesk } from './release-desk.js';

/** A delivery to be made now. */
export interface Errand {
  readonly delivery: Delivery;
  /** It may have been made before: ask by key before sending anything. */
  readonly ask: boolean;
  /** Somebody wants to know how it goes. */
  readonly asked: boolean;
  /** How often it was tried. */
  readonly attempts: number;
  /** Trace context of the event that asked for it. */
  readonly traceparent?: string | undefined;
}

/** `not-called`, `unasked`: its breaker lets nothing pass at the moment · `on-its-way`: the answer comes as a message. */
export type Result = Outcome | 'not-called' | 'unasked' | 'on-its-way';

/** First waits of well under a second; half an hour at most, so that an agency that comes back after days is not left waiting for hours. */
const BACK_OFF = { baseMs: 500, capMs: 30 * 60_000 };

const NO_TRY: readonly Progress['outcome'][] = ['unsent', 'not-called', 'unasked'];

export const progressOf = ({ delivery, asked, attempts }: Errand, outcome: Progress['outcome']): Progress => ({
  delivery, outcome, tries: NO_TRY.includes(outcome) ? 0 : 1, asked,
  waitMs: typeof outcome === 'object' ? backOff(attempts + 1, Math.random(), BACK_OFF, outcome.retryAfterMs) : 0,
});

/** Makes deliveries: asks the vault, makes the request, takes the programme's lane, reads the answer. Writes nothing and holds no transaction. */
@Injectable()
export class Courier {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly desk: ReleaseDesk, private readonly lanes: Lanes, private readonly transport: Transport, private readonly tokens: DeliveryTokens,
    private readonly metrics: AttemptMetrics, private readonly options: AdaptersOptions,
  ) {}

  isUnderWay(deliveryId: string): boolean {
    return this.underWay.has(deliveryId);
  }

  /** Releases in the transaction that decides them what will leave at once; each request is made while it commits. */
  prepare(unit: Unit, deliveries: readonly Delivery[]): Promise<void> {
    const byId = new Map(deliveries.map((delivery) => [delivery.deliveryId, delivery]));
    return this.desk.prepare(unit, deliveries.map(requestOf), (answers) => {
      const released = answers.map(({ deliveryId }) => byId.get(deliveryId)!);
      const tokens = this.tokens.issueAll(released);
      return answers.map((answer, i) => {
        const adapter = findAdapter(released[i]!.programme);
        return adapter && answer.released ? this.documentOf(adapter, released[i]!, answer, tokens[i]) : undefined;
      });
    });
  }

  /** Rejects only when the vault cannot be asked; whatever an agency does is a result. */
  async run(errand: Errand): Promise<Result> {
    const { deliveryId, programme } = errand.delivery;
    this.underWay.add(deliveryId);
    try {
      const result = await inTrace(errand.traceparent, () => this.deliver(errand));
      this.metrics.tried(programme, typeof result === 'string' ? result : result.status);
      return result;
    } finally {
      this.underWay.delete(deliveryId);
    }
  }

  private async deliver({ delivery, ask }: Errand): Promise<Result> {
    const { deliveryId, programme } = delivery;
    const adapter = findAdapter(programme);
    if (!adapter) return { status: 'no-agreement' };
    if (ask) {
      const answer = await this.call(delivery, 'asks', () => this.transport.query({ programme, deliveryId, about: delivery.tellId, callback: this.callbackOf(delivery) }));
      if (!answer) return 'unasked';
      if (answer.status === 'on-its-way') return answer.status;
      if (!isUnknownThere(answer)) {
        const outcome = adapter.toOutcome(answer);
        return outcome.status === 'failed-retryable' ? { ...outcome, uncertain: true } : outcome;
      }
    }
    const { answer: released, document: ready } = await this.desk.ask(requestOf(delivery));
    if (!released.released) return REFUSED[released.reason];
    const document = ready ?? this.documentOf(adapter, delivery, released);
    if (!document) return { status: 'parked', reason: 'request-not-made' };
    const answer = await this.call(delivery, 'tells', () => this.transport.send({ programme, deliveryId, delivery: document }));
    return !answer ? 'not-called' : answer.status === 'on-its-way' ? answer.status : adapter.toOutcome(answer);
  }

  /** Undefined when the breaker lets nothing pass. */
  private async call({ programme, caseId, deliveryId }: Delivery, verb: 'tells' | 'asks', call: () => Promise<AgencyAnswer>): Promise<AgencyAnswer | undefined> {
    try {
      const asSpan = (): Promise<AgencyAnswer> => {
        if (verb === 'tells') this.metrics.sent(programme);
        return traced(() => ({ name: `${verb} ${programme}`, kind: 'client', programme, caseId, deliveryId }), call, ({ status }) => ({ status, failed: status === 'unreachable' || status === 'unknown' || (typeof status === 'number' && status >= 500) }));
      };
      return await this.lanes.of(programme).run(asSpan, (answer) => wasReceived(answer) === 'yes' || answer.status === 404 || answer.status === 'on-its-way');
    } catch (error) {
      return error instanceof LaneClosed ? undefined : { status: 'unknown', why: 'transport-failed' };
    }
  }

  /** Undefined when the adapter cannot make a request of what was released: a fault of ours, which a person must look at. */
  private documentOf(adapter: Adapter, delivery: Delivery, { shared, agreement }: Extract<ReleaseAnswer, { released: true }>, token?: string): AgencyDelivery | undefined {
    const { kind, revision, tellId, programme } = delivery;
    try {
      return { kind, revision, about: tellId, agreement, body: kind === 'tell' || kind === 'amend' ? adapter.toRequest(shared, { programme, kind }) : {}, callback: this.callbackOf(delivery, token) };
    } catch {
      return undefined;
    }
  }

  private callbackOf(delivery: Delivery, token = this.tokens.issue(delivery)): AgencyDelivery['callback'] {
    return { url: `${this.options.publicUrl()}/v1/deliveries/${delivery.deliveryId}/outcome`, token };
  }
}

const requestOf = ({ caseId, deliveryId, target, programme, kind, revision }: Delivery): ReleaseRequest => ({ caseId, deliveryId, target, programme, kind, revision });

const isUnknownThere = (answer: AgencyAnswer): boolean =>
  answer.status === 404 && typeof answer.body === 'object' && answer.body !== null && (answer.body as { state?: unknown }).state === 'unknown';

const REFUSED: Readonly<Record<Extract<ReleaseAnswer, { released: false }>['reason'], Outcome>> = {
  consent: { status: 'withheld' }, lapsed: { status: 'withheld', reason: 'consent-expired' }, suppressed: { status: 'withheld', reason: 'address-protected' }, erased: { status: 'withheld', reason: 'erased' },
  agreement: { status: 'no-agreement' },
};
