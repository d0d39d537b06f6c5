import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Ticker } from '#libs/kernel/index.js';
import { Database, UnitOfWork, visitDue } from '#libs/persistence/index.js';
import { TickCase } from './use-cases/case-commands.js';

/** Wakes cases whose earliest timer has passed. Any replica may: a tick under the case's lock that finds nothing due changes nothing. */
@Injectable()
export class CaseTimers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ticker: Ticker;

  constructor(db: Database, unitOfWork: UnitOfWork, clock: Clock) {
    this.ticker = new Ticker(() => visitDue(db, 'bundling.plan', clock.now(), (due) => unitOfWork.executeAll(due.map((caseId) => new TickCase(caseId)))), { everyMs: 1000, clock });
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.ticker.stop();
  }
}
