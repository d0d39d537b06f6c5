import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { PublicRoute } from '#contracts/apis/routes.js';
import { accessList, addressesOf, databaseUrlOf, readConfig, ServiceConfig } from '#libs/config/index.js';
import { DoorCaller, DoorsModule, overHttp, ServiceKeys, type Door } from '#libs/doors/index.js';
import { logMigrations, Outbox, RELAY } from '#libs/event-log/index.js';
import { SystemClock } from '#libs/kernel/index.js';
import { Clock1700000000006, Database, SharedClock, type DatabaseOptions } from '#libs/persistence/index.js';
import { underVersion1 } from '../http/index.js';
import { PinoLogger, type Logger } from '../logging/index.js';
import { buildPlatform, PlatformModule, type Platform } from '../platform/index.js';
import { runService, type RunningService } from '../run-service.js';
import { openWaitingRoom, type WaitingRoom } from './waiting-room.js';

/** A service as a process of its own. */
export interface ServiceProcess {
  readonly name: PublicRoute['service'];
  readonly module: (given: { readonly config: ServiceConfig; readonly keyFile: (name: string) => string }) => Type | DynamicModule;
  /** Of its own schema; they are only looked for, never applied. */
  readonly migrations?: NonNullable<DatabaseOptions['migrations']>;
  /** The doors it opens. */
  readonly serves?: readonly Door[];
  /** The doors it knocks at. */
  readonly asks?: readonly Door[];
  /** Its callers may hold a case's lock on the log while they ask: see UnitOfWorkOptions. */
  readonly locksApart?: true;
}

const LOOK_EVERY_MS = 250;
const SAY_EVERY = 40;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Waits until the database answers to this service's role and `npm run migrate` has been there. */
const openMigrated = async (config: ServiceConfig, { name, migrations = [] }: ServiceProcess, room: WaitingRoom, logger: Logger): Promise<Database> => {
  const wanted = [...logMigrations, ...(config.clock === 'movable' ? [Clock1700000000006] : []), ...migrations];
  const url = databaseUrlOf(config, name);
  if (url === undefined) throw new Error('DATABASE_URL is needed: a service that is a process of its own shares a database with the others');
  for (let tries = 0; ; tries++) {
    let db: Database | undefined;
    let error: unknown;
    try {
      db = await Database.open({ url, migrations: wanted, poolSize: config.databasePool });
      if ((await db.pending()).length === 0) return db;
      room.waitFor('npm run migrate has not been run on this database');
    } catch (thrown) {
      error = thrown;
      room.waitFor('the database does not answer to this service');
    }
    await db?.close();
    if (tries % SAY_EVERY === 0) logger.warn('service.waits', { reason: error === undefined ? 'migrations' : 'database', error });
    await sleep(LOOK_EVERY_MS);
  }
};

const openPlatform = async (config: ServiceConfig, service: ServiceProcess, relays: boolean, db: Database, logger: Logger): Promise<Platform> => {
  const clock = config.clock === 'movable' ? await SharedClock.follow(db) : new SystemClock();
  return buildPlatform({
    db, clock, outbox: new Outbox(), logger, config, relays, ...(service.locksApart && { ownLock: service.name }),
    close: async () => {
      if (clock instanceof SharedClock) clock.stop();
      await db.close();
    },
  });
};

/**
 * Runs one service as this process: its module on the shared database in its own role, every other service behind a door over HTTP. It
 * listens at once and is ready when the database is migrated and the neighbours it needs at its start have answered.
 */
export const runOne = async (service: ServiceProcess): Promise<RunningService> => {
  const config = readConfig(ServiceConfig);
  const { name } = service;
  const logger = new PinoLogger({ service: name, level: config.logLevel });
  const keyFile = (file: string): string => join(config.dataDir, 'keys', file);
  const leave = (): never => process.exit(0); // nothing has begun yet; as the first process of a container we must say so ourselves
  for (const signal of SIGNALS) process.once(signal, leave);
  const room = await openWaitingRoom(config.port, config.host);
  const keys = await ServiceKeys.open({ service: name, keyFile: config.serviceKeyFile ?? keyFile(`services/${name}.json`), publicFolder: config.serviceKeysDir ?? keyFile('public') });
  const access = accessList();
  const caller = new DoorCaller({
    from: name, keys, addressesOf: (other) => addressesOf(config, other as PublicRoute['service']),
    onWaiting: (away) => {
      room.waitFor(`${away.service} does not answer at its door ${away.door}`);
      logger.warn('service.waits', { reason: 'neighbour', group: away.service });
    },
  });
  const db = await openMigrated(config, service, room, logger);
  const platform = await openPlatform(config, service, access[name]?.groups?.includes(RELAY) ?? false, db, logger);

  @Module({
    imports: [PlatformModule.of(platform), neighbours(service.asks ?? [], caller), service.module({ config, keyFile }), ...opened(service, keys, access)],
  })
  class ServiceModule {}

  const issuer = config.issuerUrl ?? `${config.agenciesUrl}/oidc`;
  caller.waitForNeighbours();
  return runService(ServiceModule, {
    auth: { issuer, audience: config.audience, ...(config.jwksUrl !== undefined && { jwksUrl: config.jwksUrl }) }, logger,
    port: config.port, host: config.host, metricsPort: config.metricsPort, metricsHost: config.metricsHost,
    tracing: config.otlpEndpoint === undefined ? undefined : { endpoint: config.otlpEndpoint, service: name },
    configure: async (app) => {
      underVersion1(app);
      await app.init();
      caller.started();
      await room.close();
      for (const signal of SIGNALS) process.off(signal, leave);
    },
  });
};

/** The contracts of other services, asked over HTTP. */
const neighbours = (asks: readonly Door[], caller: DoorCaller): DynamicModule => ({
  module: Neighbours, global: true,
  providers: asks.map((door) => ({ provide: door.contract, useFactory: () => overHttp(door, caller) })), exports: asks.map((door) => door.contract),
});
@Module({})
class Neighbours {}

const opened = ({ name, serves = [] }: ServiceProcess, keys: ServiceKeys, access: ReturnType<typeof accessList>): readonly DynamicModule[] =>
  serves.length === 0 ? [] : [DoorsModule.open(serves, { service: name, keys, mayAsk: Object.fromEntries(Object.entries(access).map(([other, { asks = {} }]) => [other, asks])) })];
