import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import type { AppliedHere, FeedOptions } from '../dispatch.js';
import type { Group } from '../group.js';
import { GroupFeed, type GroupMember } from '../group-feed.js';
import { GroupRunner } from './group-runner.js';
import type { After } from './outbox-reader.js';
import { anOrder, assertPartitions } from './partitions.js';
import type { Bell } from './postgres-history.js';
import { assertNotRestored } from './restore.js';
import { sessionLocksHold } from './session-locks.js';

/** The embedded binding: reads the outbox itself, fenced; members share partitions by session locks and run their transactions on that session. */
export class PostgresFeed extends GroupFeed {
  /** What comes after a place, where it is not what the fence lets through. */
  protected readonly after: After | undefined = undefined;

  /** The same for all groups of a process: what becomes of a case then mostly stays in it. */
  private readonly order = anOrder();

  constructor(db: Database, private readonly unitOfWork: UnitOfWork, bell: Bell, private readonly clock: Clock, private readonly options: FeedOptions = {}) {
    super(db, bell, options.decoder);
  }

  protected memberOf(group: Group, applied: AppliedHere | undefined): GroupMember {
    const member: GroupMember = new GroupRunner(group, this.db, this.unitOfWork, this.bell, this.clock, { ...this.options, applied }, {
      after: this.after, order: this.order, givesWay: () => this.fused.areBehind(member),
    });
    return member;
  }

  protected async inspect(): Promise<void> {
    await assertNotRestored(this.db);
    await assertPartitions(this.db);
    await sessionLocksHold(this.db);
  }
}
