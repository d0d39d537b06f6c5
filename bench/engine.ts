import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';

/** What is exact the moment it is read. Seconds, bytes, and transactions that wrote. */
export interface Marks { readonly postgresCpu: number; readonly wal: number; readonly wrote: number }
/** What backends report when they have been at rest for a while. */
export interface Counts { readonly rows: number; readonly fsyncs: number; readonly transactions: number }

/** Backends that fall idle report what they did since their last report within this time. */
const REPORTED_AFTER_MS = 11_000;

/** User and system seconds of the postmaster, its children, and children of its that have ended. */
export const postgresCpu = (postmaster: number | undefined): number => {
  if (postmaster === undefined || process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
      if (Number(pid) === postmaster) ticks += fields[11]! + fields[12]! + fields[13]! + fields[14]!;
      else if (fields[1] === postmaster) ticks += fields[11]! + fields[12]!;
    } catch {
      // it has ended meanwhile, and is counted with its parent
    }
  }
  return ticks / 100;
};

/** A PostgreSQL of one subject's own, of the product's binaries and settings, fsync on; and the gauges on it. */
export class Engine {
  private lastBusy = 0;

  private constructor(readonly folder: string, private readonly postgres: EmbeddedPostgres, private readonly client: Client) {}

  static async start(folder: string): Promise<Engine> {
    mkdirSync(folder, { recursive: true });
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    return new Engine(folder, postgres, client);
  }

  get url(): string {
    return this.postgres.url;
  }

  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.client.query(text, [...values])).rows as R[];
  }

  /** Says that the subject did something until now. */
  touch(): void {
    this.lastBusy = performance.now();
  }

  /** What autovacuum does sooner or later, done now: no subject is planned by the statistics of an empty table, or waits while this is done. */
  async tidy(): Promise<void> {
    await this.rows('vacuum analyze');
  }

  async marks(): Promise<Marks> {
    const [row] = await this.rows<{ wal: string; wrote: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn wal, pg_snapshot_xmax(pg_current_snapshot())::text wrote`);
    return { postgresCpu: postgresCpu(this.postgres.pid), wal: Number(row!.wal), wrote: Number(row!.wrote) };
  }

  async counts(): Promise<Counts> {
    await new Promise((r) => setTimeout(r, Math.max(0, this.lastBusy + REPORTED_AFTER_MS - performance.now())));
    const [row] = await this.rows<{ rows: string; fsyncs: string; transactions: string }>(`
      select (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables) as rows,
             (select sum(fsyncs) from pg_stat_io where object = 'wal') fsyncs,
             (select xact_commit from pg_stat_database where datname = current_database()) transactions`);
    return { rows: Number(row!.rows), fsyncs: Number(row!.fsyncs), transactions: Number(row!.transactions) };
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.postgres.stop();
  }
}
