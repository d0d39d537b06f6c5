import { afterAll } from '@jest/globals';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import { Database, type DatabaseOptions } from '#libs/persistence/index.js';

type Migrations = NonNullable<DatabaseOptions['migrations']>;

/** A database of its own on the file's server; gone after the file, if not closed before. */
export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** A second pool on it, as another process would have; `name` marks its sessions. */
  open(name: string, options?: Partial<DatabaseOptions>): Promise<Database>;
  /** Ends the sessions of a pool, whatever they hold; the pool goes on with new ones. */
  cut(name: string): Promise<void>;
  /** Ends a pool as the death of its process does: its sessions are cut and there are no new ones. */
  kill(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A PostgreSQL of the test's own in a temporary folder, without fsync. */
export interface TestServer extends EmbeddedPostgres {
  readonly dataDir: string;
  remove(): Promise<void>;
}

export const startTestServer = async (): Promise<TestServer> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tou-test-')));
  chmodSync(folder, 0o755); // the server may run as another account
  const dataDir = join(folder, 'data');
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  return {
    ...server, dataDir,
    remove: async () => {
      await server.stop();
      const socketFolder = new URL(server.url).searchParams.get('host');
      for (const path of [folder, socketFolder]) if (path !== null) rmSync(path, { recursive: true, force: true });
    },
  };
};

let server: Promise<TestServer> | undefined;
const opened = new Set<TestDatabase>();
let databases = 0;

afterAll(async () => {
  // Not awaited: a failed test may have kept a session, and its pool would wait for it for ever.
  void Promise.allSettled([...opened].map((database) => database.close()));
  await (await server)?.remove();
}, 30_000);

const onServer = async (url: string, text: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};

/** A fresh database with these migrations, on a server this spec file has to itself. */
export const openTestDatabase = async (migrations: Migrations = [], on?: EmbeddedPostgres): Promise<TestDatabase> => {
  const { url: base } = on ?? (await (server ??= startTestServer()));
  const name = `test_${++databases}`;
  await onServer(base, `create database ${name}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  const pools = new Map<string, Database>();
  const dying: Promise<void>[] = [];
  const open = async (as: string, options: Partial<DatabaseOptions> = {}): Promise<Database> => {
    const marked = new URL(url);
    marked.searchParams.set('application_name', as);
    const db = await Database.open({ url: marked.toString(), migrations, ...options });
    pools.set(as, db);
    return db;
  };
  const db = await open('test');
  await db.migrate();
  const cut = async (as: string): Promise<void> => {
    await db.rows('select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()', [as]);
  };
  const database: TestDatabase = {
    url: url.toString(), db, open, cut,
    kill: async (as) => {
      dying.push(pools.get(as)!.close());
      pools.delete(as);
      await nextTurn(); // from here on the pool gives no session
      await cut(as);
    },
    close: async () => {
      if (!opened.delete(database)) return;
      await Promise.all([...dying, ...[...pools.values()].map((pool) => pool.close())]);
    },
  };
  opened.add(database);
  return database;
};
