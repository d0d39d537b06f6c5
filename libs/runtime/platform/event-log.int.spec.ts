import { describe, expect, it } from '@jest/globals';
import { Bell, logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { Tally1700000000099, tallyGroup } from '#libs/testing/tally.js';
import { openTestDatabase } from '#libs/testing/test-database.js';
import { SilentLogger } from '../logging/index.js';
import { bindEventLog } from './event-log.js';

describe('over Kafka, while no broker answers', () => {
  const bind = async () => {
    const database = await openTestDatabase([...logMigrations, Tally1700000000099]);
    // Its role may not even read which log this is: only who reads the copy has to know.
    await database.db.rows('alter table log.origin rename to hidden');
    const [outbox, clock] = [new Outbox(), new SystemClock()];
    return bindEventLog({
      config: { eventLog: 'kafka', kafkaBrokers: ['127.0.0.1:1'], nodeEnv: 'development' }, db: database.db, unitOfWork: new UnitOfWork(database.db, clock, outbox),
      bell: new Bell(database.db, outbox), clock, logger: new SilentLogger(), relays: false,
    });
  };

  it('a service that only states facts starts and stops', async () => {
    const log = await bind();
    await log.start();
    expect(log.failing()).toEqual([]);
    await log.stop();
  }, 60_000);

  it('a service that reads says how to get a broker', async () => {
    const log = await bind();
    log.feed.subscribe(tallyGroup('left'));
    await expect(log.start()).rejects.toThrow('npm run broker');
    await log.stop();
  }, 60_000);
});
