/**
 * For good: the partition of an event is stored with it, and a record lies in the partition of its event. As many processes at most can share
 * the work of one group; each reading, and each fetch from a broker, costs by their number.
 */
export const PARTITIONS = 16;

/** The partition of a case, in SQL. */
export const partitionOf = (caseId: string): string => `(uuid_hash_extended(${caseId}, 0) & ${PARTITIONS - 1})::smallint`;

/**
 * How many entries of partition `p` come after place `c`, in SQL; after none where there is no place. A count of its own for each partition: joined with the log, a
 * statement planned while the log was small reads all of it, however little has not been read.
 */
export const UNREAD = `(select count(*) from log.entry e where e.partition = p and (e.txid, e.position) > (coalesce(c.txid, '0'::xid8), coalesce(c.position, -1)))`;
