import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Database } from '#libs/persistence/index.js';
import { openDatabase } from '../platform.js';

/** A copy of a database, taken while it was written to. */
export interface Copied {
  /** Makes the database of a data folder that has none from it. */
  restore(dataDir: string): Promise<void>;
}
/** Takes a copy of the embedded database of `dataDir`, which goes on being used, and keeps it in `into`. */
export type Copy = (db: { readonly url: string; readonly dataDir: string }, into: string) => Promise<Copied>;

const TABLES = `select quote_ident(nspname) || '.' || quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
  where relkind = 'r' and nspname !~ '^(pg_|information_schema$)' and (nspname, relname) <> ('public', 'migrations') order by 1`;
const SEQUENCES = `select quote_ident(schemaname) || '.' || quote_ident(sequencename) as name, last_value as last from pg_sequences where last_value is not null and schemaname <> 'public'`;

/** The server reads and writes these itself, and may be another account. */
const serverFile = (dataDir: string, i: number): string => join(dataDir, 'postgres', `copy-${i}`);

/**
 * What pg_dump does, for there is none among the embedded binaries: every row as of one snapshot, and the sequences. Restored as such a
 * copy is: the schema first, by the migrations of a fresh cluster, then the rows, with neither triggers nor foreign keys in their way.
 */
export const rowsOfOneSnapshot: Copy = async ({ url, dataDir }, into) => {
  const db = await Database.open({ url, poolSize: 1 });
  const session = await db.connect();
  await session.query('begin transaction isolation level repeatable read read only');
  const tables = (await session.query<{ name: string }>(TABLES)).rows;
  mkdirSync(into);
  for (const [i, { name }] of tables.entries()) {
    await session.query(`copy ${name} to '${serverFile(dataDir, i)}'`);
    copyFileSync(serverFile(dataDir, i), join(into, String(i)));
    rmSync(serverFile(dataDir, i));
  }
  // Sequences know no snapshot: read last, they are never behind the rows.
  const sequences = (await session.query<{ name: string; last: string }>(SEQUENCES)).rows;
  await session.query('commit');
  session.release();
  await db.close();
  return {
    restore: async (fresh) => {
      const { db: restored, embedded } = await openDatabase({ dataDir: fresh });
      const owner = await restored.connect();
      await owner.query('begin');
      await owner.query('set local session_replication_role = replica');
      await owner.query(`truncate ${tables.map((t) => t.name).join(', ')}`);
      for (const [i, { name }] of tables.entries()) {
        copyFileSync(join(into, String(i)), serverFile(fresh, i));
        await owner.query(`copy ${name} from '${serverFile(fresh, i)}'`);
      }
      for (const { name, last } of sequences) await owner.query('select setval($1, $2)', [name, last]);
      await owner.query('commit');
      owner.release();
      await restored.close();
      await embedded?.stop();
    },
  };
};

/** Of no use to another server, or written by the copy itself; pg_control says where recovery begins, and is copied last. */
const LEFT_OUT = ['postmaster.pid', 'postmaster.opts', 'server.log', 'pg_wal', 'pg_replslot', 'pg_stat_tmp', 'pg_notify', 'pg_subtrans', 'pg_snapshots', 'pg_serial', 'pgsql_tmp', join('global', 'pg_control')];

/** Files that end meanwhile are mended by what the write-ahead log says of them. */
const copyIfThere = async (from: string, to: string): Promise<void> => {
  await copyFile(from, to).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
};

const copyFolder = async (root: string, to: string, folder = root): Promise<void> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const from = join(folder, entry.name);
    const name = relative(root, from);
    const isLeftOut = LEFT_OUT.includes(name);
    if (entry.isDirectory()) {
      mkdirSync(join(to, name), { mode: 0o700 });
      if (!isLeftOut) await copyFolder(root, to, from);
    } else if (!isLeftOut) await copyIfThere(from, join(to, name));
  }
};

/** What pg_basebackup does, by the server's own functions: the files as they are found, and the write-ahead log from the copy's beginning to its end. */
export const filesAndWal: Copy = async ({ url, dataDir }, into) => {
  const from = join(dataDir, 'postgres');
  const db = await Database.open({ url, poolSize: 1 });
  const session = await db.connect();
  const [start] = (await session.query<{ segment: string }>(`select pg_walfile_name(pg_backup_start('journey', true)) segment`)).rows;
  mkdirSync(into, { mode: 0o700 });
  await copyFolder(from, into);
  await copyFile(join(from, 'global', 'pg_control'), join(into, 'global', 'pg_control'));
  const [end] = (await session.query<{ segment: string; label: string }>('select pg_walfile_name(lsn) segment, labelfile "label" from pg_backup_stop(false)')).rows;
  const wal = (await readdir(join(from, 'pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= start!.segment && name <= end!.segment);
  for (const name of wal) await copyFile(join(from, 'pg_wal', name), join(into, 'pg_wal', name));
  session.release();
  await db.close();
  writeFileSync(join(into, 'backup_label'), end!.label, { mode: 0o600 });
  return {
    restore: (fresh) => {
      cpSync(into, join(fresh, 'postgres'), { recursive: true });
      return Promise.resolve();
    },
  };
};
