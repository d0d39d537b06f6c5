import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Ticker } from '#libs/kernel/index.js';
import { Database, visitDue } from '#libs/persistence/index.js';
import { Asking } from './asking.js';

/** Puts questions again that are due. Any replica may: a question has one id, and its first answer counts. */
@Injectable()
export class QuestionTimers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ticker: Ticker;

  constructor(db: Database, asking: Asking, clock: Clock) {
    this.ticker = new Ticker(() => visitDue(db, 'identity.file', clock.now(), (due) => asking.again(due)), { everyMs: 1000, clock });
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.ticker.stop();
  }
}
