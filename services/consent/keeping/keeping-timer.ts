import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Ticker } from '#libs/kernel/index.js';
import { VaultKeeping } from './vault-keeping.js';

const HOUR = 60 * 60 * 1000;

/** Sweeps once an hour. Any replica may: destroying twice destroys once. */
@Injectable()
export class KeepingTimer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ticker: Ticker;

  constructor(keeping: VaultKeeping, clock: Clock) {
    this.ticker = new Ticker(async () => {
      await keeping.sweepOrphans(clock.now());
      await keeping.sweepRetention(clock.now());
    }, { everyMs: HOUR });
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.ticker.stop();
  }
}
