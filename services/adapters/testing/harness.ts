import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaseAdvancedV2, CasePlannedV2, DeliveriesProgressedV2, answerInFull, inBrief, newest, type Answer, type DataOf, type QueuedDelivery } from '#contracts/events/index.js';
import type { Envelope } from '#contracts/envelope.js';
import { Bell, GroupDispatch, logMigrations, Outbox, PostgresFeed, PostgresHistory, PostgresLogTable, type Stuck } from '#libs/event-log/index.js';
import { MovableClock, uuidv5, uuidv7 } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { FakeTransport } from '#libs/transports/fake-transport.js';
import { Lanes } from '#libs/transports/index.js';
import { AttemptMetrics } from '../attempt-metrics.js';
import { Courier } from '../courier.js';
import { Delivering } from '../delivering.js';
import { DeliveryTokens } from '../delivery-tokens.js';
import { AdaptersOptions } from '../options.js';
import { ReleaseDesk } from '../release-desk.js';
import { Retries } from '../retries.js';
import { AttemptStore } from '../store/attempt-store.js';
import { Adapters1700000000005, AdaptersExchange1700000000012 } from '../store/migrations.js';
import { OutgoingStore } from '../store/outgoing-store.js';
import { ProgressSlice } from '../use-cases/record-progress.js';
import { FakeVault } from './fake-vault.js';

export type Answers = readonly Answer[];

/** A PostgreSQL of its own, with the log and this service's tables. */
export class Store {
  private constructor(private readonly folder: string, private readonly postgres: EmbeddedPostgres, readonly db: Database) {}

  static async open(): Promise<Store> {
    const folder = mkdtempSync(join(tmpdir(), 'adapters-'));
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: false });
    const db = await Database.open({ url: postgres.url, migrations: [...logMigrations, Adapters1700000000005, AdaptersExchange1700000000012] });
    await db.migrate();
    return new Store(folder, postgres, db);
  }

  async empty(): Promise<void> {
    await this.db.rows('truncate log.entry, log.checkpoint, log.parked, adapters.attempt, adapters.cursor, adapters.outgoing, adapters.unreadable');
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface WorldOptions {
  readonly patienceMs?: number;
  readonly clock?: MovableClock;
  readonly transport?: FakeTransport;
  readonly vault?: FakeVault;
}

/** The service in one process, with an agency and a vault in memory; a second one on the same store is another replica, or a restart. */
export class World {
  readonly clock: MovableClock;
  readonly transport: FakeTransport;
  readonly vault: FakeVault;
  readonly unitOfWork: UnitOfWork;
  readonly history: PostgresHistory;
  readonly feed: PostgresFeed;
  readonly lanes: Lanes;
  readonly retries: Retries;
  readonly delivering: Delivering;
  readonly slice: ProgressSlice;
  private readonly dispatch: GroupDispatch;
  private readonly applied = new Map<string, number>();

  constructor(readonly store: Store, options: WorldOptions = {}) {
    this.clock = options.clock ?? new MovableClock();
    this.transport = options.transport ?? new FakeTransport();
    this.vault = options.vault ?? new FakeVault();
    const outbox = new Outbox();
    const bell = new Bell(store.db, outbox);
    this.unitOfWork = new UnitOfWork(store.db, this.clock, outbox);
    this.history = new PostgresHistory(store.db, bell);
    this.feed = new PostgresFeed(store.db, this.unitOfWork, bell, this.clock);
    const attempts = new AttemptStore(store.db);
    this.lanes = new Lanes(() => this.clock.now());
    const adapting = new AdaptersOptions(() => 'http://us.test', options.patienceMs ?? 200);
    const desk = new ReleaseDesk(this.vault);
    const metrics = new AttemptMetrics(attempts, new OutgoingStore(store.db, this.clock), this.lanes, this.clock);
    const courier = new Courier(desk, this.lanes, this.transport, new DeliveryTokens(randomBytes(32)), metrics, adapting);
    this.slice = new ProgressSlice(this.unitOfWork, attempts, this.vault, new PostgresLogTable(), metrics);
    this.slice.onModuleInit();
    this.retries = new Retries(attempts, courier, this.lanes, this.unitOfWork, this.clock, new SilentLogger(), this.history);
    this.delivering = new Delivering(courier, desk, this.lanes, this.unitOfWork, this.retries, adapting, this.vault);
    this.dispatch = new GroupDispatch(this.delivering.group, this.unitOfWork, new PostgresLogTable());
  }

  /** Starts what runs by itself: retries, and with `feed` the reading of the log. */
  start({ feed = false } = {}): void {
    this.retries.onApplicationBootstrap();
    if (!feed) return;
    this.feed.subscribe(this.delivering.group);
    void this.feed.start();
  }

  async stop(): Promise<void> {
    this.delivering.onModuleDestroy();
    await Promise.all([this.feed.stop(), this.retries.onModuleDestroy()]);
    this.transport.timeOut();
  }

  /** Bundling plans a case with these deliveries, or later queues them. */
  async queue(caseId: string, ...deliveries: readonly QueuedDelivery[]): Promise<void> {
    await this.unitOfWork.join([caseId], async (unit) => {
      const first = (await this.history.of(caseId)).length === 0;
      const data = { status: 'in-progress', faces: [], deliveries: inBrief(deliveries) } as const;
      unit.append(first ? CasePlannedV2(caseId, { ...data, bundleVersion: 1, planned: [] }) : CaseAdvancedV2(caseId, data));
    });
  }

  /** Hands the group one page: everything of these cases it was not handed before. */
  async page(caseIds: readonly string[], { redelivered = false, signal = new AbortController().signal } = {}): Promise<readonly Stuck[]> {
    const events: Envelope[] = [];
    for (const caseId of caseIds) events.push(...(await this.history.of(caseId, redelivered ? 0 : this.applied.get(caseId) ?? 0)));
    const { stuck } = await this.dispatch.apply(events, { redelivered, signal });
    for (const { caseId, seq } of events) this.applied.set(caseId, seq);
    return stuck;
  }

  /** What this service stated about a case, in order. */
  async answers(caseId: string): Promise<Answers> {
    return (await this.history.of(caseId)).map(newest).filter((e) => e.type === DeliveriesProgressedV2.type).flatMap((e) => (e.data as DataOf<typeof DeliveriesProgressedV2>).answers.map(answerInFull));
  }

  rows(): Promise<{ delivery_id: string; state: string; attempts: number; due_at: string; programme: string }[]> {
    return this.store.db.rows('select * from adapters.attempt order by delivery_id');
  }
}

export const newCase = (): string => uuidv7();
export const tell = (caseId: string, programme: string, over: Partial<QueuedDelivery> = {}): QueuedDelivery => {
  const target = programme.slice(programme.indexOf('/') + 1);
  const { kind = 'tell', revision = 1 } = over;
  return { deliveryId: uuidv5(caseId, `${target}/${kind}/${revision}`), tellId: uuidv5(caseId, `${target}/tell/1`), target, programme, kind, revision, ...over };
};

/** Looks until `done` answers something that is not undefined or false; fails with what it last said. */
export const eventually = async <T>(done: () => Promise<T | false | undefined>, withinMs = 5000): Promise<T> => {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await done();
    if (found !== false && found !== undefined) return found;
    if (Date.now() > end) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
