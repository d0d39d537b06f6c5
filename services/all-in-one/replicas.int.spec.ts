import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RememberingTransport } from '../../bench/no-op-agencies.js';
import { openSystem, type System } from '../../bench/system.js';
import { quebecBirth } from '../../bench/workload.js';

const BIRTHS = 60;
const IN_FLIGHT = 20;

/** Every service, twice, on one database. */
describe('two replicas of the product', () => {
  const replicas: System[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tell-us-once-replicas-'));
  const ledger = join(folder, 'ledger');
  beforeAll(async () => {
    const first = await openSystem({ folder, transport: new RememberingTransport(ledger) });
    replicas.push(first);
    replicas.push(await openSystem({ folder, databaseUrl: first.app.platform.db.url, transport: new RememberingTransport(ledger) }));
    await sleep(1500); // each has its half of the partitions by then
  }, 60_000);
  afterAll(async () => {
    for (const replica of replicas.reverse()) await replica.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each sees the settling commits of its own process only. */
  const tellAndSee = async (replica: System): Promise<void> => {
    let left = BIRTHS;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await replica.settled((await replica.tell(quebecBirth())).caseId);
    }));
  };

  it('each go on with the cases they opened to the end, as if they were alone, and nothing is sent twice', async () => {
    const releasedAgain = async (): Promise<number> => Number((await replicas[0]!.app.platform.db.rows<{ n: string }>(
      'select count(*) n from consent.release, json_array_elements(lines) l where coalesce((l->>2)::int, 1) > 1'))[0]!.n);
    await Promise.all(replicas.map(tellAndSee));
    expect(RememberingTransport.figures(ledger)).toEqual({ effects: replicas.length * BIRTHS * 6, sends: replicas.length * BIRTHS * 6 });
    expect(await releasedAgain()).toBe(0); // released once, along with what decided it
  }, 60_000);

  it('leave all to the one that stays', async () => {
    await replicas.pop()!.stop();
    const began = performance.now();
    await tellAndSee(replicas[0]!);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(RememberingTransport.figures(ledger)).toEqual({ effects: 3 * BIRTHS * 6, sends: 3 * BIRTHS * 6 });
  }, 60_000);
});
