import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '#libs/kernel/index.js';
import { VaultKeeping } from './vault-keeping.js';

const EVERY_MS = 60 * 60 * 1000;

/** Sweeps once an hour. Any replica may: destroying twice destroys once. */
@Injectable()
export class OrphanTimer implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly keeping: VaultKeeping, private readonly clock: Clock) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      // The database may be away; the mark stays where it was, and the next hour begins there.
      this.running = this.keeping.sweepOrphans(this.clock.now()).catch(() => undefined);
    }, EVERY_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }
}
