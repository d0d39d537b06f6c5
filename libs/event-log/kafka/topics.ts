import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { asAdmin } from './client.js';

/** The log's events on their way between services. */
export const CASE_EVENTS = 'case-events';

/** One topic of deploy/topics.yml, the only place topics come from. */
export interface Topic {
  readonly name: string;
  /** For good: a key's records would move. */
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** What a broker has is not what deploy/topics.yml says. */
export class TopicsDiffer extends Error {
  override readonly name = 'TopicsDiffer';
}

const isText = (value: unknown): value is string => typeof value === 'string';
const entries = (value: unknown): readonly (readonly [string, unknown])[] => (typeof value === 'object' && value !== null ? Object.entries(value) : []);

/** Reads the parsed document of deploy/topics.yml; throws with the first fault. */
export const readTopics = (document: unknown): readonly Topic[] => {
  const list = (document as { topics?: unknown } | null)?.topics;
  if (!Array.isArray(list) || list.length === 0) throw new Error('topics: a list is missing');
  const topics = list.map((one: unknown): Topic => {
    const { name, partitions, config = {} } = one as Record<string, unknown>;
    if (!isText(name) || !/^[a-z0-9][a-z0-9.-]{0,200}$/.test(name)) throw new Error('topics: a name is missing or not lower-case letters, digits, dots and dashes');
    if (typeof partitions !== 'number' || !Number.isInteger(partitions) || partitions < 1) throw new Error(`topics: ${name} has no number of partitions`);
    const wrong = entries(config).find(([, value]) => !isText(value));
    if (wrong) throw new Error(`topics: ${name}: ${wrong[0]} must be a text, in quotes`);
    return { name, partitions, config: config as Record<string, string> };
  });
  const twice = topics.find((t, i) => topics.findIndex((u) => u.name === t.name) !== i);
  if (twice) throw new Error(`topics: ${twice.name} stands there twice`);
  return topics;
};

const partitionsOf = async (admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const known = (await admin.listTopics()).filter((name) => topics.includes(name));
  if (known.length === 0) return new Map();
  const { topics: found } = await admin.fetchTopicMetadata({ topics: known });
  return new Map(found.map((t) => [t.name, t.partitions.length]));
};

const mustAgree = (topic: Topic, has: number): void => {
  if (has !== topic.partitions) {
    throw new TopicsDiffer(`the topic ${topic.name} has ${has} partitions and deploy/topics.yml says ${topic.partitions}: a case would change its partition, so neither is changed. Make a new topic, or wipe this one (the relay fills it again)`);
  }
};

/** Refuses a broker on which one of these topics is missing or differs in its partitions. */
export const checkTopics = (kafka: Kafka, topics: readonly Topic[]): Promise<void> =>
  asAdmin(kafka, async (admin) => {
    const has = await partitionsOf(admin, topics.map((t) => t.name));
    for (const topic of topics) {
      const partitions = has.get(topic.name);
      if (partitions === undefined) throw new TopicsDiffer(`the broker has no topic ${topic.name}: run \`npm run topics\``);
      mustAgree(topic, partitions);
    }
  });

const untilLed = async (admin: Admin, topics: readonly Topic[]): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const found = await admin.fetchTopicMetadata({ topics: topics.map((t) => t.name) }).catch(() => undefined);
    if (found?.topics.every((t) => t.partitions.every((p) => p.leader >= 0)) === true) return;
    await sleep(100);
  }
  throw new Error('the broker took the topics and does not lead them: look into its log');
};

/** Makes the topics that are missing and answers their names; refuses one that differs in its partitions. */
export const makeTopics = (kafka: Kafka, topics: readonly Topic[]): Promise<readonly string[]> =>
  asAdmin(kafka, async (admin) => {
    const has = await partitionsOf(admin, topics.map((t) => t.name));
    for (const topic of topics) if (has.has(topic.name)) mustAgree(topic, has.get(topic.name)!);
    const missing = topics.filter((t) => !has.has(t.name));
    if (missing.length > 0) {
      const replicationFactor = Math.min(3, (await admin.describeCluster()).brokers.length);
      await admin.createTopics({
        waitForLeaders: false, // the library gives up where the broker is a moment behind its controller
        topics: missing.map((t) => ({
          topic: t.name, numPartitions: t.partitions, replicationFactor, configEntries: Object.entries(t.config).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    await untilLed(admin, topics); // another process may have made them a moment ago
    return missing.map((t) => t.name);
  });
