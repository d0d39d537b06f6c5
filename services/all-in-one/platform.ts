import { Global, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CqrsModule } from '@nestjs/cqrs';
import { Bell, Feed, History, Log1700000000000, Outbox, PostgresFeed, PostgresHistory } from '#libs/event-log/index.js';
import { Clock, MovableClock, SystemClock } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import { Logger, Probes } from '#libs/runtime/index.js';
import type { PlatformConfig } from '#libs/config/index.js';
import { adaptersMigrations } from '#services/adapters/index.js';
import { bundlingMigrations } from '#services/bundling/index.js';
import { consentMigrations } from '#services/consent/index.js';
import { identityMigrations } from '#services/identity/index.js';
import { intakeMigrations } from '#services/intake/index.js';

export const migrations = [Log1700000000000, ...bundlingMigrations, ...intakeMigrations, ...consentMigrations, ...identityMigrations, ...adaptersMigrations];

/** What every service of one process shares: one database, one log, one unit of work, one clock. */
export interface Platform {
  readonly db: Database;
  readonly unitOfWork: UnitOfWork;
  readonly feed: PostgresFeed;
  readonly history: History;
  readonly clock: Clock;
  readonly embedded: EmbeddedPostgres | undefined;
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly config: Pick<PlatformConfig, 'dataDir' | 'databaseUrl' | 'clock'>;
  readonly logger: Logger;
  /** Reactions before the commit; off to see the feed's own path. */
  readonly fuse?: boolean;
}

export const openPlatform = async ({ config, logger, fuse = true }: PlatformOptions): Promise<Platform> => {
  let embedded: EmbeddedPostgres | undefined;
  if (config.databaseUrl === undefined) {
    mkdirSync(config.dataDir, { recursive: true });
    embedded = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres') });
  }
  const db = await Database.open({ url: config.databaseUrl ?? embedded!.url, migrations });
  await db.migrate();
  const clock = config.clock === 'movable' ? new MovableClock() : new SystemClock();
  const outbox = new Outbox();
  const unitOfWork = new UnitOfWork(db, clock, outbox);
  const bell = new Bell(db, outbox);
  const feed = new PostgresFeed(db, unitOfWork, bell, clock, { onFailure: (group, error) => logger.error('feed.stopped', { group, error }) });
  if (fuse) unitOfWork.fuseWith(feed.fused);
  return {
    db, unitOfWork, feed, history: new PostgresHistory(db, bell), clock, embedded,
    close: async () => {
      await db.close();
      await embedded?.stop();
    },
  };
};

/** Starts the feed when every service has subscribed; stops it first and the database last, when no request needs it any more. */
class PlatformLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(private readonly platform: Platform, private readonly probes: Probes) {}

  async onApplicationBootstrap(): Promise<void> {
    const { db, feed } = this.platform;
    this.probes.register('database', async () => ((await db.rows('select 1')).length === 1 ? undefined : 'does not answer'));
    this.probes.register('event-log', () => (feed.failing().length > 0 ? `stopped for ${feed.failing().join(', ')}` : undefined));
    await feed.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.platform.feed.stop();
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
        { provide: PlatformLifecycle, useFactory: (probes: Probes) => new PlatformLifecycle(platform, probes), inject: [Probes] },
      ],
      exports: [Database, UnitOfWork, Clock, Feed, History, CqrsModule],
    };
  }
}
