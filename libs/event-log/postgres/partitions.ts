/**
 * For good: the partition of an event is stored with it, and a record lies in the partition of its event. As many processes at most can share
 * the work of one group; each reading, and each fetch from a broker, costs by their number.
 */
export const PARTITIONS = 16;

/** The partition of a case, in SQL. */
export const partitionOf = (caseId: string): string => `(uuid_hash_extended(${caseId}, 0) & ${PARTITIONS - 1})::smallint`;
