import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners, type Consumer, type EachBatchPayload, type Producer } from 'kafkajs';
import { JURISDICTIONS } from '../programmes.js';
import { AGAIN, type Mailroom } from './mailroom.js';

const AGAIN_MS = 100;

/** Jurisdictions that are told on topics: reads `jurisdiction.{id}.requests` and answers on `jurisdiction.{id}.outcomes`. An offset is committed after the answer is there. */
export class TopicExchange {
  private readonly kafka: Kafka;
  private readonly stopping = new AbortController();
  private readonly joined: Promise<void>;
  private readonly places = new Map<string, Places>();
  /** Per tell, the last message of its line: what corrects it waits. */
  private readonly lines = new Map<string, Promise<void>>();
  private consumer: Consumer | undefined;
  private producer: Producer | undefined;

  constructor(brokers: readonly string[], private readonly mailroom: Mailroom) {
    this.kafka = new Kafka({ brokers: [...brokers], clientId: 'sandbox', logLevel: logLevel.NOTHING });
    this.joined = this.join();
  }

  /** Whether the message is on the topic. */
  async publish(jurisdiction: string, deliveryId: string, message: string): Promise<boolean> {
    if (!this.producer) return false;
    try {
      await this.producer.send({ topic: `jurisdiction.${jurisdiction}.outcomes`, acks: -1, messages: [{ key: deliveryId, value: message }] });
      return true;
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.joined;
    await this.producer?.disconnect().catch(() => undefined);
  }

  /** Reads until we stop. Whoever makes the topics may be later than we are, and a broker that has just started finds nobody to coordinate a group: the library gives that up for good. */
  private async join(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        this.producer ??= this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner });
        await this.producer.connect();
        this.consumer = this.kafka.consumer({ groupId: 'sandbox.agencies', sessionTimeout: 8000, heartbeatInterval: 1000, maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
        const ended = this.endOf(this.consumer);
        await this.consumer.connect();
        await this.consumer.subscribe({ topics: JURISDICTIONS.map((j) => `jurisdiction.${j}.requests`), fromBeginning: true });
        await this.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 8, eachBatch: (payload) => this.read(payload) });
        await ended;
      } catch {
        // it is tried again
      }
      await this.consumer?.disconnect().catch(() => undefined);
      await sleep(300, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Resolves when we stop, or when it has crashed in a way the library does not mend. */
  private endOf(consumer: Consumer): Promise<void> {
    return new Promise((end) => {
      this.stopping.signal.addEventListener('abort', () => end(), { once: true });
      consumer.on(consumer.events.CRASH, ({ payload: { restart } }) => {
        if (!restart) end();
      });
    });
  }

  /** A programme that takes nothing now delays its own deliveries; the others of its jurisdiction go on. */
  private async read({ batch: { topic, partition, messages }, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    const places = this.places.get(`${topic}/${partition}`) ?? new Places();
    this.places.set(`${topic}/${partition}`, places);
    for (const { key, value, offset } of messages) {
      const line = key?.toString() ?? '';
      places.begin(BigInt(offset));
      const done = (this.lines.get(line) ?? Promise.resolve()).then(() => this.work(topic.split('.')[1]!, value)).then((isDone) => {
        if (this.lines.get(line) === done) this.lines.delete(line);
        if (!isDone) return;
        const next = places.end(BigInt(offset));
        void this.consumer?.commitOffsets([{ topic, partition, offset: String(next) }]).catch(() => undefined); // then it comes again, and has its effect already
      });
      this.lines.set(line, done);
      resolveOffset(offset);
      await heartbeat();
    }
  }

  /** False when we stop before it is done. */
  private async work(jurisdiction: string, value: Buffer | null): Promise<boolean> {
    while (!this.stopping.signal.aborted) {
      const opened = await this.mailroom.open(value?.toString() ?? '', jurisdiction);
      const answer = opened && (await this.mailroom.act(opened, 'topic').catch((): typeof AGAIN => AGAIN));
      if (answer === undefined) return true; // no message of the contract: there is nobody to tell
      if (answer !== AGAIN && (await this.publish(jurisdiction, idOf(value), answer))) return true;
      await sleep(AGAIN_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    return false;
  }
}

/** What of a partition is under way: what is committed lies before all of it. */
class Places {
  private readonly open = new Set<bigint>();
  private next = 0n;

  begin(offset: bigint): void {
    this.open.add(offset);
    if (offset >= this.next) this.next = offset + 1n;
  }

  /** Where a restart must read on. */
  end(offset: bigint): bigint {
    this.open.delete(offset);
    return [...this.open].reduce((least, one) => (one < least ? one : least), this.next);
  }
}

const idOf = (value: Buffer | null): string => (JSON.parse(value!.toString()) as { subject: string }).subject.split('/').at(-1)!;
