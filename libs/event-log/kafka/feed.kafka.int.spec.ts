import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { commitBehindTheFence } from '#libs/testing/lost-event.js';
import { forgetPlace, openKafkaLog } from '#libs/testing/kafka-log.js';
import { describeFeed, type FeedHarness } from '../feed.conformance.js';
import type { LocalBroker } from './local-broker.js';

let broker: Promise<LocalBroker> | undefined;

const openHarness = async (): Promise<FeedHarness> => {
  const log = await openKafkaLog((await (broker ??= startTestBroker())).brokers);
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
  describeFeed('Kafka', openHarness);
});
