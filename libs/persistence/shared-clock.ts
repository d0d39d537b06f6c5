import type { MigrationInterface, QueryRunner } from 'typeorm';
import { MovableClock } from '#libs/kernel/index.js';
import type { Database } from './database.js';

const LOOK_EVERY_MS = 100;

/** How far the clock of a demonstration or a test stands ahead of the system's, for all its processes: one row. */
export class Clock1700000000006 implements MigrationInterface {
  readonly name = 'Clock1700000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema clock;
      create table clock.ahead (one boolean primary key default true check (one), ms bigint not null);
      insert into clock.ahead (ms) values (0);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema clock cascade');
  }
}

/** A movable clock that follows the shared row. Production refuses it. */
export class SharedClock extends MovableClock {
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly db: Database) {
    super();
  }

  static async follow(db: Database): Promise<SharedClock> {
    const clock = new SharedClock(db);
    await clock.look();
    clock.timer = setInterval(() => void clock.look().catch(() => undefined), LOOK_EVERY_MS); // the database is away; it stands where it stood
    clock.timer.unref();
    return clock;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const [row] = await this.db.rows<{ ms: string }>('select ms from clock.ahead');
    this.setOffset(Number(row?.ms ?? 0));
  }
}

/** Sets every process's clock to `ms` ahead of the system's; needs the owner's role. */
export const setSharedClock = async (db: Database, ms: number): Promise<void> => {
  await db.rows('update clock.ahead set ms = $1', [ms]);
};
