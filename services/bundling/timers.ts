import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, MovableClock } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { TickCase } from './use-cases/case-commands.js';

const EVERY_MS = 1000;
const LIST = 256;

/** Wakes cases whose earliest timer has passed. Any replica may: a tick under the case's lock that finds nothing due changes nothing. */
@Injectable()
export class CaseTimers implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopListening: (() => void) | undefined;

  constructor(private readonly db: Database, private readonly unitOfWork: UnitOfWork, private readonly clock: Clock) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.poke(), EVERY_MS);
    if (this.clock instanceof MovableClock) this.stopListening = this.clock.onMove(() => this.poke());
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening?.();
    await this.running;
  }

  private poke(): void {
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        for (;;) {
          const due = await this.db.rows<{ case_id: string }>('select case_id from bundling.plan where next_due <= $1 order by next_due limit $2', [this.clock.now(), LIST]);
          if (due.length === 0) break;
          await this.unitOfWork.executeAll(due.map((row) => new TickCase(row.case_id)));
          if (due.length < LIST) break;
        }
      } catch {
        // The database is away; the next tick finds the same cases due.
      }
    }
  }
}
