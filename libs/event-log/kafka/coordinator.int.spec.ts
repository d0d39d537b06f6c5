import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { uuidv7 } from '#libs/kernel/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { openKafkaLog } from '#libs/testing/kafka-log.js';
import { Count, registerTally, tallyGroup, tallyTypes } from '#libs/testing/tally.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';

/** Longer than the library looks for a coordinator before it gives up. */
const WITHOUT_MS = 8000;

describeOnKafka('a broker that has no coordinator for its groups yet', () => {
  it('is waited for: no process ends because of it, and readiness says so', async () => {
    const broker = await startTestBroker();
    await broker.wipe(); // it was asked for a coordinator, to see that it was there
    await broker.start();
    const properties = join(broker.dir, 'server.properties');
    const copiesOfOffsets = async (n: number): Promise<void> => {
      await broker.stop();
      writeFileSync(properties, readFileSync(properties, 'utf8').replace(/(?<=offsets\.topic\.replication\.factor=)\d/, String(n)));
      await broker.start();
    };
    await copiesOfOffsets(3); // more than there are brokers: the topic a coordinator needs cannot be made
    const log = await openKafkaLog(broker.brokers);
    try {
      const one = await log.process('one', { types: tallyTypes });
      registerTally(one.unitOfWork);
      one.feed.subscribe(tallyGroup('left'));
      await one.feed.start();
      await sleep(WITHOUT_MS);
      expect([one.fatal, one.feed.failing()]).toEqual([[], ['left']]);
      expect(one.failures.length).toBeGreaterThan(0); // it had given up once
      await copiesOfOffsets(1);
      await one.unitOfWork.executeAll([new Count(uuidv7())]);
      await eventually(async () => (await log.database.db.rows('select from tally.sum')).length === 1, { within: 30_000, every: 100 });
      expect([one.fatal, one.feed.failing()]).toEqual([[], []]);
    } finally {
      await log.close();
    }
  }, 120_000);
});
