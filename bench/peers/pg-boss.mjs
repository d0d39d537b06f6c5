// pg-boss: a notification is a row and a job for its first target; when that is done, a job for each of the other five. Batches of 200,
// workers woken in process. Lenient: jobs carry only ids, a batch's outcomes are one insert, and "completed" means that six outcomes exist.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { serve } from '../../dist/bench/driver.js';
import { quebecBirth } from '../../dist/bench/workload.js';

const [databaseUrl] = process.argv.slice(2);
const REST = ['certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'];
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
await pool.query(`create table if not exists notification (id uuid primary key, body text not null);
  create table if not exists outcome (notification uuid not null, target text not null, outcome text not null, primary key (notification, target))`);
const boss = new PgBoss({ connectionString: databaseUrl, max: 10, schedule: false });
boss.on('error', (error) => process.stderr.write(`${error}\n`));
await boss.start();
for (const queue of ['first', 'rest']) await boss.createQueue(queue);

/** Jobs of a batch; after a full one there may be more, which pg-boss would leave until its next poll. */
const BATCH = 200;
const counted = new Map();
const waiting = new Map();
const record = (client, jobs, targetOf) => client.query({
  name: 'record', text: `insert into outcome select i, t, 'completed' from unnest($1::uuid[], $2::text[]) r(i, t) on conflict do nothing`,
  values: [jobs.map((j) => j.data.id), jobs.map(targetOf)],
});
const count = (jobs) => {
  const now = performance.now();
  for (const { data: { id } } of jobs) {
    const n = (counted.get(id) ?? 0) + 1;
    if (n < 6) counted.set(id, n);
    else {
      counted.delete(id);
      if (waiting.has(id)) waiting.get(id)(now);
      else waiting.set(id, now);
    }
  }
};
const inTransaction = async (work) => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(client, { executeSql: (text, values) => client.query(text, values) });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
};

let restWorker;
const firstWorker = await boss.work('first', { batchSize: BATCH, pollingIntervalSeconds: 0.5 }, async (jobs) => {
  await inTransaction(async (client, db) => {
    await record(client, jobs, () => 'registration');
    await boss.insert(jobs.flatMap(({ data: { id } }) => REST.map((target) => ({ name: 'rest', data: { id, target } }))), { db });
  });
  count(jobs);
  boss.notifyWorker(restWorker);
  if (jobs.length === BATCH) boss.notifyWorker(firstWorker);
});
restWorker = await boss.work('rest', { batchSize: BATCH, pollingIntervalSeconds: 0.5 }, async (jobs) => {
  await record(pool, jobs, (j) => j.data.target);
  count(jobs);
  if (jobs.length === BATCH) boss.notifyWorker(restWorker);
});

serve({
  accept: async () => {
    const id = randomUUID();
    await inTransaction(async (client, db) => {
      await client.query({ name: 'keep', text: 'insert into notification values ($1, $2)', values: [id, JSON.stringify(quebecBirth())] });
      await boss.send('first', { id }, { db });
    });
    boss.notifyWorker(firstWorker);
    return id;
  },
  settled: (id) => new Promise((resolve) => {
    const done = (at) => {
      waiting.delete(id);
      resolve(at);
    };
    if (waiting.has(id)) done(waiting.get(id));
    else waiting.set(id, done);
  }),
  count: async () => {
    const { rows: [row] } = await pool.query('select (select count(*) from (select from outcome group by notification having count(*) = 6) c) completed, (select count(*) from outcome) outcomes');
    return { completed: Number(row.completed), outcomes: Number(row.outcomes) };
  },
  stop: async () => {
    await boss.stop({ graceful: false });
    await pool.end();
  },
});
