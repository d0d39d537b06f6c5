import { Bell, PostgresHistory, type GroupFeed, type History, type Outbox } from '#libs/event-log/index.js';
import type { Clock } from '#libs/kernel/index.js';
import { UnitOfWork, type Database } from '#libs/persistence/index.js';
import type { Logger } from '../logging/index.js';
import { bindEventLog, type EventLog, type EventLogConfig } from './event-log.js';

/** What a process stands on: one database, one log, one unit of work, one clock. */
export interface Platform {
  readonly db: Database;
  readonly unitOfWork: UnitOfWork;
  readonly feed: GroupFeed;
  readonly log: EventLog;
  readonly history: History;
  readonly clock: Clock;
  close(): Promise<void>;
}

export interface PlatformParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly logger: Logger;
  /** Reactions of this process before the commit; off to see the feed's own path. */
  readonly fuse?: boolean;
  /** See UnitOfWorkOptions. */
  readonly ownLock?: string;
  readonly config: EventLogConfig;
  /** See EventLogOptions. */
  readonly relays?: boolean;
  readonly close: () => Promise<void>;
}

export const buildPlatform = ({ db, clock, outbox, logger, config, relays, fuse = true, ownLock, close }: PlatformParts): Platform => {
  const unitOfWork = new UnitOfWork(db, clock, outbox, ownLock === undefined ? {} : { ownLock });
  const bell = new Bell(db, outbox);
  const log = bindEventLog({ config, db, unitOfWork, bell, clock, logger, relays });
  if (fuse) unitOfWork.fuseWith(log.feed.fused);
  return { db, unitOfWork, feed: log.feed, log, history: new PostgresHistory(db, bell), clock, close };
};
