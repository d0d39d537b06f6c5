import { join } from 'node:path';
import { PARTITIONS } from '#libs/event-log/index.js';
import { Engine } from './engine.js';
import { median } from './rounds.js';
import { RunningSubject } from './subject.js';

export interface StoreFigures { readonly stored: number; readonly perSecond: number; readonly p99: number; readonly wal: number }
export interface GrowthFigures { readonly stored: number; readonly ratio: number; readonly stores: readonly StoreFigures[] }
export interface Growing {
  readonly folder: string; readonly stored: number; readonly rounds: number; readonly seconds: number; readonly inFlight: number; readonly rate: number; readonly latencySeconds: number;
  readonly say: (line: string) => void;
}

const HERE = import.meta.dirname;
const STEP = 10_000;
/** What must differ from case to case, and how it does. Everything else of a finished case is copied as it is. */
const FRESH: Readonly<Record<string, string>> = {
  case_id: 'm.fresh', reference: `translate(substr(md5(random()::text || m.fresh::text), 1, 16), '-', '')`,
  idempotency: 'gen_random_uuid()', fingerprint: 'gen_random_uuid()', natural_key: 'gen_random_uuid()', near_name: 'gen_random_uuid()', near_date: 'gen_random_uuid()',
  sibling: 'gen_random_uuid()', party_id: 'gen_random_uuid()', subject: 'gen_random_uuid()',
};

/**
 * Fills a store that nobody reads with copies of its finished cases, a day older than they are, until it holds `stored`. Every table that
 * has a case in it is copied; the copies count as read by every group.
 */
const fill = async (engine: Engine, stored: number): Promise<void> => {
  const tables = await engine.rows<{ table: string; columns: string[] }>(`
    select format('%I.%I', c.table_schema, c.table_name) as table, array_agg(c.column_name::text order by c.ordinal_position) as columns
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema') and c.is_generated = 'NEVER' and c.is_identity = 'NO'
      and not (c.table_schema = 'log' and c.column_name = 'txid') and (c.table_schema, c.table_name) not in (('log', 'parked'))
    group by 1 having bool_or(c.column_name = 'case_id')`);
  const [have] = await engine.rows<{ n: string }>('select count(*) n from intake.case_file');
  const before = Number(have!.n);
  await engine.rows('create temporary table original as select case_id, row_number() over (order by case_id) i from intake.case_file');
  await engine.rows('create temporary table copied (old uuid, fresh uuid)');
  for (let left = stored - before; left > 0; left -= STEP) {
    await engine.rows('truncate copied');
    await engine.rows(`insert into copied select o.case_id, uuidv7(interval '-1 day') from generate_series(1, $1::int) g join original o on o.i = 1 + g % ${before}`, [Math.min(STEP, left)]);
    for (const { table, columns } of tables) {
      await engine.rows(`insert into ${table} (${columns.map((c) => `"${c}"`).join(', ')}) select ${columns.map((c) => FRESH[c] ?? `t."${c}"`).join(', ')} from copied m join ${table} t on t.case_id = m.old order by m.fresh`);
    }
  }
  await engine.rows(`
    insert into log.checkpoint (group_name, partition, txid, position)
    select g.group_name, p, l.txid, l.position from (select distinct group_name from log.checkpoint) g, generate_series(0, ${PARTITIONS - 1}) p, (select txid, position from log.entry order by txid desc, position desc limit 1) l
    on conflict (group_name, partition) do update set txid = excluded.txid, position = excluded.position`);
  await engine.rows('vacuum analyze');
  await engine.rows('checkpoint');
};

/** The rate on a store of finished cases beside that on an empty one: two stores of their own, measured in turn. */
export const measureGrowth = async ({ folder, stored, rounds, seconds, inFlight, rate, latencySeconds, say }: Growing): Promise<GrowthFigures> => {
  const stores: { readonly stored: number; readonly engine: Engine; readonly subject: RunningSubject; told: number }[] = [];
  try {
    for (const [name, size] of [['empty', 0], ['full', stored]] as const) {
      const own = join(folder, name);
      const engine = await Engine.start(own);
      const start = () => RunningSubject.start(name, join(HERE, 'product.js'), [engine.url, own]);
      let subject = await start();
      let told = (await subject.load(Math.min(4, seconds), inFlight)).cases;
      if (size > 0) {
        await subject.stop();
        const began = performance.now();
        await fill(engine, size);
        say(`filled to ${size} cases in ${((performance.now() - began) / 1000).toFixed(0)} s`);
        subject = await start();
        told = size + (await subject.load(Math.min(4, seconds), inFlight)).cases;
      }
      stores.push({ stored: size, engine, subject, told });
    }
    const rounds_: StoreFigures[][] = stores.map(() => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [i, store] of stores.entries()) {
        await store.engine.tidy();
        const before = await store.engine.marks();
        const loaded = await store.subject.load(seconds, inFlight);
        const after = await store.engine.marks();
        const waited = await store.subject.latency(rate, latencySeconds);
        store.told += loaded.cases + waited.cases;
        const figures = { stored: store.stored, perSecond: loaded.perSecond, p99: waited.p99, wal: (after.wal - before.wal) / loaded.cases };
        rounds_[i]!.push(figures);
        say(`round ${round}: ${store.stored} stored: ${figures.perSecond.toFixed(0)} completed/s · ${(figures.wal / 1000).toFixed(1)} kB WAL · at ${rate}/s p99 ${figures.p99.toFixed(1)} ms`);
      }
    }
    for (const { subject, told } of stores) {
      const { completed } = await subject.count();
      if (completed !== told) throw new Error(`${told} told, ${completed} completed`);
    }
    const [empty, full] = rounds_ as [StoreFigures[], StoreFigures[]];
    const of = (some: readonly StoreFigures[], pick: (s: StoreFigures) => number): number => median(some.map(pick))!;
    return {
      stored, ratio: median(full.map((f, i) => f.perSecond / empty[i]!.perSecond))!,
      stores: [empty, full].map((some) => ({ stored: some[0]!.stored, perSecond: of(some, (s) => s.perSecond), p99: of(some, (s) => s.p99), wal: of(some, (s) => s.wal) })),
    };
  } finally {
    for (const { subject, engine } of stores) {
      await subject.stop().catch((error: unknown) => say(String(error)));
      await engine.stop();
    }
  }
};
