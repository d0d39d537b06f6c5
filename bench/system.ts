import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { Envelope } from '#contracts/envelope.js';
import { CaseAdvancedV2, CasePlannedV2 } from '#contracts/events/index.js';
import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { Outbox } from '#libs/event-log/index.js';
import type { Database, Tx } from '#libs/persistence/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import type { Transport } from '#libs/transports/index.js';
import { startAllInOne, type AllInOne } from '#services/all-in-one/app.js';
import { Reports } from '#services/intake/index.js';
import { teller } from './workload.js';
import { postgresCpu } from './engine.js';
import { everyoneIsConfirmed, everythingSucceeds } from './no-op-agencies.js';

/** Notes when a case settles, at the commit that settles it. */
class WatchedOutbox extends Outbox {
  private readonly waiting = new Map<string, (at: number) => void>();
  private readonly past = new Map<string, number>();
  private settled: string[] = [];

  override write(tx: Tx, events: readonly Envelope[]): Promise<string> {
    for (const { type, caseId, data } of events) {
      if ((type === CaseAdvancedV2.type || type === CasePlannedV2.type) && (data as { settledAt?: number }).settledAt !== undefined) this.settled.push(caseId);
    }
    return super.write(tx, events);
  }

  override ring(events: readonly Envelope[], txid: string): void {
    const now = performance.now();
    for (const caseId of this.settled) {
      const waiting = this.waiting.get(caseId);
      if (waiting) waiting(now);
      else this.past.set(caseId, now);
    }
    this.settled = [];
    super.ring(events, txid);
  }

  /** Resolves with the instant (performance.now) of the settling commit. */
  whenSettled(caseId: string): Promise<number> {
    const past = this.past.get(caseId);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => this.waiting.set(caseId, (at) => {
      this.waiting.delete(caseId);
      resolve(at);
    }));
  }
}

export interface Figures {
  readonly rows: number;
  readonly walBytes: number;
  readonly commits: number;
  readonly nodeCpu: number;
  readonly postgresCpu: number;
}

export interface System {
  readonly app: AllInOne;
  /** Accepts a birth; the promise of the answer holds the promise of its settlement. */
  tell: ReturnType<typeof teller>;
  settled(caseId: string): Promise<number>;
  /** Counters since the beginning: take the difference of two. */
  figures(): Promise<Figures>;
  stop(): Promise<void>;
}

const counters = async (db: Database): Promise<{ rows: number; wal: number }> => {
  // Backends report their counts at most once a second, when something ends on them: so each of the pool is given something.
  await new Promise((r) => setTimeout(r, 1100));
  await Promise.all(Array.from({ length: db.pool.totalCount }, () => db.rows('select pg_sleep(0.05)')));
  await new Promise((r) => setTimeout(r, 600)); // and the feeds' own ask twice a second
  const [rows] = await db.rows<{ n: string }>('select sum(n_tup_ins + n_tup_upd + n_tup_del) n from pg_stat_user_tables');
  const [wal] = await db.rows<{ n: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn n`);
  return { rows: Number(rows!.n), wal: Number(wal!.n) };
};

export interface SystemOptions {
  /** Kept when it ends; a temporary one when absent. */
  readonly folder?: string;
  /** In place of a PostgreSQL of its own. */
  readonly databaseUrl?: string;
  readonly transport?: Transport;
  /** The log travels over these. */
  readonly kafkaBrokers?: string[];
  /** The sign-in provider whose tokens are accepted; the sandbox beside it when absent. */
  readonly issuer?: string | undefined;
}

/** The product in one process on its embedded PostgreSQL (fsync on), with agencies and authorities that answer at once and do nothing. */
export const openSystem = async ({ folder: given, databaseUrl, transport = everythingSucceeds, kafkaBrokers, issuer }: SystemOptions = {}): Promise<System> => {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'tell-us-once-bench-'));
  const outbox = new WatchedOutbox();
  const config = Object.assign(readConfig(PlatformConfig), {
    port: 0, sandboxPort: 0, metricsPort: 0, dataDir: folder, logLevel: 'silent', ...(databaseUrl !== undefined && { databaseUrl }), ...(kafkaBrokers && { eventLog: 'kafka', kafkaBrokers }), ...(issuer !== undefined && { issuerUrl: issuer }),
  } satisfies Partial<PlatformConfig>);
  const app = await startAllInOne({ config, logger: new SilentLogger(), outbox, transport, authority: everyoneIsConfirmed });
  const { db, unitOfWork, embedded } = app.platform;
  const nest = app.service.app;
  return {
    app,
    tell: teller(nest.get(CommandBus, { strict: false }), nest.get(Reports, { strict: false })),
    settled: (caseId) => outbox.whenSettled(caseId),
    figures: async () => {
      const { user, system } = process.cpuUsage();
      const postgres = postgresCpu(embedded?.pid);
      const { commits } = unitOfWork.counters;
      const { rows, wal } = await counters(db);
      return { rows, walBytes: wal, commits, nodeCpu: (user + system) / 1e6, postgresCpu: postgres };
    },
    stop: async () => {
      await app.stop();
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
};
