import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { poisonOf } from '#libs/event-log/index.js';
import { Clock } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { Logger } from '#libs/runtime/index.js';
import { Outgoing, type Inbox, type Outcome, type Unreadable, type UnreadableReason } from '#libs/transports/index.js';
import { findAdapter } from './adapters.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { DeliveryTokens } from './delivery-tokens.js';
import { isFinal } from './domain/outcome.js';
import type { Progress } from './domain/progress.js';
import { OutcomeRequest } from './http/outcome.dto.js';
import { UnreadableStore } from './store/unreadable-store.js';
import { RecordProgress } from './use-cases/record-progress.js';

/** No outcome: the delivery goes out again. */
const NEVER_LEFT = 'unsent';

/** What one outcome comes to. */
interface Reading {
  readonly progress: Progress;
  /** Nothing more needs to be known of how it travelled. */
  readonly isOver: boolean;
}

/** Keeps what programmes answer by message as it keeps what they answer over HTTP: the same token, the same document, the same command. */
@Injectable()
export class OutcomeInbox implements Inbox {
  constructor(
    private readonly unitOfWork: UnitOfWork, private readonly tokens: DeliveryTokens, private readonly outgoing: Outgoing, private readonly unreadable: UnreadableStore,
    private readonly clock: Clock, private readonly logger: Logger, private readonly metrics: AttemptMetrics,
  ) {}

  async hear(outcomes: readonly Outcome[]): Promise<readonly (UnreadableReason | undefined)[]> {
    const readings = outcomes.map((outcome) => this.read(outcome));
    const good = readings.filter((r): r is Reading => typeof r !== 'string');
    const unknown = good.filter((r) => r.progress.outcome === 'unsent').map((r) => r.progress.delivery.deliveryId);
    if (unknown.length > 0) await this.outgoing.forget(unknown); // first: the try that follows must find that it is not there
    const results = await this.unitOfWork.executeAll(good.map(({ progress }) => new RecordProgress(progress.delivery.caseId, [progress], { unasked: true })));
    const refused = new Set<Reading>();
    results.forEach((result, i) => {
      if (result.ok) return;
      if (poisonOf(result.error) === undefined) throw result.error; // nothing can be kept now: all of it comes again
      refused.add(good[i]!);
    });
    const over = good.filter((r) => r.isOver && !refused.has(r)).map((r) => r.progress.delivery.deliveryId);
    if (over.length > 0) await this.outgoing.forget(over);
    return readings.map((r) => (typeof r === 'string' ? r : refused.has(r) ? 'refused' : undefined));
  }

  async park(list: readonly Unreadable[]): Promise<void> {
    for (const { transport, place, reason } of await this.unreadable.park(list, this.clock.now())) {
      this.metrics.unreadable(transport, reason);
      this.logger.error('outcome.unreadable', { kind: transport, route: place, reason });
    }
  }

  private read({ deliveryId, token, answer }: Outcome): Reading | UnreadableReason {
    const delivery = this.tokens.open(token, deliveryId);
    const adapter = delivery && findAdapter(delivery.programme);
    if (!adapter) return 'unknown-delivery';
    const progress = { delivery, tries: 0, waitMs: 0 };
    if (isUnknownThere(answer)) return { progress: { ...progress, outcome: NEVER_LEFT }, isOver: false };
    const body = plainToInstance(OutcomeRequest, answer);
    if (typeof answer !== 'object' || answer === null || validateSync(body, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true }).length > 0) return 'not-understood';
    const outcome = adapter.toOutcome({ status: 200, body });
    return { progress: { ...progress, outcome }, isOver: isFinal(outcome.status) };
  }
}

const isUnknownThere = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && (answer as { state?: unknown }).state === 'unknown' && Object.keys(answer).length === 1;
