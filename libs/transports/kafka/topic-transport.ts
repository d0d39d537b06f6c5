import { setTimeout as sleep } from 'node:timers/promises';
import { Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import { checkTopics, declaredTopics, makeTopics, openKafka, type ClientLine } from '#libs/event-log/index.js';
import { Gather } from '../messages/gather.js';
import { MessageTransport, NotCarried, type MessageTransportParts } from '../messages/message-transport.js';
import type { Parcel } from '../messages/outgoing.js';
import type { Inbox } from '../transport.js';
import { OutcomeReader } from './outcome-reader.js';
import { isJurisdictionTopic, requestsTopic } from './topics.js';

export interface TopicTransportOptions extends MessageTransportParts {
  readonly brokers: readonly string[];
  /** Makes the topics that are missing; otherwise one that is missing keeps this transport from working. */
  readonly makesTopics: boolean;
  readonly onClientLine?: (line: ClientLine) => void;
  /** Outcomes cannot be read at the moment; it is tried again. */
  readonly onFailure?: (error: unknown) => void;
}

interface Load { readonly parcel: Parcel; readonly line: string; readonly kept: boolean }
const LONGEST_PAUSE_MS = 5000;

/**
 * Tells a jurisdiction on its own request topic and hears it on its outcome topic. Requests of one line (a tell and what corrects it) share a
 * key and so keep their order; the producer is idempotent, and what is sent again carries the same id and the same bytes.
 */
export class TopicTransport extends MessageTransport {
  protected readonly leavesByItself = false;
  private readonly kafka: Kafka;
  private readonly loads = new Gather<Load, undefined>((list) => this.produce(list));
  private producer: Promise<Producer> | undefined;
  private ready: Promise<void> | undefined;
  private reader: OutcomeReader | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly options: TopicTransportOptions) {
    super('topic', options);
    this.kafka = openKafka({ brokers: options.brokers, onClientLine: options.onClientLine });
  }

  override listen(inbox: Inbox): void {
    void this.read(inbox);
  }

  override async close(): Promise<void> {
    this.closing.abort();
    await this.loads.idle();
    await this.reader?.stop();
    await this.letGo();
  }

  protected async carry(parcel: Parcel, line: string): Promise<void> {
    await this.loads.ask({ parcel, line, kept: true });
  }

  protected async carryQuestion(parcel: Parcel, line: string): Promise<void> {
    await this.loads.ask({ parcel, line, kept: false });
  }

  private async produce(list: readonly Load[]): Promise<readonly undefined[]> {
    const { outgoing } = this.parts;
    const kept = list.filter((load) => load.kept).map((load) => load.parcel);
    const texts = new Map(kept.length > 0 ? (await outgoing.keep(kept)).map((text, i) => [kept[i]!, text] as const) : []);
    const byTopic = new Map<string, Message[]>();
    for (const { parcel, line } of list) {
      const topic = requestsTopic(parcel.jurisdiction);
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), { key: line, value: texts.get(parcel) ?? parcel.text, headers: { 'content-type': 'application/cloudevents+json' } }]);
    }
    const producer = await this.connect();
    try {
      await producer.sendBatch({ acks: -1, topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })) });
    } catch (error) {
      await this.letGo(); // its numbering cannot be relied upon
      throw error;
    }
    if (kept.length > 0) await outgoing.handedOver(kept.map((parcel) => parcel.id));
    return list.map(() => undefined);
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Throws NotCarried. */
  private async connect(): Promise<Producer> {
    try {
      if (this.isClosed()) throw new Error('closed');
      await (this.ready ??= this.prepare());
      this.producer ??= this.openProducer();
      return await this.producer;
    } catch (error) {
      this.ready = undefined;
      this.producer = undefined;
      throw new NotCarried('the broker cannot be reached, or lacks a topic', { cause: error });
    }
  }

  private async openProducer(): Promise<Producer> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner, metadataMaxAge: 30_000 });
    await producer.connect();
    return producer;
  }

  private async letGo(): Promise<void> {
    const producer = this.producer;
    this.producer = undefined;
    await producer?.then((p) => p.disconnect()).catch(() => undefined);
  }

  private async prepare(): Promise<void> {
    const topics = declaredTopics().filter((t) => isJurisdictionTopic(t.name));
    if (this.options.makesTopics) await makeTopics(this.kafka, topics);
    else await checkTopics(this.kafka, topics);
  }

  /** A broker that is away delays only its own programmes: nobody waits for this. */
  private async read(inbox: Inbox): Promise<void> {
    for (let pause = 200; !this.isClosed(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await (this.ready ??= this.prepare());
        this.reader = new OutcomeReader(this.kafka, this.parts.keys, inbox, this.options.onFailure);
        await this.reader.start();
        pause = 200;
        if (this.isClosed()) await this.reader.stop();
        await this.reader.ended;
        await this.reader.stop();
      } catch (error) {
        this.ready = undefined;
        await this.reader?.stop();
        if (this.isClosed()) return;
        this.options.onFailure?.(error);
      }
      await sleep(pause, undefined, { ref: false, signal: this.closing.signal }).catch(() => undefined);
    }
  }
}
