import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { MovableClock, SystemClock } from '#libs/kernel/index.js';
import { Clock1700000000006, Database } from '#libs/persistence/index.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import type { Logger } from '#libs/runtime/index.js';
import { buildPlatform, type EventLogConfig, type Platform as SharedPlatform } from '#libs/runtime/platform/index.js';
import { databaseUrlOf, type PlatformConfig } from '#libs/config/index.js';
import { adaptersMigrations } from '#services/adapters/index.js';
import { bundlingMigrations } from '#services/bundling/index.js';
import { consentMigrations } from '#services/consent/index.js';
import { identityMigrations } from '#services/identity/index.js';
import { intakeMigrations } from '#services/intake/index.js';

export { PlatformModule } from '#libs/runtime/platform/index.js';

export const migrations = [...logMigrations, Clock1700000000006, ...bundlingMigrations, ...intakeMigrations, ...consentMigrations, ...identityMigrations, ...adaptersMigrations];

/** What every service of one process shares; with the embedded server where that is ours. */
export interface Platform extends SharedPlatform {
  readonly embedded: EmbeddedPostgres | undefined;
}

type DatabaseConfig = Pick<PlatformConfig, 'dataDir' | 'databaseUrl'> & { readonly databasePasswordFile?: string };

export interface PlatformOptions {
  readonly config: DatabaseConfig & EventLogConfig & Pick<PlatformConfig, 'clock'>;
  readonly logger: Logger;
  /** Reactions before the commit; off to see the feed's own path. */
  readonly fuse?: boolean;
  readonly outbox?: Outbox;
}

/** The database alone, migrated: DATABASE_URL's, or the embedded one of the data folder. */
export const openDatabase = async (config: DatabaseConfig): Promise<{ readonly db: Database; readonly embedded: EmbeddedPostgres | undefined; readonly applied: readonly string[] }> => {
  let embedded: EmbeddedPostgres | undefined;
  if (config.databaseUrl === undefined) {
    mkdirSync(config.dataDir, { recursive: true });
    embedded = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres') });
  }
  const db = await Database.open({ url: databaseUrlOf(config) ?? embedded!.url, migrations });
  return { db, embedded, applied: await db.migrate() };
};

export const openPlatform = async ({ config, logger, fuse = true, outbox = new Outbox() }: PlatformOptions): Promise<Platform> => {
  const { db, embedded } = await openDatabase(config);
  const clock = config.clock === 'movable' ? new MovableClock() : new SystemClock();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await db.close();
    await embedded?.stop();
  };
  const platform = buildPlatform({
    db, clock, outbox, logger, config, fuse,
    close: () => (closed ??= close()),
  });
  return { ...platform, embedded };
};
