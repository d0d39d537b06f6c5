import type { Database } from '#libs/persistence/index.js';
import { PARTITIONS } from './partitions.js';

/** What a restored cluster's log looks like: its transaction ids are ahead of the cluster's own, and the fence would lose events. */
export class LogNeedsRebase extends Error {
  override readonly name = 'LogNeedsRebase';
  constructor() {
    super('this database was restored from a copy: its log is numbered ahead of the cluster. Run `npm run log:rebase` once, then start again');
  }
}

export const assertNotRestored = async (db: Database): Promise<void> => {
  const [row] = await db.rows<{ ahead: boolean }>(
    `select coalesce(max(e.txid) >= pg_snapshot_xmax(pg_current_snapshot()), false) ahead from generate_series(0, ${PARTITIONS - 1}) p
     cross join lateral (select txid from log.entry where partition = p order by txid desc limit 1) e`,
  );
  if (row?.ahead === true) throw new LogNeedsRebase();
};

/**
 * Old transaction ids become 0, and every checkpoint the place before its first unread event: some that were read are offered
 * again, and the cursors drop them. Needs the owner's role.
 */
export const rebaseLog = async (db: Database): Promise<void> => {
  const client = await db.connect();
  try {
    // The whole log is written once; on PostgreSQL 15 and 16 there is no such limit to lift.
    await client.query(`select set_config(name, '0', false) from pg_settings where name in ('transaction_timeout', 'lock_timeout')`);
    await client.query('begin');
    await client.query('lock table log.entry, log.checkpoint in exclusive mode');
    await client.query(`
      update log.checkpoint c set txid = '0', position = coalesce(
        (select min(e.position) - 1 from log.entry e where e.partition = c.partition and (e.txid, e.position) > (c.txid, c.position)),
        (select max(e.position) from log.entry e where e.partition = c.partition), 0)`);
    await client.query(`update log.entry set txid = '0' where txid <> '0'`);
    // A broker may hold events that came after the copy was taken: they are of another log from here on, and ours are published again.
    await client.query('update log.origin set id = gen_random_uuid()');
    await client.query('delete from log.checkpoint where end_offset is not null');
    // A copy may have left the numbering of positions behind; the next rebase orders by it.
    await client.query(`select setval(pg_get_serial_sequence('log.entry', 'position'), greatest((select max(position) from log.entry), nextval(pg_get_serial_sequence('log.entry', 'position'))))`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release(true); // its limits went with it
  }
};
