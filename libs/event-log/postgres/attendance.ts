import type { Database } from '#libs/persistence/index.js';
import { PARTITIONS, UNREAD } from './partitions.js';

/** The second key of the shared lock every member of a group holds. */
export const ATTENDANCE = 1000;

/** Whether some process reads the log of this database now. */
export const isAttended = async (db: Database): Promise<boolean> => {
  const [row] = await db.rows<{ attended: boolean }>(
    `select exists (select from pg_locks where locktype = 'advisory' and objsubid = 2 and objid = $1 and granted
       and database = (select oid from pg_database where datname = current_database())) attended`, [ATTENDANCE]);
  return row!.attended;
};

/** Entries the slowest group has not read yet, whichever process it runs in; places are saved now and then, so it may be a little more than there are. */
export const unreadEntries = async (db: Database): Promise<number> => {
  const [row] = await db.rows<{ n: string }>(
    `select coalesce(max(n), 0) n from (
       select sum(${UNREAD}) n from (select distinct group_name from log.checkpoint) g cross join generate_series(0, ${PARTITIONS - 1}) p
       left join log.checkpoint c on c.group_name = g.group_name and c.partition = p
       group by g.group_name) lags`);
  return Number(row!.n);
};
