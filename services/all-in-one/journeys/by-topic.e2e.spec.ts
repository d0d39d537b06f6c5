import { beforeAll } from '@jest/globals';
import { openKafka, type LocalBroker } from '#libs/event-log/index.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { journeysBy, type Wiretap } from './by-message.conformance.js';
import { STANDS_WITHIN_MS } from './place.js';

describeOnKafka('births told on topics', () => {
  let broker: LocalBroker;
  beforeAll(async () => {
    broker = await startTestBroker();
  }, STANDS_WITHIN_MS);

  const readTopics = async (): Promise<Wiretap> => {
    const kafka = openKafka({ brokers: broker.brokers });
    const messages: string[] = [];
    const consumer = kafka.consumer({ groupId: `wiretap-${Date.now()}`, maxWaitTimeInMs: 200 });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await Promise.all([consumer.connect(), producer.connect()]);
    const topics = ['ca-qc', 'ca'].flatMap((j) => [`jurisdiction.${j}.requests`, `jurisdiction.${j}.outcomes`]);
    for (let known: readonly string[] = []; !topics.every((t) => known.includes(t)); await new Promise((wait) => setTimeout(wait, 200))) {
      const admin = kafka.admin();
      await admin.connect();
      known = await admin.listTopics();
      await admin.disconnect();
    }
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void messages.push(message.value!.toString()) });
    return {
      messages: async () => messages,
      plant: async (jurisdiction, list) => {
        await producer.send({ topic: `jurisdiction.${jurisdiction}.outcomes`, messages: list.map((value) => ({ key: 'planted', value })) });
      },
      close: async () => {
        await Promise.all([consumer.disconnect(), producer.disconnect()]);
      },
    };
  };

  journeysBy('topic', () => ({ jurisdictionBrokers: [...broker.brokers] }), readTopics);
});
