import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Vault } from '#contracts/apis/vault.js';
import { openSystem, type System } from '../../bench/system.js';
import { quebecBirth } from '../../bench/workload.js';

/** ADR 4 and 16: rows per case are the currency under load, transactions when idle. A Québec birth of six deliveries in two waves, 64 in flight. */
const BUDGET = { rows: 24, commits: 0.3, read: 60 };
const CASES = 512;
const IN_FLIGHT = 64;

describe('what a birth costs', () => {
  let system: System;
  beforeAll(async () => {
    system = await openSystem();
  }, 60_000);
  afterAll(() => system.stop());

  const run = async (cases: number): Promise<void> => {
    let left = cases;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await system.settled((await system.tell(quebecBirth())).caseId);
    }));
  };

  /** Rows read by going through a whole table of cases, so far. (Agreements are few, and all of them are wanted.) */
  const scanned = async (): Promise<number> =>
    Number((await system.app.platform.db.rows<{ n: string }>(`select sum(seq_tup_read) n from pg_stat_user_tables where schemaname || '.' || relname <> 'consent.agreement'`))[0]!.n);

  /** Entries read of indexes, so far. */
  const entriesRead = async (): Promise<number> => Number((await system.app.platform.db.rows<{ n: string }>('select sum(idx_tup_read) n from pg_stat_user_indexes'))[0]!.n);

  it(`stays within ${BUDGET.rows} rows, ${BUDGET.commits} commits and ${BUDGET.read} entries read of indexes`, async () => {
    await run(1); // as every installation begins: plans are made while there is next to nothing
    await new Promise((r) => setTimeout(r, 1500));
    await run(127);
    const before = await system.figures();
    const [scannedBefore, readBefore] = [await scanned(), await entriesRead()];
    await run(CASES);
    const after = await system.figures();
    // and they must not read what has been stored since.
    expect(((await scanned()) - scannedBefore) / CASES).toBeLessThan(0.1);
    expect(((await entriesRead()) - readBefore) / CASES).toBeLessThan(BUDGET.read);
    expect((after.rows - before.rows) / CASES).toBeLessThanOrEqual(BUDGET.rows);
    expect((after.commits - before.commits) / CASES).toBeLessThanOrEqual(BUDGET.commits);
    // and the work was really done: six deliveries each, seven lines of access (one of them the identity question)
    const [counted] = await system.app.platform.db.rows<{ cases: string; lines: string }>(
      'select (select count(*) from bundling.plan) cases, (select sum(json_array_length(lines)) from consent.release) lines');
    expect(Number(counted!.cases)).toBe(128 + CASES);
    expect(Number(counted!.lines)).toBe((128 + CASES) * 7);
  }, 60_000);

  it('is four transactions for a birth that comes alone, and everything leaves once', async () => {
    await new Promise((r) => setTimeout(r, 1500)); // every partition has been held for a while
    const { counters } = system.app.platform.unitOfWork;
    await run(1);
    const before = counters.commits;
    const closed = jest.spyOn(system.app.service.app.get(Vault, { strict: false }), 'close');
    const { caseId } = await system.tell(quebecBirth());
    await system.settled(caseId);
    expect(counters.commits - before).toBe(4);
    expect(closed.mock.calls).toEqual([[[caseId]]]); // with its case, its file
    const [released] = await system.app.platform.db.rows<{ lines: string; again: string }>(
      'select count(*) as lines, count(*) filter (where coalesce((l->>2)::int, 1) > 1) again from consent.release, json_array_elements(lines) l where case_id = $1', [caseId]);
    expect(released).toEqual({ lines: '7', again: '0' });
  }, 30_000);
});
