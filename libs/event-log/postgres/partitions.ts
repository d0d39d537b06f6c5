import { putUuid } from '#libs/kernel/index.js';
import type { Database } from '#libs/persistence/index.js';

/**
 * For good: the partition of an event is stored with it, and a record lies in the partition of its event. As many processes at most can share
 * the work of one group; each reading, and each fetch from a broker, costs by their number.
 */
export const PARTITIONS = 16;

/** All partitions, from any on. */
export const anOrder = (): readonly number[] => {
  const first = Math.floor(Math.random() * PARTITIONS);
  return Array.from({ length: PARTITIONS }, (_, i) => (first + i) % PARTITIONS);
};

/** The partition of a case, in SQL. */
export const partitionOf = (caseId: string): string => `(uuid_hash_extended(${caseId}, 0) & ${PARTITIONS - 1})::smallint`;

const turn = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
const bytes = Buffer.alloc(16);

/** The same, worked out here: PostgreSQL's `hash_bytes_extended`, which is Bob Jenkins' lookup3, of the sixteen bytes of an id with seed 0, as it is on little-endian machines. */
export const partitionOfCase = (caseId: string): number => {
  putUuid(bytes, caseId, 0);
  const first = 0x9e3779b9 + bytes.length + 3923095;
  let a = (first + bytes.readInt32LE(0)) | 0;
  let b = (first + bytes.readInt32LE(4)) | 0;
  let c = (first + bytes.readInt32LE(8)) | 0;
  a = (a - c) ^ turn(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ turn(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ turn(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ turn(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ turn(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ turn(b, 4);
  b = (b + a) | 0;
  a = (a + bytes.readInt32LE(12)) | 0;
  c = ((c ^ b) - turn(b, 14)) | 0;
  a = ((a ^ c) - turn(c, 11)) | 0;
  b = ((b ^ a) - turn(a, 25)) | 0;
  c = ((c ^ b) - turn(b, 16)) | 0;
  a = ((a ^ c) - turn(c, 4)) | 0;
  b = ((b ^ a) - turn(a, 14)) | 0;
  c = ((c ^ b) - turn(b, 24)) | 0;
  return c & (PARTITIONS - 1);
};

/** Throws where the server works them out otherwise, which would have two processes take a case for theirs. */
export const assertPartitions = async (db: Database): Promise<void> => {
  const id = '01a23024-97eb-71ef-82a8-ae31f4103a77';
  const [row] = await db.rows<{ partition: number }>(`select ${partitionOf('$1::uuid')} "partition"`, [id]);
  if (row!.partition !== partitionOfCase(id)) throw new Error('this PostgreSQL runs on a big-endian machine and works partitions out otherwise than the product: use one on x86 or ARM');
};

/**
 * How many entries of partition `p` come after place `c`, in SQL; after none where there is no place. A count of its own for each partition: joined with the log, a
 * statement planned while the log was small reads all of it, however little has not been read.
 */
export const UNREAD = `(select count(*) from log.entry e where e.partition = p and (e.txid, e.position) > (coalesce(c.txid, '0'::xid8), coalesce(c.position, -1)))`;
