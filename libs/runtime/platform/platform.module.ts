import { Global, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Feed, History } from '#libs/event-log/index.js';
import { Clock } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { Probes } from '../health/index.js';
import { Metrics } from '../metrics/index.js';
import { watchLog } from './log-metrics.js';
import type { Platform } from './platform.js';

/** Starts the feed when every service has subscribed; stops it first and the database last, when no request needs it any more. */
class PlatformLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(private readonly platform: Platform, private readonly probes: Probes, private readonly metrics: Metrics) {}

  async onApplicationBootstrap(): Promise<void> {
    const { db, log, unitOfWork, clock } = this.platform;
    watchLog(this.metrics, { feed: log.feed, relay: log.relay, unitOfWork, clock });
    this.probes.register('database', async () => ((await db.rows('select 1')).length === 1 ? undefined : 'does not answer'));
    this.probes.register('event-log', () => (log.failing().length > 0 ? `stopped for ${log.failing().join(', ')}` : undefined));
    await log.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.platform.log.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.platform.close();
  }
}

@Global()
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot()],
      providers: [
        { provide: Database, useValue: platform.db },
        { provide: UnitOfWork, useValue: platform.unitOfWork },
        { provide: Clock, useValue: platform.clock },
        { provide: Feed, useValue: platform.feed },
        { provide: History, useValue: platform.history },
        { provide: PlatformLifecycle, useFactory: (probes: Probes, metrics: Metrics) => new PlatformLifecycle(platform, probes, metrics), inject: [Probes, Metrics] },
      ],
      exports: [Database, UnitOfWork, Clock, Feed, History, CqrsModule],
    };
  }
}
