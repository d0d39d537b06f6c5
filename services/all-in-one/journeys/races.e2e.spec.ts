import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { IsInt, Max, Min } from 'class-validator';
import { FromEnv, readConfig } from '#libs/config/index.js';
import { startEmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import { Database } from '#libs/persistence/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import type { Client } from '../client.js';
import { STANDS_WITHIN_MS, takePlaceIn } from './place.js';
import { clientOf } from './sample.js';
import { startTestApp, type TestApp } from './start-app.js';

/** A citizen withdraws consent over the API while the events that lead to the release are on their way over Kafka. The judge is the database's own clock of commits. */

class RacesConfig {
  @FromEnv('RACES', 'How many withdrawals are raced against releases.')
  @Max(100_000)
  @Min(100)
  @IsInt()
  races: number = 300;
}
const { races: RACES } = readConfig(RacesConfig);
const AT_ONCE = 24;
const MS_EACH = 400;
/** All racers hear of a slow machine at once: without a limit they would wait for minutes. */
const MOST_PATIENCE_MS = 2000;
takePlaceIn('kafka');

/** Every telling of the social insurance number programme that the vault let out, with the transaction that did: a resend is one more. */
const WATCH = `
  create schema race;
  create table race.released (case_id uuid, delivery_id uuid, sending int, primary key (case_id, delivery_id, sending));
  create function race.watch() returns trigger language plpgsql as $$ begin
    insert into race.released select new.case_id, (l->>1)::uuid, coalesce((l->>2)::int, 1) from json_array_elements(new.lines) l join consent.line_form f on f.id = l->>0
      where f.doc->>'target' = 'sin' and f.doc->>'kind' = 'tell' on conflict do nothing;
    return null;
  end $$;
  create trigger watch after insert or update on consent.release for each row execute function race.watch();`;
const JUDGE = `
  select r.case_id is not null released, r.delivery_id, pg_xact_commit_timestamp(r.xmin) > pg_xact_commit_timestamp(w.xmin) after_withdrawal, r.xmin = w.xmin together
  from consent.act w left join race.released r using (case_id) where w.doc::text like '%withdrawn%'`;

interface Judged { readonly released: boolean; readonly delivery_id: string | null; readonly after_withdrawal: boolean | null; readonly together: boolean | null }

/** A data folder whose database notes when each transaction committed. */
const folderWithCommitTimes = async (): Promise<string> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tell-us-once-races-'));
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  const db = await Database.open({ url: server.url, poolSize: 1 });
  await db.rows('alter system set track_commit_timestamp = on');
  await db.close();
  await server.stop();
  return dataDir;
};

describeOnKafka('withdrawals raced against releases over Kafka', () => {
  let app: TestApp;
  let agent: Client;
  beforeAll(async () => {
    app = await startTestApp({ config: { dataDir: await folderWithCommitTimes() } });
    app.sandbox.setUnknownPeople('FUMA');
    await app.db.rows(WATCH);
    agent = await clientOf(app, 'nadia');
  }, STANDS_WITHIN_MS);
  afterAll(() => app.stop(), 30_000);

  const isReleased = async (reference: string): Promise<boolean> =>
    (await app.db.rows('select from race.released join intake.case_file using (case_id) where reference = $1', [reference])).length > 0;

  it(`${RACES} times: nothing leaves after a withdrawal that committed, and either side is first often`, async () => {
    let told = 0;
    let patience = 100; // how long the citizen waits: longer after a withdrawal that was first, shorter after one that was not
    const racer = async (): Promise<void> => {
      while (told++ < RACES) {
        const reference = await agent.tell(quebecBirth());
        await sleep(patience);
        await agent.decide(reference, 'sin', 'withdrawn');
        patience = Math.min(MOST_PATIENCE_MS, Math.max(1, patience * ((await isReleased(reference)) ? 0.93 : 1.07)));
        await eventually(async () => (await agent.show(reference)).settled, { within: 120_000, every: 250 });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, racer));

    const judged = await app.db.rows<Judged>(JUDGE);
    const [withdrawnFirst, releasedFirst] = [judged.filter((j) => !j.released).length, judged.filter((j) => j.released).length];
    const afterCommit = judged.filter((j) => j.after_withdrawal === true || j.together === true).length;
    console.log(`${RACES} races over Kafka: ${withdrawnFirst} withdrawn first, ${releasedFirst} released first, ${afterCommit} releases after the commit of the withdrawal`);
    expect(afterCommit).toBe(0);
    expect(judged).toHaveLength(RACES);
    expect(Math.min(withdrawnFirst, releasedFirst)).toBeGreaterThan(RACES / 10);

    const letOut = new Set(judged.map((j) => j.delivery_id));
    const toldToAgency = app.sandbox.ledger().filter((e) => e.programme === 'ca/sin' && e.kind === 'tell');
    expect(toldToAgency.filter((e) => !letOut.has(e.deliveryId) || e.effects !== 1)).toEqual([]); // the agency has nothing of those who withdrew first
    expect(toldToAgency.length).toBe(releasedFirst);
  }, 60_000 + RACES * MS_EACH);
});
