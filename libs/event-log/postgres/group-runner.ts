import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import type { FeedOptions } from '../dispatch.js';
import type { Group } from '../group.js';
import type { GroupMember } from '../group-feed.js';
import { OutboxReader, type FeedRow, type OutboxReaderOptions, type Place } from './outbox-reader.js';
import { ParkingDispatch } from './parking-dispatch.js';
import { toEnvelopes, type Bell } from './postgres-history.js';

/** Events that wait in memory for the work that follows from them, before what is new gives way. */
const AHEAD = 512;

/** One group in this process, fed from the outbox itself; its transactions run on the session that holds its partitions. */
export class GroupRunner implements GroupMember {
  readonly name: string;
  private readonly dispatch: ParkingDispatch;
  private readonly reader: OutboxReader;

  constructor(group: Group, db: Database, unitOfWork: UnitOfWork, bell: Bell, clock: Clock, options: FeedOptions, reading: Pick<OutboxReaderOptions, 'after' | 'givesWay' | 'order'>) {
    this.name = group.name;
    const takenOver = new Map<number, Place>();
    this.dispatch = new ParkingDispatch(group, db, unitOfWork, clock, options, takenOver);
    this.reader = new OutboxReader(group.name, db, bell, {
      taken: async () => {
        await this.dispatch.takeOver();
        return undefined;
      },
      page: async (rows, { session, suspectBefore }) => {
        const unseen = rows.filter((row) => !this.dispatch.hasSeen(row.case_id, row.seq + row.events - 1));
        const isSuspect = (row: FeedRow): boolean => BigInt(row.txid) < suspectBefore;
        for (const redelivered of [true, false]) {
          const part = unseen.filter((row) => isSuspect(row) === redelivered);
          if (part.length > 0) await this.dispatch.apply(part.flatMap(toEnvelopes), { session, redelivered, signal: this.reader.signal });
        }
        return undefined;
      },
      hasSeen: (caseId, seq) => this.dispatch.hasSeen(caseId, seq),
      handed: async (events, { session }) => !(await this.dispatch.apply(events, { session, redelivered: false, signal: this.reader.signal, handed: true })).left,
    }, { takenOver, wanted: this.dispatch.wanted, pageSize: options.pageSize, onFailure: options.onFailure, ...reading });
  }

  get failing(): boolean {
    return this.reader.failing;
  }

  get holdsAny(): boolean {
    return this.reader.holdsAny;
  }

  holds(caseId: string): boolean {
    return this.reader.holds(caseId);
  }

  get isBehind(): boolean {
    return this.reader.waiting > AHEAD;
  }

  async start(): Promise<void> {
    if (this.reader.isStarted) return;
    await this.dispatch.retryWhatIsKnownNow(this.reader.signal);
    await this.reader.start();
  }

  stop(): Promise<void> {
    return this.reader.stop();
  }

  lag(): Promise<number> {
    return this.reader.lag();
  }

  unpark(caseId: string): Promise<void> {
    return this.dispatch.unpark(caseId, this.reader.signal);
  }

  async rebuild(): Promise<void> {
    this.dispatch.mustBeRebuildable();
    const wasRunning = this.reader.isStarted;
    await this.reader.stop();
    try {
      await this.reader.alone(() => this.dispatch.reset((unit) => unit.tx.write('delete from log.checkpoint where group_name = $1', [this.name])));
    } finally {
      if (wasRunning) await this.start();
    }
  }
}
