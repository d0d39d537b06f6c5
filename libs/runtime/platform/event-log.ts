import type { PlatformConfig } from '#libs/config/index.js';
import { declaredTopics, KafkaFeed, makeTopics, openKafka, PostgresFeed, Relay, type Bell, type FeedOptions, type GroupFeed } from '#libs/event-log/index.js';
import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import type { Logger } from '../logging/index.js';

/** The reading side of the log in one process. */
export interface EventLog {
  readonly feed: GroupFeed;
  /** Over Kafka, where this process copies the outbox. */
  readonly relay?: Relay | undefined;
  start(): Promise<void>;
  /** Finishes what is under way. */
  stop(): Promise<void>;
  /** What is stopped by a systemic failure, for readiness. */
  failing(): readonly string[];
}

export type EventLogConfig = Pick<PlatformConfig, 'eventLog' | 'kafkaBrokers' | 'nodeEnv'>;

export interface EventLogOptions {
  readonly config: EventLogConfig;
  readonly db: Database;
  readonly unitOfWork: UnitOfWork;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Over Kafka: whether this process also copies the outbox to the topic; true when absent. */
  readonly relays?: boolean | undefined;
  /** A reader has ended for good; when absent the process ends with exit code 1, as after any error nobody caught. */
  readonly onFatal?: (error: unknown) => void;
}

const die = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};

/** Binds the log as it is configured: the outbox itself, or its copy on Kafka and the relay that keeps it. */
export const bindEventLog = (options: EventLogOptions): EventLog => {
  const { db, unitOfWork, bell, clock, logger, config } = options;
  const feedOptions: FeedOptions = {
    onFailure: (group, error) => logger.error('feed.stopped', { group, error }), onGap: (gap) => logger.error('feed.gap', { ...gap }),
  };
  if (config.eventLog === 'embedded') {
    const feed = new PostgresFeed(db, unitOfWork, bell, clock, feedOptions);
    return { feed, start: () => feed.start(), stop: () => feed.stop(), failing: () => feed.failing() };
  }
  const kafka = openKafka({ brokers: config.kafkaBrokers, onClientLine: ({ level, context }) => logger[level]('kafka.client', { context }) });
  const feed = new KafkaFeed(db, unitOfWork, bell, clock, kafka, {
    ...feedOptions,
    onUnreadable: ({ group, partition, offset, part }) => logger.error('feed.unreadable', { group, partition, position: Number(offset), reason: part }),
    onFatal: (error) => {
      logger.error('feed.ended', { error });
      (options.onFatal ?? die)(error);
    },
  });
  const relay = options.relays === false ? undefined : new Relay(db, bell, kafka, { onFailure: (group, error) => logger.error('relay.stopped', { group, error }) });
  return {
    feed, relay,
    start: async () => {
      // Who only states facts needs no broker, and goes on without one.
      if (feed.reads || relay) await reach(config.kafkaBrokers, async () => (config.nodeEnv === 'production' ? [] : makeTopics(kafka, declaredTopics())));
      await reach(config.kafkaBrokers, async () => relay?.start());
      await feed.start();
    },
    stop: async () => {
      await feed.stop();
      await relay?.stop();
    },
    failing: () => [...feed.failing(), ...(relay?.failing === true ? ['relay'] : [])],
  };
};

const reach = async (brokers: readonly string[], work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!['KafkaJSConnectionError', 'KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError'].includes((error as Error).name)) throw error;
    throw new Error(`no Kafka broker answers at ${brokers.join(', ')}: start one (\`npm run broker\`), or say in KAFKA_BROKERS where one is`, { cause: error });
  }
};
