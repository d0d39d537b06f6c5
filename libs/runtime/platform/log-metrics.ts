import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { GroupFeed, Relay } from '#libs/event-log/index.js';
import type { Clock } from '#libs/kernel/index.js';
import type { UnitOfWork } from '#libs/persistence/index.js';
import type { Metrics } from '../metrics/index.js';

export interface Watched {
  readonly feed: GroupFeed;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly relay: Relay | undefined;
}

const DAY_MS = 86_400_000;
/** A reading of all metrics waits no longer for one of them. */
const PATIENCE_MS = 2000;

/** Asked once at a time: a broker that is away is tried for longer than the next reading is off. */
const patiently = <T>(ask: () => Promise<T>): (() => Promise<T | undefined>) => {
  let asked: Promise<T | undefined> | undefined;
  return () => {
    asked ??= ask().catch(() => undefined).finally(() => (asked = undefined));
    return Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
  };
};

/** What an operator's graphs know of the log and of the transactions beside it, in this process. Without the database the other figures are still told. */
export const watchLog = ({ registry }: Metrics, { feed, unitOfWork, clock, relay }: Watched): void => {
  const registers = [registry];
  const stuck = () => feed.stuck(clock.now() - DAY_MS).catch(() => []);
  const lagOfGroups = patiently(() => feed.lag());
  const size = new Histogram({ name: 'unit_of_work_commands', help: 'Commands decided in one transaction: the batch size.', buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256], registers });
  unitOfWork.onList((commands) => size.observe(commands));
  const counted = (name: string, help: string, read: () => number): void => {
    new Counter({
      name, help, registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  counted('unit_of_work_commits_total', 'Transactions committed.', () => unitOfWork.counters.commits);
  counted('unit_of_work_retried_lists_total', 'Lists that failed as a whole and were run one by one.', () => unitOfWork.counters.retriedLists);
  counted('unit_of_work_outdated_total', 'Lists decided once more, because what was assumed of the store did not hold.', () => unitOfWork.counters.outdated);
  new Gauge({
    name: 'log_lag_entries', help: 'Entries of the log a group has not read yet, in any process; what a transaction states of a case is one.', labelNames: ['group'], registers,
    async collect() {
      const lag = await lagOfGroups();
      this.reset();
      for (const [group, entries] of lag ?? []) this.set({ group }, entries);
    },
  });
  new Gauge({
    name: 'log_group_stopped', help: '1 while a group cannot go on and tries again: the database, the broker or a neighbour is away.', labelNames: ['group'], registers,
    collect() {
      const failing = feed.failing();
      for (const group of feed.groups) this.set({ group }, failing.includes(group) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'log_parked_cases', help: 'Cases a group cannot go on with until somebody mends them, by reason.', labelNames: ['group', 'reason'], registers,
    async collect() {
      const now = await stuck();
      this.reset();
      for (const { group, reason, cases } of now) if (cases > 0) this.set({ group, reason }, cases);
    },
  });
  new Gauge({
    name: 'log_unreadable_records', help: 'Records on the topic found to be no event within a day, by what of them could not be read.', labelNames: ['group', 'part'], registers,
    async collect() {
      const now = await stuck();
      this.reset();
      for (const { group, reason, records } of now) if (records > 0) this.set({ group, part: reason }, records);
    },
  });
  if (!relay) return;
  counted('log_relay_records_total', 'Entries of the log copied to the topic.', () => relay.counters.records);
  counted('log_relay_requests_total', 'Requests they were copied in; records over requests is the batch size.', () => relay.counters.requests);
  counted('log_relay_rewinds_total', 'Times the broker had lost events, so that they were copied again.', () => relay.counters.wiped);
  new Gauge({
    name: 'log_relay_lag_entries', help: 'Entries of the log not copied to the topic yet, by any relay.', registers,
    async collect() {
      const lag = await relay.lag().catch(() => undefined);
      this.reset();
      if (lag !== undefined) this.set(lag);
    },
  });
};
