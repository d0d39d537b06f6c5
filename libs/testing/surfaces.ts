import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Partitioners, type Kafka, type Message } from 'kafkajs';
import { CASE_EVENTS, openKafka, type LocalBroker } from '#libs/event-log/index.js';
import { asAdmin } from '#libs/event-log/kafka/client.js';
import { uuidv7 } from '#libs/kernel/index.js';
import type { Database } from '#libs/persistence/index.js';
import type { Collector } from './collector.js';
import { eventually } from './eventually.js';

/** Somewhere personal data must never appear: all that is there as text, and a way to put texts there, for a test of the looking. */
export interface Surface {
  readonly name: string;
  read(): Promise<string>;
  plant(leaks: readonly string[]): Promise<void>;
}

/** What tests gathered themselves; what is planted goes beside it. */
const gathered = (name: string, read: () => string | Promise<string>): Surface => {
  const planted: string[] = [];
  return { name, read: async () => `${await read()}\n${planted.join('\n')}`, plant: async (leaks) => void planted.push(...leaks.map((leak) => `{"x":"${leak}"}`)) };
};

/** Every column of every table there is, as PostgreSQL writes it. */
const table = (db: Database, name: string, insert = ''): Surface => ({
  name, read: async () => (await db.rows<{ text: string }>(`select t::text as text from ${name} t`)).map((r) => r.text).join('\n'),
  plant: async (leaks) => {
    for (const [i, leak] of leaks.entries()) await db.rows(insert, [leak, uuidv7(), i]);
  },
});
const PLANTED_IN: Readonly<Record<string, string>> = {
  'log.entry': `insert into log.entry (case_id, seq, types, at, data) values ($2, 1 + $3, 'planted.leak.v1', 0, json_build_object('x', $1::text))`,
  'log.unreadable': `insert into log.unreadable (group_name, topic, partition, record_offset, part, since) values ($2::text, 'x', 0, $3, $1, 0)`,
  'log.parked': 'insert into log.parked (group_name, case_id, seq, reason, since) values ($1, $2, $3, $1, 0)',
};

const tablesOf = async (db: Database): Promise<readonly Surface[]> => {
  const names = await db.rows<{ name: string }>(`select format('%I.%I', schemaname, tablename) name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
  return names.map(({ name }) => table(db, name, PLANTED_IN[name]));
};

/** Everything a consumer of any topic is given. */
const readTopics = async (kafka: Kafka): Promise<readonly { readonly text: string; readonly headers: string }[]> => {
  const { topics, expected } = await asAdmin(kafka, async (admin) => {
    const topics = (await admin.listTopics()).filter((t) => !t.startsWith('__'));
    const offsets = (await Promise.all(topics.map((t) => admin.fetchTopicOffsets(t)))).flat();
    return { topics, expected: offsets.reduce((sum, o) => sum + Number(o.high) - Number(o.low), 0) };
  });
  const consumer = kafka.consumer({ groupId: `reader-${uuidv7()}` });
  const seen: { text: string; headers: string }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers } }) => {
      seen.push({ text: String(value), headers: `${String(key)} ${Object.entries(headers ?? {}).map(([k, v]) => `${k}=${String(v)}`).join(' ')}` });
    },
  });
  await eventually(() => seen.length >= expected, { within: 30_000, every: 50 });
  await consumer.disconnect();
  return seen;
};

const send = async (kafka: Kafka, messages: readonly Message[]): Promise<void> => {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: CASE_EVENTS, messages: [...messages] });
  await producer.disconnect();
};

/** Every topic the broker has, as a consumer reads it and as the broker keeps it. Its index files hold offsets only, and room for more. */
const topicsOf = ({ brokers, dir }: LocalBroker): readonly Surface[] => {
  const kafka = openKafka({ brokers });
  const files = (): string => readdirSync(join(dir, 'data'), { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && !/index$/.test(f.name)).map((f) => readFileSync(join(f.parentPath, f.name), 'utf8')).join('\n');
  return [
    { name: 'the values of records', read: async () => (await readTopics(kafka)).map((r) => r.text).join('\n'), plant: (leaks) => send(kafka, leaks.map((value) => ({ key: 'x', value }))) },
    { name: 'the keys and headers of records', read: async () => (await readTopics(kafka)).map((r) => r.headers).join('\n'), plant: (leaks) => send(kafka, leaks.map((leak) => ({ key: leak, value: '{}', headers: { x: leak } }))) },
    { name: 'the broker’s own files', read: async () => files(), plant: (leaks) => send(kafka, leaks.map((value) => ({ key: 'y', value }))) },
    { name: 'the broker’s own log', read: async () => readFileSync(join(dir, 'broker.log'), 'utf8'), plant: async (leaks) => appendFileSync(join(dir, 'broker.log'), `${leaks.join('\n')}\n`) },
  ];
};

export interface Where {
  /** With the owner's role. */
  readonly db: Database;
  /** Of the embedded server. */
  readonly postgresDir: string;
  /** What the processes said on stdout and stderr. */
  readonly said: readonly string[];
  readonly metricsUrls: readonly string[];
  readonly collector: Collector;
  /** The problem documents of what was refused. */
  readonly problems: readonly string[];
  readonly operators: () => Promise<unknown>;
  readonly broker?: LocalBroker | undefined;
}

/** Everywhere but the vault's sealed store, the agencies, and the person's own answers. */
export const surfacesOf = async ({ db, postgresDir, said, metricsUrls, collector, problems, operators, broker }: Where): Promise<readonly Surface[]> => [
  gathered('what every process says', () => said.join('\n')),
  {
    name: 'PostgreSQL’s log', read: async () => readFileSync(join(postgresDir, 'server.log'), 'utf8'),
    plant: async (leaks) => {
      for (const leak of leaks) await db.rows(`do $do$ begin raise log '%', $leak$${leak}$leak$; end $do$`);
    },
  },
  ...(await tablesOf(db)),
  ...(broker ? topicsOf(broker) : []),
  gathered('metrics', async () => (await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()))).join('\n')),
  {
    name: 'traces', read: async () => collector.received(),
    plant: async (leaks) => {
      for (const leak of leaks) {
        const spans = [{ traceId: '1', spanId: '1', name: 'x', kind: 1, attributes: [{ key: 'x', value: { stringValue: leak } }] }];
        await fetch(`${collector.url}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] }) });
      }
    },
  },
  gathered('error bodies', () => problems.join('\n')),
  gathered('operators’ answers', async () => JSON.stringify(await operators())),
];
