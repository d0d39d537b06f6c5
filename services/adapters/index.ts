import { Global, Module, type BeforeApplicationShutdown, type DynamicModule, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { join } from 'node:path';
import { AdapterCatalogue } from '#contracts/apis/catalogue.js';
import { Vault } from '#contracts/apis/vault.js';
import { readOrCreateKey } from '#libs/config/key-file.js';
import { Feed, PostgresLogTable } from '#libs/event-log/index.js';
import { Clock } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { DeliveryTokenGate, Logger } from '#libs/runtime/index.js';
import { parkedController } from '#libs/runtime/platform/index.js';
import { ExchangeKeys, Lanes, Outgoing, Transport } from '#libs/transports/index.js';
import { adapters, RegisteredAdapters } from './adapters.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { Courier } from './courier.js';
import { Delivering } from './delivering.js';
import { DeliveryTokens } from './delivery-tokens.js';
import { BacklogController } from './http/backlog.controller.js';
import { OutcomesController } from './http/outcomes.controller.js';
import { UnreadableOutcomesController } from './http/unreadable-outcomes.controller.js';
import { OutcomeInbox } from './inbox.js';
import { AdaptersOptions } from './options.js';
import { ReleaseDesk } from './release-desk.js';
import { Retries } from './retries.js';
import { AttemptStore } from './store/attempt-store.js';
import { Adapters1700000000005, AdaptersExchange1700000000012, CursorRoom1700000000015 } from './store/migrations.js';
import { OutgoingStore } from './store/outgoing-store.js';
import { UnreadableStore } from './store/unreadable-store.js';
import { ChosenTransport, type Reach } from './transports.js';
import { ProgressSlice, RecordProgressHandler } from './use-cases/record-progress.js';

/** What this service reads of the log, for docs/flow.md. */
export { listensTo as adaptersListenTo } from './delivering.js';
export const adaptersMigrations = [Adapters1700000000005, AdaptersExchange1700000000012, CursorRoom1700000000015];

export interface AdaptersModuleOptions {
  /** Where the agency contract is served: `{agenciesUrl}/agencies/{jurisdiction}/{programme}/…`. */
  readonly agenciesUrl: string;
  /** Where agencies reach us with later answers; asked at each sending. */
  readonly publicUrl: () => string;
  /** The key of the tokens that admit those answers; made at the first start. */
  readonly tokenKeyFile: string;
  /** Milliseconds a page of deliveries waits for answers; 200 when absent. */
  readonly patienceMs?: number;
  /** Where the key that jurisdictions' messages to us are sealed to is kept; made at the first start. */
  readonly exchangeKeyFile: string;
  /** The transports chosen by data need these. */
  readonly exchange: Pick<Reach, 'exchangeDir' | 'exchangeEveryMs' | 'brokers' | 'makesTopics' | 'overrides'>;
  /** In place of the transports the catalogue and the configuration choose. */
  readonly transport?: Transport;
}

/** Tells the jurisdictions, and owns every attempt to. Needs `Database`, `UnitOfWork`, `Clock`, `Feed` and `Vault` provided globally. */
@Global()
@Module({})
export class AdaptersModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly feed: Feed, private readonly vault: Vault, private readonly delivering: Delivering, private readonly transport: Transport, private readonly inbox: OutcomeInbox) {}

  static forRoot({ agenciesUrl, publicUrl, tokenKeyFile, exchangeKeyFile, exchange, patienceMs = 200, transport }: AdaptersModuleOptions): DynamicModule {
    return {
      module: AdaptersModule,
      imports: [CqrsModule],
      controllers: [OutcomesController, UnreadableOutcomesController, BacklogController, parkedController('adapters')],
      providers: [
        { provide: AdaptersOptions, useValue: new AdaptersOptions(publicUrl, patienceMs) },
        { provide: OutgoingStore, useFactory: (db: Database, clock: Clock) => new OutgoingStore(db, clock), inject: [Database, Clock] },
        { provide: Outgoing, useExisting: OutgoingStore },
        {
          provide: Transport, inject: [Clock, OutgoingStore, Logger],
          useFactory: async (clock: Clock, outgoing: OutgoingStore, logger: Logger) => transport ?? ChosenTransport.of({
            clock, outgoing, reach: { agenciesUrl, ...exchange }, keys: await ExchangeKeys.open({ keyFile: exchangeKeyFile, publicFolder: join(exchange.exchangeDir, 'keys') }),
            onFailure: (kind, error) => logger.error('transport.failing', { kind, error }),
          }),
        },
        { provide: Lanes, useFactory: (clock: Clock) => new Lanes(() => clock.now()), inject: [Clock] },
        { provide: DeliveryTokens, useFactory: () => new DeliveryTokens(readOrCreateKey(tokenKeyFile)) },
        { provide: DeliveryTokenGate, useExisting: DeliveryTokens },
        { provide: AdapterCatalogue, useClass: RegisteredAdapters },
        {
          provide: ProgressSlice, inject: [UnitOfWork, AttemptStore, Vault, AttemptMetrics],
          useFactory: (unitOfWork: UnitOfWork, store: AttemptStore, vault: Vault, metrics: AttemptMetrics) => new ProgressSlice(unitOfWork, store, vault, new PostgresLogTable(), metrics),
        },
        AttemptStore, UnreadableStore, AttemptMetrics, OutcomeInbox, ReleaseDesk, Courier, Retries, Delivering, RecordProgressHandler,
      ],
      exports: [AdapterCatalogue, DeliveryTokenGate],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.vault.registerAgreements(adapters.flatMap((a) => a.agreements));
    this.feed.subscribe(this.delivering.group);
  }

  onApplicationBootstrap(): void {
    this.transport.listen(this.inbox);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
