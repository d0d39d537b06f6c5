import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from '#libs/kernel/index.js';
import { openKafka, type LocalBroker } from '#libs/event-log/index.js';
import { asAdmin } from '#libs/event-log/kafka/client.js';
import { inTrace } from '#libs/tracing/index.js';
import { traceWith } from '#libs/tracing/tracing.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { subjectOf } from '../messages/event.js';
import { ExchangeKeys } from '../messages/exchange-keys.js';
import { FakeOutgoing } from '../messages/fake-outgoing.js';
import { faultOfMessage } from '../messages/messages.conformance.js';
import type { AgencyDelivery, Inbox, Outcome, Unreadable } from '../transport.js';
import { OUTCOMES_GROUP } from './outcome-reader.js';
import { TopicTransport } from './topic-transport.js';

const PROGRAMME = 'ca-bc/health-card';
const delivery = (about: string): AgencyDelivery => ({ kind: 'tell', revision: 1, about, agreement: 'a', body: { name: 'Quillfeather' }, callback: { url: 'http://us.test', token: 't' } });

/** Keeps what it hears; is away as often as told. */
class FakeInbox implements Inbox {
  readonly calls: (readonly Outcome[])[] = [];
  readonly heard: Outcome[] = [];
  readonly parked: Unreadable[] = [];
  away = 0;
  async hear(outcomes: readonly Outcome[]) {
    this.calls.push(outcomes);
    if (this.away-- > 0) throw new Error('the database is away');
    this.heard.push(...outcomes);
    return outcomes.map(() => undefined);
  }
  async park(list: readonly Unreadable[]) {
    this.parked.push(...list);
  }
}

describeOnKafka('deliveries on topics', () => {
  let broker: LocalBroker;
  let dir: string;
  let keys: ExchangeKeys;
  let outgoing: FakeOutgoing;
  let transports: TopicTransport[] = [];
  const fresh = (): TopicTransport => {
    const transport = new TopicTransport({ keys, outgoing, now: Date.now, brokers: broker.brokers, makesTopics: true });
    transports.push(transport);
    return transport;
  };
  beforeAll(async () => {
    broker = await startTestBroker();
  }, 90_000);
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'topics-'));
    keys = await ExchangeKeys.open({ keyFile: join(dir, 'secret.json'), publicFolder: join(dir, 'keys') });
    writeFileSync(join(dir, 'keys/ca-bc.json'), readFileSync(join(dir, 'keys/tell-us-once.json'))); // we play it too
    outgoing = new FakeOutgoing();
  });
  afterEach(async () => {
    traceWith(undefined);
    await Promise.all(transports.map((t) => t.close()));
    transports = [];
    rmSync(dir, { recursive: true, force: true });
  }, 20_000);

  /** What stands on the request topic under a key, once there is as much. */
  const requests = async (key: string, count: number): Promise<readonly string[]> => {
    const found: string[] = [];
    const consumer = openKafka({ brokers: broker.brokers }).consumer({ groupId: `look-${uuidv7()}`, maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topics: ['jurisdiction.ca-bc.requests'], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => {
      if (message.key?.toString() === key) found.push(message.value!.toString());
    } });
    await eventually(() => found.length >= count, { within: 30_000, every: 50 });
    await consumer.disconnect();
    return found;
  };
  const say = async (...messages: readonly string[]): Promise<void> => {
    const producer = openKafka({ brokers: broker.brokers }).producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic: 'jurisdiction.ca-bc.outcomes', messages: messages.map((value) => ({ key: 'same', value })) });
    await producer.disconnect();
  };
  const answer = async (deliveryId: string, n: number): Promise<string> => {
    const subject = subjectOf(PROGRAMME, deliveryId);
    return JSON.stringify({ specversion: '1.0', id: 'x', source: '/agencies', type: 'tell-us-once.delivery.answered.v1', subject, data: await keys.seal('tell-us-once', subject, { token: 't', answer: { state: 'in-progress', note: String(n) } }) });
  };

  it('stand there as contracts/asyncapi.yaml says before we call them on their way, what corrects one after it; sent again they are the same bytes', async () => {
    const transport = fresh();
    const ids = Array.from({ length: 20 }, () => uuidv7());
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const keep = outgoing.handedOver.bind(outgoing);
    outgoing.handedOver = async () => undefined; // a crash before it is noted
    traceWith(() => ({ traceparent, end: () => undefined }));
    const send = (id: string) => inTrace(traceparent, () => transport.send({ programme: PROGRAMME, deliveryId: id, delivery: delivery(ids[0]!) }));
    const results = [await send(ids[0]!), await send(ids[1]!), await send(ids[2]!), ...(await Promise.all(ids.slice(3).map(send)))];
    expect(new Set(results.map((r) => r.status))).toEqual(new Set(['on-its-way']));
    expect(await transport.query({ programme: PROGRAMME, deliveryId: ids[1]!, about: ids[0]!, callback: delivery('').callback })).toMatchObject({ status: 'unknown' });
    outgoing.handedOver = keep;
    expect(await transport.send({ programme: PROGRAMME, deliveryId: ids[1]!, delivery: delivery(ids[0]!) })).toEqual({ status: 'on-its-way' });
    expect(await transport.query({ programme: PROGRAMME, deliveryId: ids[1]!, about: ids[0]!, callback: delivery('').callback })).toEqual({ status: 'on-its-way' });
    expect(await transport.query({ programme: PROGRAMME, deliveryId: uuidv7(), about: ids[0]!, callback: delivery('').callback })).toEqual({ status: 404, body: { state: 'unknown' } });

    const found = await requests(ids[0]!, 23);
    expect(found.map(faultOfMessage)).toEqual(found.map(() => undefined));
    const events = found.map((text) => JSON.parse(text) as { id: string; type: string; traceparent?: string });
    expect(events.slice(0, 3).map((e) => [e.id, e.traceparent])).toEqual(ids.slice(0, 3).map((id) => [id, traceparent]));
    expect(events.slice(0, 20).map((e) => e.id).sort()).toEqual([...ids].sort());
    expect(found[21]).toBe(found[1]);
    expect([events[20]!.type, events[22]!.type]).toEqual(['tell-us-once.delivery.asked.v1', 'tell-us-once.delivery.asked.v1']);
    expect(found.join()).not.toContain('Quillfeather');
  }, 90_000);

  it('do not leave while the broker is away, are not lost, and go out when it is back; answers are heard again by themselves', async () => {
    const [transport, inbox, id] = [fresh(), new FakeInbox(), uuidv7()];
    transport.listen(inbox);
    await say(await answer(id, 1));
    await eventually(() => inbox.heard.length === 1, { within: 30_000 });
    await broker.stop();
    const since = performance.now();
    const away = await transport.send({ programme: PROGRAMME, deliveryId: id, delivery: delivery(id) });
    expect(['unreachable', 'unknown']).toContain(away.status);
    expect(performance.now() - since).toBeLessThan(30_000);
    expect((await outgoing.standing([id])).get(id)).toBe('kept');
    await broker.start();
    await eventually(async () => (await transport.send({ programme: PROGRAMME, deliveryId: id, delivery: delivery(id) })).status === 'on-its-way', { within: 30_000, every: 200 });
    expect((JSON.parse((await requests(id, 1))[0]!) as { id: string }).id).toBe(id);
    await say(await answer(id, 2));
    await eventually(() => inbox.heard.length >= 2, { within: 40_000, every: 50 });
  }, 180_000);

  it('are answered by messages whose place is kept only after their effect: what could not be kept comes again, also in another process; what nobody can read is passed over', async () => {
    const [first, second, id] = [new FakeInbox(), new FakeInbox(), uuidv7()];
    first.away = Infinity;
    const dying = fresh();
    dying.listen(first);
    await say('no event', await answer(id, 7), '{"specversion":"1.0"}', await answer(id, 8));
    await eventually(() => first.calls.length >= 3, { within: 30_000 });
    expect(first.heard).toEqual([]);
    await dying.close();
    fresh().listen(second);
    const notes = () => second.heard.filter((o) => o.deliveryId === id).map((o) => (o.answer as { note: string }).note);
    await eventually(() => notes().length === 2, { within: 30_000 });
    expect(notes()).toEqual(['7', '8']);
    expect(second.parked.map((u) => [u.transport, u.reason])).toEqual([['topic', 'undecodable'], ['topic', 'undecodable']]);
    const committed = async () => (await asAdmin(openKafka({ brokers: broker.brokers }), (admin) => admin.fetchOffsets({ groupId: OUTCOMES_GROUP, topics: ['jurisdiction.ca-bc.outcomes'] })))[0]!.partitions.map((p) => Number(p.offset)).filter((o) => o > 0);
    const ends = async () => (await asAdmin(openKafka({ brokers: broker.brokers }), (admin) => admin.fetchTopicOffsets('jurisdiction.ca-bc.outcomes'))).map((p) => Number(p.high)).filter((o) => o > 0);
    await eventually(async () => JSON.stringify((await committed()).sort()) === JSON.stringify((await ends()).sort()), { within: 30_000, every: 100 });
  }, 90_000);
});
