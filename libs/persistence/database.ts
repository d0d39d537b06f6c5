import { DataSource, type MigrationInterface } from 'typeorm';
import type { Pool, PoolClient } from 'pg';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize?: number;
  readonly migrations?: readonly (new () => MigrationInterface)[];
}

/** The one DataSource of a process; hot stores use its own pool through `pool`, everything else uses TypeORM. */
export class Database {
  private constructor(readonly dataSource: DataSource, readonly url: string) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const dataSource = new DataSource({
      type: 'postgres', url: options.url, migrations: [...(options.migrations ?? [])], migrationsTableName: 'migrations', migrationsTransactionMode: 'each',
      poolSize: options.poolSize ?? 12,
      extra: { application_name: 'tell-us-once', keepAlive: true, pipeline: true, options: '-c plan_cache_mode=force_generic_plan -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s' },
    });
    await dataSource.initialize();
    // A broken idle connection is replaced by the pool; without a listener it would end the process.
    (dataSource.driver as unknown as { master: Pool }).master.on('error', () => undefined);
    return new Database(dataSource, options.url);
  }

  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  /** Runs `npm run migrate`'s work: the only DDL, one runner at a time. */
  async migrate(): Promise<readonly string[]> {
    const guard = await this.pool.connect();
    try {
      await guard.query('select pg_advisory_lock(7105150)');
      const done = await this.dataSource.runMigrations();
      return done.map((m) => m.name);
    } finally {
      await guard.query('select pg_advisory_unlock(7105150)');
      guard.release();
    }
  }

  /** One read, outside any transaction. */
  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.pool.query(text, [...values])).rows as R[];
  }

  connect(): Promise<PoolClient> {
    return this.pool.connect();
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }
}
