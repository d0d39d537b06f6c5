import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm';
import { Client, type Pool, type PoolClient } from 'pg';
import { FIRST_WITH_TRANSACTION_TIMEOUT, sessionSettings, type SessionOptions } from './session-settings.js';

export interface DatabaseOptions extends SessionOptions {
  readonly url: string;
  readonly poolSize?: number;
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** Hears what an operator should know of this server. */
  readonly log?: (line: string) => void;
}

const poolOf = (dataSource: DataSource): Pool => (dataSource.driver as unknown as { master: Pool }).master;

const majorVersion = async (url: string): Promise<number> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // told by the call that fails
  await client.connect();
  try {
    const { rows } = await client.query<{ v: string }>(`select current_setting('server_version_num') v`);
    return Math.floor(Number(rows[0]!.v) / 10_000);
  } finally {
    await client.end();
  }
};

/** A connection somebody holds: what is locked for the session is theirs as long as they do. */
export type Session = PoolClient;

/** The one DataSource of a process; hot stores use its own pool through `pool`, everything else uses TypeORM. */
export class Database {
  private readonly heard = new WeakSet<Session>();

  private constructor(readonly dataSource: DataSource, private readonly options: DatabaseOptions) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const major = await majorVersion(options.url);
    if (major < FIRST_WITH_TRANSACTION_TIMEOUT) {
      options.log?.(`PostgreSQL ${major} has no transaction_timeout: a transaction left open delays every reader of the log until it ends; ${FIRST_WITH_TRANSACTION_TIMEOUT} and later end it after 30 s`);
    }
    const dataSource = new DataSource(sourceOf(options, options.poolSize ?? 12, sessionSettings(major, options)));
    await dataSource.initialize();
    // A broken idle connection is replaced by the pool; without a listener it would end the process.
    poolOf(dataSource).on('error', () => undefined);
    return new Database(dataSource, options);
  }

  get url(): string {
    return this.options.url;
  }

  get pool(): Pool {
    return poolOf(this.dataSource);
  }

  /** Runs `npm run migrate`'s work: the only DDL, one runner at a time, for as long as it takes. */
  async migrate(): Promise<readonly string[]> {
    const owner = new DataSource(sourceOf(this.options, 2));
    await owner.initialize();
    try {
      const guard = await poolOf(owner).connect();
      try {
        await guard.query('select pg_advisory_lock(7105150)');
        const done = await owner.runMigrations();
        return done.map((m) => m.name);
      } finally {
        guard.release(true); // the lock goes with its session
      }
    } finally {
      await owner.destroy();
    }
  }

  /** Names of the migrations given that have not been applied to this database; changes nothing. */
  async pending(): Promise<readonly string[]> {
    const names = (this.options.migrations ?? []).map((Migration) => new Migration().name ?? Migration.name);
    const [known] = await this.rows<{ there: boolean }>(`select to_regclass('public.migrations') is not null there`);
    if (known?.there !== true) return names;
    const applied = new Set((await this.rows<{ name: string }>('select name from public.migrations')).map((r) => r.name));
    return names.filter((name) => !applied.has(name));
  }

  /** One read, outside any transaction. */
  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.pool.query(text, [...values])).rows as R[];
  }

  /** A session of the pool. One that breaks while nothing runs on it is told by the next call, not by ending the process. */
  async connect(): Promise<Session> {
    const client = await this.pool.connect();
    if (!this.heard.has(client)) {
      this.heard.add(client);
      client.on('error', () => undefined);
    }
    return client;
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }
}

const sourceOf = ({ url, migrations = [] }: DatabaseOptions, poolSize: number, settings?: string): DataSourceOptions => ({
  type: 'postgres', url, migrations: [...migrations], migrationsTableName: 'migrations', migrationsTransactionMode: 'each', poolSize,
  extra: { application_name: 'tell-us-once', keepAlive: true, pipeline: true, ...(settings !== undefined && { options: settings }) },
});
