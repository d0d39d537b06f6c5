import { SystemClock } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { commitBehindTheFence } from '#libs/testing/lost-event.js';
import { Tally1700000000099 } from '#libs/testing/tally.js';
import { openTestDatabase } from '#libs/testing/test-database.js';
import { describeFeed, type FeedHarness, type Member } from './feed.conformance.js';
import { Bell, Decoder, logMigrations, Outbox, PostgresFeed, type Gap } from './index.js';

const openHarness = async (): Promise<FeedHarness> => {
  const database = await openTestDatabase([...logMigrations, Tally1700000000099]);
  const members = new Set<PostgresFeed>();
  return {
    database, takeover: 3000,
    member: async (name, { types } = {}) => {
      const db = await database.open(name);
      const [outbox, clock, gaps, failures] = [new Outbox(), new SystemClock(), [] as Gap[], [] as string[]];
      const unitOfWork = new UnitOfWork(db, clock, outbox);
      const feed = new PostgresFeed(db, unitOfWork, new Bell(db, outbox), clock, {
        decoder: new Decoder(types), onGap: (gap) => gaps.push(gap), onFailure: (group) => failures.push(group),
      });
      members.add(feed);
      const member: Member = {
        unitOfWork, feed, gaps, failures,
        crash: async () => {
          await database.kill(name);
          void feed.stop(); // what is left of it in this process
        },
      };
      return member;
    },
    rewind: async (group) => {
      await database.db.rows('delete from log.checkpoint where group_name = $1', [group]);
    },
    lose: (caseId, seq, event) => commitBehindTheFence(database.db, caseId, seq, event),
    close: async () => {
      await Promise.all([...members].map((feed) => feed.stop()));
      await database.close();
    },
  };
};

describeFeed('PostgreSQL itself', openHarness);
