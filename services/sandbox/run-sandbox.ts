import { join } from 'node:path';
import { jurisdictionsSideOf, readConfig, SandboxConfig } from '#libs/config/index.js';
import { MovableClock, SystemClock } from '#libs/kernel/index.js';
import { PinoLogger } from '#libs/runtime/index.js';
import { startSandbox } from './sandbox.js';

/** The sandbox as a process of its own, beside services that are too. */
export const runSandbox = async (): Promise<void> => {
  const config = readConfig(SandboxConfig);
  const logger = new PinoLogger({ service: 'sandbox', level: config.logLevel });
  const clock = config.clock === 'movable' ? new MovableClock() : new SystemClock();
  const sandbox = await startSandbox({
    port: config.sandboxPort, host: config.sandboxHost, clock, profile: config.sandboxProfile, audience: config.audience, dataDir: join(config.dataDir, 'sandbox'),
    exchange: jurisdictionsSideOf(config),
    ...(config.sandboxPublicUrl !== undefined && { publicUrl: config.sandboxPublicUrl }),
  });
  logger.info('service.ready', { url: sandbox.url });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      logger.info('service.stopping', { signal });
      void sandbox.stop().then(() => process.exit(0));
    });
  }
};
