import { beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from '#libs/kernel/index.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { logMigrations, partitionOf, partitionOfCase, PARTITIONS } from '../index.js';
import { assertPartitions } from './partitions.js';

const BEFORE = logMigrations.slice(0, 3);
const CASES = 400;
interface Stored { readonly case_id: string; readonly partition: number; readonly position: string; readonly txid: string }

describe('a log of the build before, in 64 partitions', () => {
  let database: TestDatabase;
  let old: readonly Stored[];
  let now: readonly Stored[];
  const stored = () => database.db.rows<Stored>('select case_id, partition, position::text, txid::text from log.event order by position');
  /** What a group has not read: the partitions it never saved a place in, and what comes after its place in the others. */
  const unread = async (group: string): Promise<Set<string>> => new Set((await database.db.rows<{ position: string }>(
    `select e.position::text from log.event e left join log.checkpoint c on c.group_name = $1 and c.partition = e.partition
     where c.txid is null or (e.txid, e.position) > (c.txid, c.position)`, [group])).map((row) => row.position));
  const before = new Map<string, Set<string>>();

  beforeAll(async () => {
    database = await openTestDatabase([...BEFORE]);
    const tell = (seq: number) => Promise.all(cases.map((id) => database.db.rows(`insert into log.event (case_id, seq, type, at, data) values ($1, $2, 'tally.noted.v1', 0, '{}')`, [id, seq])));
    const cases = Array.from({ length: CASES }, () => uuidv7());
    await tell(1);
    // One group has read all there was, one only in some partitions, and the relay has copied it.
    const places = 'select $1, partition, txid, position from (select distinct on (partition) * from log.event order by partition, txid desc, position desc) e';
    await database.db.rows(`insert into log.checkpoint (group_name, partition, txid, position) ${places}`, ['quick']);
    await database.db.rows(`insert into log.checkpoint (group_name, partition, txid, position) ${places} where partition % 3 = 0`, ['slow']);
    await database.db.rows(`insert into log.checkpoint (group_name, partition, txid, position, end_offset) select group_name, partition, txid, position, 7 from (${places}) c(group_name, partition, txid, position)`, ['kafka-relay']);
    await tell(2);
    old = await stored();
    for (const group of ['quick', 'slow']) before.set(group, await unread(group));
    const owner = await database.open('owner', { migrations: [...logMigrations] });
    await owner.migrate();
    now = await stored();
  }, 60_000);

  it('keeps its events in their order, in 16', async () => {
    expect(new Set(old.map((e) => e.partition)).size).toBeGreaterThan(PARTITIONS);
    expect(now.map(({ case_id: id, position, txid }) => [id, position, txid])).toEqual(old.map(({ case_id: id, position, txid }) => [id, position, txid]));
    expect(now.map((e) => e.partition)).toEqual(old.map((e) => e.partition % PARTITIONS));
    expect((await database.db.rows<{ n: number }>(`select count(*)::int n from log.event where partition <> ${partitionOf('case_id')}`))[0]!.n).toBe(0);
  });

  it('lies where the product works out that it does', async () => {
    const stored = await database.db.rows<{ case_id: string; partition: number }>('select distinct case_id, partition from log.event');
    expect(stored.length).toBe(CASES);
    expect(stored.filter(({ case_id: id, partition }) => partitionOfCase(id) !== partition)).toEqual([]);
    await expect(assertPartitions(database.db)).resolves.toBeUndefined();
  });

  it.each(['quick', 'slow'])('offers the group %s all it has not read', async (group) => {
    const offered = await unread(group);
    expect([...before.get(group)!].filter((position) => !offered.has(position))).toEqual([]);
  });

  it('does not offer everything again to a group that had a place in every partition', async () => {
    expect((await unread('quick')).size).toBeLessThan(2 * CASES);
  });

  it('is copied to a broker from the first event', async () => {
    expect(await database.db.rows(`select from log.checkpoint where group_name = 'kafka-relay'`)).toEqual([]);
  });
});
