import { Client } from 'pg';
import { uuidv7 } from '#libs/kernel/index.js';
import type { Loaded } from './driver.js';
import { serve } from './driver.js';
import { quebecBirth } from './workload.js';

/**
 * The floor: what PostgreSQL and Node's driver need for the least that could be kept of 64 cases, in one transaction: a row, six outcomes, a
 * completion each, in three statements over one connection. No plan, consent, vault, log or recovery. `floor.js DATABASE_URL`
 */
const LIST = 64;
const TARGETS = ['registration', 'certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'];
const client = new Client({ connectionString: process.argv[2]!, ...{ pipeline: true } });
await client.connect();
await client.query(`create table notification (id uuid primary key, body text not null);
  create table outcome (notification uuid not null, target smallint not null, outcome text not null, primary key (notification, target));
  create table completed (notification uuid primary key, at bigint not null)`);

const keep = async (): Promise<void> => {
  const ids = `{${Array.from({ length: LIST }, () => uuidv7()).join(',')}}`;
  const bodies = Array.from({ length: LIST }, () => JSON.stringify(quebecBirth())).join('\x1f');
  await Promise.all([
    client.query('begin'),
    client.query({ name: 'keep', text: `insert into notification select * from unnest($1::uuid[], string_to_array($2::text, E'\\x1f'))`, values: [ids, bodies] }),
    client.query({ name: 'record', text: `insert into outcome select i, t, 'completed' from unnest($1::uuid[]) i, generate_series(1, ${TARGETS.length}) t`, values: [ids] }),
    client.query({ name: 'complete', text: 'insert into completed select i, $2::bigint from unnest($1::uuid[]) i', values: [ids, Date.now()] }),
    client.query('commit'),
  ]);
};

serve({
  accept: () => Promise.reject(new Error('the floor takes no single case')),
  settled: () => Promise.reject(new Error('the floor takes no single case')),
  count: async () => {
    const { rows: [row] } = await client.query<{ completed: string; outcomes: string }>('select (select count(*) from completed) completed, (select count(*) from outcome) outcomes');
    return { completed: Number(row!.completed), outcomes: Number(row!.outcomes) };
  },
  more: {
    load: async ({ seconds }: { readonly seconds: number }): Promise<Loaded> => {
      const [began, before] = [performance.now(), process.cpuUsage()];
      let cases = 0;
      for (; performance.now() < began + seconds * 1000; cases += LIST) await keep();
      const perSecond = cases / ((performance.now() - began) / 1000);
      const { user, system } = process.cpuUsage(before);
      return { cases, perSecond, acceptedPerSecond: perSecond, nodeCpu: (user + system) / 1e6 };
    },
  },
  stop: () => client.end(),
});
