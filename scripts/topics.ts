import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { declaredTopics, makeTopics, openKafka } from '#libs/event-log/index.js';

/** `npm run topics`: makes the topics of deploy/topics.yml that the broker does not have; changes none. */
const { kafkaBrokers } = readConfig(PlatformConfig);
const made = await makeTopics(openKafka({ brokers: kafkaBrokers }), declaredTopics());
process.stdout.write(made.length === 0 ? 'Every topic of deploy/topics.yml is there.\n' : `Made ${made.join(', ')}.\n`);
