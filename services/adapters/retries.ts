import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Ticker } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { carry, isTracing } from '#libs/tracing/index.js';
import { History } from '#libs/event-log/index.js';
import { Logger } from '#libs/runtime/index.js';
import { Lanes } from '#libs/transports/index.js';
import { Courier, progressOf, type Errand } from './courier.js';
import type { OpenAttempt } from './domain/delivery.js';
import { AttemptStore, type Selection } from './store/attempt-store.js';
import { RecordProgress } from './use-cases/record-progress.js';

const EVERY_MS = 500;
const LIST = 64;
/** Retries under way at once for one programme. */
const PER_PROGRAMME = 64;

/** Takes up what is due: any replica may, each row by one of them. Whatever it starts ends in a command; nothing is kept in memory that a restart would miss. */
@Injectable()
export class Retries implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ticker: Ticker;
  private readonly active = new Map<string, number>();

  constructor(
    private readonly store: AttemptStore, private readonly courier: Courier, private readonly lanes: Lanes, private readonly unitOfWork: UnitOfWork, private readonly clock: Clock,
    private readonly logger: Logger, private readonly history: History,
  ) {
    // The database is away: the next tick finds the same rows due.
    this.ticker = new Ticker(() => this.takeUp(), { everyMs: EVERY_MS, clock, onFailure: (error) => logger.error('deliveries.not-retried', { error }) });
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.ticker.stop();
  }

  /** Something may be due. */
  poke(): void {
    this.ticker.poke();
  }

  private async takeUp(): Promise<void> {
    let taken = LIST;
    while (taken >= LIST) {
      const due = await this.store.claim(this.clock.now(), this.selection());
      for (const row of due) if (!this.courier.isUnderWay(row.deliveryId)) void this.retry(row);
      taken = due.length;
    }
  }

  /** A programme whose breaker is open or whose places are taken is left alone; one that may be back is tried with a single row. */
  private selection(): Selection {
    const [except, oneEach]: [string[], string[]] = [[], []];
    for (const [programme, lane] of this.lanes.entries()) {
      const state = lane.breaker.stateAt(this.clock.now());
      if (state === 'half-open' && !lane.breaker.isProbing) oneEach.push(programme);
      else if (state !== 'closed' || (this.active.get(programme) ?? 0) >= PER_PROGRAMME) except.push(programme);
    }
    return { except, oneEach, limit: LIST };
  }

  private async retry(row: OpenAttempt): Promise<void> {
    const { programme } = row;
    this.active.set(programme, (this.active.get(programme) ?? 0) + 1);
    try {
      const traceparent = isTracing() ? await this.history.traceOf(row.caseId) : undefined;
      const errand: Errand = { delivery: row, ask: row.state === 'unknown', asked: false, attempts: row.attempts, ...(traceparent !== undefined && { traceparent }) };
      const result = await this.courier.run(errand);
      if (!this.ticker.isStopped) await this.unitOfWork.execute(carry(new RecordProgress(row.caseId, [progressOf(errand, result)]), traceparent));
    } catch (error) {
      // The vault or the database is away: the row keeps its lease and falls due again.
      if (!this.ticker.isStopped) this.logger.warn('delivery.not-recorded', { error });
    } finally {
      const left = this.active.get(programme)! - 1;
      this.active.set(programme, left);
      if (left === 0 || left === PER_PROGRAMME / 2) this.poke();
    }
  }
}
