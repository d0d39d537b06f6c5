import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Kafka, type Consumer, type EachBatchPayload, type Producer } from 'kafkajs';
import { eventually } from '#libs/testing/eventually.js';
import type { Mailroom } from './mailroom.js';
import { TopicExchange } from './topics.js';

/** A group member that runs until it is told how it ends. */
class FakeConsumer {
  readonly events = { CRASH: 'consumer.crash' };
  private crashed: (event: { payload: { restart: boolean } }) => void = () => undefined;
  runs = 0;
  isGone = false;
  on(_: string, crashed: FakeConsumer['crashed']) {
    this.crashed = crashed;
  }
  async connect() {}
  async subscribe() {}
  async run(_: { eachBatch: (payload: EachBatchPayload) => Promise<void> }) {
    this.runs++;
  }
  async disconnect() {
    this.isGone = true;
  }
  crash(restart: boolean) {
    this.crashed({ payload: { restart } });
  }
}

describe('a jurisdiction that is told on a topic', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('joins again when its membership has crashed for good, not when the library mends it, and leaves when it stops', async () => {
    const members: FakeConsumer[] = [];
    jest.spyOn(Kafka.prototype, 'producer').mockReturnValue({ connect: async () => undefined, disconnect: async () => undefined } as unknown as Producer);
    jest.spyOn(Kafka.prototype, 'consumer').mockImplementation(() => members[members.push(new FakeConsumer()) - 1] as unknown as Consumer);
    const exchange = new TopicExchange(['127.0.0.1:1'], {} as Mailroom);
    await eventually(() => members[0]?.runs === 1);
    members[0]!.crash(true);
    await new Promise((r) => setTimeout(r, 400));
    expect(members).toHaveLength(1);
    members[0]!.crash(false); // as when no coordinator was found in time
    await eventually(() => members[1]?.runs === 1);
    expect(members[0]!.isGone).toBe(true);
    await exchange.stop();
    expect(members.map((m) => m.isGone)).toEqual([true, true]);
  });
});
