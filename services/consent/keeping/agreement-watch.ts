import { Injectable, Optional, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { Logger, Metrics } from '#libs/runtime/index.js';
import { lapses } from '../domain/agreement.js';
import { AgreementStore } from '../store/agreement-store.js';

const DAY = 24 * 60 * 60 * 1000;
/** How long before an agreement lapses somebody should see to the next one, in days. */
export const WARNING_DAYS = 60;

/** Says which programmes can soon be told nothing any more: in the log at start and once a day, and as a metric to alarm on. */
@Injectable()
export class AgreementWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly db: Database, private readonly agreements: AgreementStore, private readonly clock: Clock, private readonly logger: Logger, @Optional() metrics?: Metrics) {
    if (!metrics) return;
    const gauge = new Gauge({
      name: 'agreement_days_left', help: `Days until the last agreement with a programme lapses; only those with ${WARNING_DAYS} or fewer.`, labelNames: ['programme'], registers: [metrics.registry],
      collect: async () => {
        gauge.reset();
        for (const { programme, daysLeft } of await this.lapsing()) gauge.set({ programme }, daysLeft);
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.warn();
    this.timer = setInterval(() => {
      this.running = this.warn().catch(() => undefined);
    }, DAY);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async lapsing(): Promise<readonly { readonly programme: string; readonly daysLeft: number }[]> {
    const now = this.clock.now();
    const until = new Date(now + WARNING_DAYS * DAY).toISOString().slice(0, 10);
    return lapses(await this.agreements.all(this.db), until).map(({ programme, on }) => ({ programme, daysLeft: Math.ceil((Date.parse(on) - now) / DAY) }));
  }

  private async warn(): Promise<void> {
    for (const { programme, daysLeft } of await this.lapsing()) this.logger.warn('agreement.lapses', { programme, count: daysLeft });
  }
}
