import { connect as connectTcp, type Socket } from 'node:net';
import type { ISocketFactory, Kafka } from 'kafkajs';
import type { EventType } from '#contracts/events/index.js';
import { asAdmin } from '#libs/event-log/kafka/client.js';
import { Bell, Decoder, KafkaFeed, logMigrations, makeTopics, openKafka, Outbox, PARTITIONS, Relay, type Gap, type KafkaFeedOptions } from '#libs/event-log/index.js';
import { SystemClock } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { eventually } from './eventually.js';
import { Tally1700000000099 } from './tally.js';
import { openTestDatabase, type TestDatabase } from './test-database.js';

/** The connections of one process, which can be cut as its death, or a broken network, cuts them. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private cut = false;

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connectTcp({ host, port: this.cut ? 1 : port }, onConnect); // nobody listens on port 1
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  };

  /** Says nothing to the other side beyond that. */
  sever(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy(new Error('severed'));
  }

  mend(): void {
    this.cut = false;
  }
}

/** One process that reads the log over Kafka. */
export interface KafkaProcess {
  readonly name: string;
  readonly unitOfWork: UnitOfWork;
  readonly feed: KafkaFeed;
  readonly gaps: readonly Gap[];
  readonly failures: readonly string[];
  readonly fatal: readonly unknown[];
  readonly wire: Wire;
  crash(): Promise<void>;
}

/** A fresh database and a topic of its own on a broker, with a relay between them. */
export interface KafkaLog {
  readonly database: TestDatabase;
  readonly kafka: Kafka;
  readonly topic: string;
  readonly relay: Relay;
  makeTopic(): Promise<void>;
  process(name: string, options?: { readonly types?: readonly EventType[] } & Partial<KafkaFeedOptions>): Promise<KafkaProcess>;
  /** One more relay, as another process has. */
  startRelay(name: string): Promise<Relay>;
  close(): Promise<void>;
}

let topics = 0;

export const openKafkaLog = async (brokers: readonly string[]): Promise<KafkaLog> => {
  const database = await openTestDatabase([...logMigrations, Tally1700000000099]);
  const topic = `case-events-${process.pid}-${++topics}`;
  const kafka = openKafka({ brokers });
  const makeTopic = async (): Promise<void> => {
    await makeTopics(kafka, [{ name: topic, partitions: PARTITIONS, config: { 'segment.index.bytes': '65536' } }]);
  };
  await makeTopic();
  const ends: (() => Promise<void>)[] = [];
  const startRelay = async (name: string): Promise<Relay> => {
    const db = await database.open(name);
    const bell = new Bell(db, new Outbox());
    const relay = new Relay(db, bell, kafka, { topic });
    ends.push(async () => {
      await relay.stop();
      await bell.stop();
    });
    await bell.start();
    await relay.start();
    return relay;
  };
  return {
    database, kafka, topic, makeTopic, startRelay, relay: await startRelay('relay'),
    process: async (name, { types, ...options } = {}) => {
      const db = await database.open(name);
      const [outbox, clock, wire] = [new Outbox(), new SystemClock(), new Wire()];
      const [gaps, failures, fatal]: [Gap[], string[], unknown[]] = [[], [], []];
      const unitOfWork = new UnitOfWork(db, clock, outbox);
      const feed = new KafkaFeed(db, unitOfWork, new Bell(db, outbox), clock, openKafka({ brokers, socketFactory: wire.factory }), {
        topic, sessionTimeoutMs: 1500, decoder: new Decoder(types), onGap: (gap) => gaps.push(gap), onFailure: (group) => failures.push(group), onFatal: (error) => fatal.push(error), ...options,
      });
      ends.push(async () => {
        wire.mend(); // what is left of one that crashed would try for half a minute
        await feed.stop();
      });
      return {
        name, unitOfWork, feed, gaps, failures, fatal, wire,
        crash: async () => {
          wire.sever();
          await database.kill(name);
          void feed.stop().catch(() => undefined); // what is left of it in this process
        },
      };
    },
    close: async () => {
      await Promise.all(ends.map((end) => end()));
      await asAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] })).catch(() => undefined);
      await database.close();
    },
  };
};

/** Makes the broker forget how far a group has read. No member of it runs, though one that crashed may still count as one for a moment. */
export const forgetPlace = ({ kafka, topic }: KafkaLog, group: string): Promise<void> =>
  asAdmin(kafka, async (admin) => {
    const groupId = `${topic}.${group}`;
    await eventually(async () => (await admin.describeGroups([groupId])).groups.every((g) => g.members.length === 0), { within: 10_000, every: 100 });
    await admin.deleteGroups([groupId]);
  });
