import { beforeAll } from '@jest/globals';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { commitBehindTheFence } from '#libs/testing/lost-event.js';
import { forgetPlace, openKafkaLog } from '#libs/testing/kafka-log.js';
import { describeFeed, type FeedHarness } from '../feed.conformance.js';
import type { LocalBroker } from './local-broker.js';

let broker: LocalBroker;

const openHarness = async (): Promise<FeedHarness> => {
  const log = await openKafkaLog(broker.brokers);
  return {
    database: log.database,
    takeover: 15_000,
    member: (name, options) => log.process(name, options),
    rewind: (group) => forgetPlace(log, group),
    lose: (caseId, seq, event) => commitBehindTheFence(log.database.db, caseId, seq, event),
    close: () => log.close(),
  };
};

describeOnKafka('on a real broker', () => {
  beforeAll(async () => {
    broker = await startTestBroker();
  }, 120_000); // two runs of Java, beside whatever else a busy machine starts
  describeFeed('Kafka', openHarness);
});
