import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformConfig } from '#libs/config/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import type { Database } from '#libs/persistence/index.js';
import { startAllInOne, type AllInOne, type AllInOneOptions } from '../app.js';
import { openLog } from './place.js';

export const SAMPLES = join(import.meta.dirname, '../../../samples');

export interface TestApp extends AllInOne {
  readonly dataDir: string;
  readonly db: Database;
}

/** The whole product on a data folder of its own, with a clock that can be moved; `stop` removes the folder. */
export const startTestApp = async (options: Partial<Omit<AllInOneOptions, 'config'>> & { readonly config?: Partial<PlatformConfig> } = {}): Promise<TestApp> => {
  const dataDir = options.config?.dataDir ?? mkdtempSync(join(tmpdir(), 'tell-us-once-journey-'));
  const { config, ...rest } = options;
  const log = await openLog(dataDir, config?.eventLog === 'embedded' ? { kafka: false } : undefined);
  const app = await startAllInOne({
    logger: new SilentLogger(), ...rest,
    config: Object.assign(new PlatformConfig(), { port: 0, sandboxPort: 0, metricsPort: 0, dataDir, clock: 'movable', logLevel: 'silent' }, log.config, config),
  });
  return {
    ...app, dataDir, db: app.platform.db,
    stop: async () => {
      await app.stop();
      log.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
