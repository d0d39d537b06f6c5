import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import type { Database } from '#libs/persistence/index.js';
import { FIRST, OutboxReader, type FeedRow, type Place } from '../postgres/outbox-reader.js';
import { PARTITIONS } from '../postgres/partitions.js';
import type { Bell } from '../postgres/postgres-history.js';
import { assertNotRestored } from '../postgres/restore.js';
import { sessionLocksHold } from '../postgres/session-locks.js';
import { asAdmin } from './client.js';
import { toMessage } from './record.js';
import { CASE_EVENTS, checkTopics } from './topics.js';

/** Its name among the readers of the outbox. */
export const RELAY = 'kafka-relay';

/** The broker has fewer events than it acknowledged: it was wiped, or lost its end. They are published again from the first. */
export class BrokerWiped extends Error {
  override readonly name = 'BrokerWiped';
  constructor(readonly partitions: readonly number[]) {
    super(`the broker has lost events of ${partitions.length} partitions: they are published again from the first`);
  }
}

export interface RelayOptions {
  readonly topic?: string;
  /** Entries of one partition in one request: a request holds a page of every partition. */
  readonly pageSize?: number;
  readonly onFailure?: (name: string, error: unknown) => void;
}

/** Which log this database holds; another one after a restore. */
export const originOf = async (db: Database): Promise<string> => (await db.rows<{ id: string }>('select id from log.origin'))[0]!.id;

/**
 * Copies the outbox to the topic, in fenced order per case: reads it as a group does and shares its partitions with the relays of
 * other processes. Its places are kept a moment after the broker has acknowledged, with how long each partition then was. A copy made twice
 * (a crash in between, a resend) is dropped by the cursors of the groups.
 */
export class Relay {
  private readonly reader: OutboxReader;
  private readonly topic: string;
  private producer: Producer | undefined;
  private origin = '';
  /** How long each partition was when last acknowledged. */
  private readonly ends = new Map<number, bigint>();
  readonly counters = { records: 0, requests: 0, wiped: 0 };

  constructor(private readonly db: Database, bell: Bell, private readonly kafka: Kafka, options: RelayOptions = {}) {
    this.topic = options.topic ?? CASE_EVENTS;
    this.reader = new OutboxReader(RELAY, db, bell, {
      taken: (places) => this.take(places),
      page: (rows) => this.publish(rows),
      left: () => this.leave(),
    }, { copies: true, pageSize: options.pageSize, onFailure: options.onFailure });
  }

  /** The bell is started by whoever owns it. Rejects on a log that was restored and not rebased, and on a topic that is not as declared. */
  async start(): Promise<void> {
    await sessionLocksHold(this.db);
    await assertNotRestored(this.db);
    await checkTopics(this.kafka, [{ name: this.topic, partitions: PARTITIONS, config: {} }]);
    void this.reader.start();
  }

  /** Publishes the page under way and keeps its place. */
  stop(): Promise<void> {
    return this.reader.stop();
  }

  get failing(): boolean {
    return this.reader.failing;
  }

  /** Entries not yet published. */
  lag(): Promise<number> {
    return this.reader.lag();
  }

  /** Compares what was acknowledged with what the broker has. */
  private async take(places: ReadonlyMap<number, Place>): Promise<ReadonlyMap<number, Place>> {
    this.origin = await originOf(this.db);
    this.producer ??= await this.connect();
    const lengths = new Map((await asAdmin(this.kafka, (admin) => admin.fetchTopicOffsets(this.topic))).map((o) => [o.partition, BigInt(o.high)]));
    const lost = [...places].filter(([partition, { endOffset }]) => endOffset !== undefined && (lengths.get(partition) ?? 0n) < BigInt(endOffset)).map(([partition]) => partition);
    if (lost.length > 0) await this.startAgain(lost);
    for (const partition of places.keys()) this.ends.set(partition, lengths.get(partition) ?? 0n);
    return new Map(lost.map((partition) => [partition, FIRST]));
  }

  private async publish(rows: readonly FeedRow[]): Promise<ReadonlyMap<number, string>> {
    const acknowledged = await this.producer!.send({ topic: this.topic, acks: -1, messages: rows.map((row) => toMessage(row, this.origin)) });
    this.counters.requests++;
    this.counters.records += rows.length;
    const sent = new Map<number, bigint>();
    for (const { partition } of rows) sent.set(partition, (sent.get(partition) ?? 0n) + 1n);
    const bases = new Map(acknowledged.map((a) => [a.partition, BigInt(a.baseOffset ?? a.offset ?? '0')]));
    const lost = [...sent.keys()].filter((partition) => bases.get(partition)! < (this.ends.get(partition) ?? 0n));
    if (lost.length > 0) {
      await this.startAgain(lost);
      throw new BrokerWiped(lost);
    }
    for (const [partition, n] of sent) this.ends.set(partition, bases.get(partition)! + n);
    return new Map([...sent.keys()].map((partition) => [partition, String(this.ends.get(partition))]));
  }

  private async startAgain(partitions: readonly number[]): Promise<void> {
    this.counters.wiped++;
    await this.db.rows(`update log.checkpoint set txid = '0', position = -1, end_offset = null where group_name = $1 and partition = any($2::smallint[])`, [RELAY, `{${partitions.join(',')}}`]);
  }

  /** Idempotent: a resend within the producer is not a second record. After a failure it is replaced, for its numbering cannot be relied upon. */
  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner, metadataMaxAge: 30_000 });
    await producer.connect();
    return producer;
  }

  private async leave(): Promise<void> {
    const producer = this.producer;
    this.producer = undefined;
    this.ends.clear();
    await producer?.disconnect().catch(() => undefined);
  }
}
