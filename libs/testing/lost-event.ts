import type { NewEvent } from '#contracts/envelope.js';
import { partitionOf } from '#libs/event-log/index.js';
import type { Database } from '#libs/persistence/index.js';
import { eventually } from './eventually.js';

/** Puts an event on the log as a transaction would that committed behind the back of the fence: before one of its partition that was read already. */
export const commitBehindTheFence = async (db: Database, caseId: string, seq: number, event: NewEvent): Promise<void> => {
  const [other] = await db.rows<{ case_id: string; txid: string; position: string }>(
    `insert into log.entry (case_id, seq, types, at, data) select id, 1, 'tally.noted.v1', 0, '{}' from (select gen_random_uuid() id from generate_series(1, 5000)) any_id
     where ${partitionOf('id')} = ${partitionOf('$1::uuid')} limit 1 returning case_id, txid, position`, [caseId]);
  await eventually(async () => (await db.rows(`select from log.checkpoint where (txid, position) >= ($1::xid8, $2::bigint) and partition = ${partitionOf('$3::uuid')}`, [other!.txid, other!.position, caseId])).length > 0);
  await db.rows(`insert into log.entry (txid, position, case_id, seq, types, at, data) overriding system value values ($1, $2, $3, $4, $5, 0, $6)`,
    [other!.txid, Number(other!.position) - 1, caseId, seq, event.type, event.data]);
};
