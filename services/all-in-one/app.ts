import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { join } from 'node:path';
import { readOrCreateKey } from '#libs/config/key-file.js';
import { exchangeOf, jurisdictionsSideOf, type PlatformConfig } from '#libs/config/index.js';
import type { Outbox } from '#libs/event-log/index.js';
import { MovableClock } from '#libs/kernel/index.js';
import { PinoLogger, runService, underVersion1, type Logger, type RunningService } from '#libs/runtime/index.js';
import { AdaptersModule } from '#services/adapters/index.js';
import { BundlingModule } from '#services/bundling/index.js';
import { ConsentModule } from '#services/consent/index.js';
import { IdentityModule } from '#services/identity/index.js';
import { IntakeModule } from '#services/intake/index.js';
import { startSandbox, type Sandbox } from '#services/sandbox/index.js';
import { StatusModule } from '#services/status/index.js';
import { openPlatform, PlatformModule, type Platform } from './platform.js';

export const OPEN_API = {
  title: 'Tell us once',
  version: '1',
  description: 'Report a birth once; every jurisdiction concerned is told exactly what its agreement allows, and each is followed to an outcome.',
};

export interface AllInOneOptions {
  readonly config: PlatformConfig;
  readonly logger?: Logger;
  readonly sandboxProfile?: 'fast' | 'lifelike';
  readonly fuse?: boolean;
  /** Milliseconds a page of deliveries waits for answers; the default of adapters when absent. */
  readonly patienceMs?: number;
  /** In place of HTTP to the agencies and authorities: the bench's, which answer at once. */
  readonly transport?: Parameters<typeof AdaptersModule.forRoot>[0]['transport'];
  readonly authority?: Parameters<typeof IdentityModule.forRoot>[0]['authority'];
  readonly outbox?: Outbox;
  readonly extraModules?: readonly (Type | DynamicModule)[];
}

export interface AllInOne {
  readonly url: string;
  readonly service: RunningService;
  readonly sandbox: Sandbox;
  readonly platform: Platform;
  stop(): Promise<void>;
}

/** The sandbox goes with the process: agencies last, so that requests under way still get their answers. */
@Module({})
class SandboxLifecycle implements OnApplicationShutdown {
  constructor(@Inject('sandbox') private readonly sandbox: Sandbox) {}

  static of(sandbox: Sandbox): DynamicModule {
    return { module: SandboxLifecycle, providers: [{ provide: 'sandbox', useValue: sandbox }] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sandbox.stop();
  }
}

/** Every service in one process on the embedded default, with the sandbox beside it on its own port. */
export const startAllInOne = async ({ config, logger, sandboxProfile, fuse, patienceMs, transport, authority, outbox, extraModules = [] }: AllInOneOptions): Promise<AllInOne> => {
  const log = logger ?? new PinoLogger({ service: 'all-in-one', level: config.logLevel });
  const platform = await openPlatform({ config, logger: log, ...(fuse !== undefined && { fuse }), ...(outbox && { outbox }) });
  const sandbox = await startSandbox({
    port: config.sandboxPort, clock: platform.clock, profile: sandboxProfile ?? 'fast', audience: config.audience, dataDir: join(config.dataDir, 'sandbox'),
    exchange: jurisdictionsSideOf(config),
  });
  const keys = (name: string) => join(config.dataDir, 'keys', name);

  @Module({
    imports: [
      PlatformModule.of(platform),
      SandboxLifecycle.of(sandbox),
      ConsentModule.forRoot({ kekFile: config.kekFile ?? keys('kek.json'), receiptKeyFile: keys('receipts.json') }),
      IntakeModule.forRoot({ key: readOrCreateKey(keys('intake.key')) }),
      IdentityModule.forRoot({ authoritiesUrl: sandbox.url, ...(authority && { authority }) }),
      AdaptersModule.forRoot({
        agenciesUrl: sandbox.url, publicUrl: () => config.publicUrl ?? running?.url ?? `http://127.0.0.1:${config.port}`, tokenKeyFile: keys('delivery-tokens.key'),
        exchangeKeyFile: keys('exchange.json'), exchange: exchangeOf(config), ...(patienceMs !== undefined && { patienceMs }), ...(transport && { transport }),
      }),
      BundlingModule,
      StatusModule,
      ...extraModules,
    ],
  })
  class AllInOneModule {}

  let running: RunningService | undefined;
  try {
    running = await runService(AllInOneModule, {
      auth: { issuer: config.issuerUrl ?? sandbox.issuer, audience: config.audience }, logger: log, port: config.port,
      metricsPort: config.metricsPort, openApi: OPEN_API, tracing: config.otlpEndpoint === undefined ? undefined : { endpoint: config.otlpEndpoint, service: 'all-in-one' },
      configure: underVersion1,
    });
  } catch (error) {
    await sandbox.stop();
    await platform.close();
    throw error;
  }
  const service = running;
  return {
    url: service.url, service, sandbox, platform,
    stop: () => service.stop(),
  };
};

/** Moves a movable clock; throws on the system's. */
export const passTime = (app: AllInOne, ms: number): void => {
  if (!(app.platform.clock instanceof MovableClock)) throw new Error('this clock cannot be moved: start with CLOCK=movable');
  app.platform.clock.advance(ms);
};
