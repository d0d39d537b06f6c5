import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { declaredTopics } from '#libs/event-log/index.js';
import type { ExchangeKeys } from '../messages/exchange-keys.js';
import { readOutcomes } from '../messages/read-outcomes.js';
import type { Inbox } from '../transport.js';
import { isOutcomesTopic } from './topics.js';

export const OUTCOMES_GROUP = 'adapters.outcomes';
const SESSION_MS = 8000;
const LONGEST_PAUSE_MS = 5000;

/** Reads every jurisdiction's outcome topic. An offset is committed when its outcome is kept, or parked where it never can be; while nothing can be kept it waits, and stays a member. */
export class OutcomeReader {
  private readonly consumer: Consumer;
  private readonly stopping = new AbortController();
  /** Resolves when it has ended for good: stopped, or crashed in a way the library does not mend. */
  readonly ended: Promise<void>;

  constructor(kafka: Kafka, private readonly keys: ExchangeKeys, private readonly inbox: Inbox, private readonly onFailure: (error: unknown) => void = () => undefined) {
    this.consumer = kafka.consumer({
      groupId: OUTCOMES_GROUP, sessionTimeout: SESSION_MS, heartbeatInterval: SESSION_MS / 4, rebalanceTimeout: 30_000, maxWaitTimeInMs: 250, allowAutoTopicCreation: false, metadataMaxAge: 10_000,
      retry: { retries: 6, restartOnFailure: async () => !this.stopping.signal.aborted },
    });
    this.ended = new Promise((end) => {
      this.stopping.signal.addEventListener('abort', () => end());
      this.consumer.on(this.consumer.events.CRASH, ({ payload: { error, restart } }) => {
        if (this.stopping.signal.aborted) return;
        this.onFailure(error);
        if (!restart) end();
      });
    });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: declaredTopics().map((t) => t.name).filter(isOutcomesTopic), fromBeginning: true });
    await this.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 4, eachBatch: (payload) => this.read(payload) });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.consumer.disconnect().catch(() => undefined);
  }

  private async read({ batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isStale, isRunning }: EachBatchPayload): Promise<void> {
    const arrived = batch.messages.map(({ value, offset }) => ({ text: value?.toString() ?? '', place: `${batch.topic}/${batch.partition}/${offset}` }));
    const pulse = setInterval(() => void heartbeat().catch(() => undefined), SESSION_MS / 8); // lost, the next fetch says so
    try {
      for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        try {
          await readOutcomes('topic', arrived, this.keys, this.inbox);
          break;
        } catch (error) {
          this.onFailure(error);
          await sleep(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
          if (this.stopping.signal.aborted || isStale() || !isRunning()) return; // read again by whoever has the partition then
        }
      }
    } finally {
      clearInterval(pulse);
    }
    const last = batch.messages.at(-1)!.offset;
    resolveOffset(last);
    await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset: String(BigInt(last) + 1n) }] }] });
  }
}
