import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformConfig, projectFile } from '#libs/config/index.js';
import { MovableClock } from '#libs/kernel/index.js';
import { Database, setSharedClock } from '#libs/persistence/index.js';
import type { LedgerLine } from '#services/sandbox/index.js';
import { Fleet, type FleetOptions } from '../fleet.js';
import { STANDS_WITHIN_MS, openLog, place, type Stage } from './place.js';

/** The product in many processes, on a data folder of its own; `stop` removes the folder. */
export interface TestFleet extends Stage {
  readonly fleet: Fleet;
  readonly dataDir: string;
  readonly brokers: readonly string[];
  /** What the processes said. */
  readonly said: readonly string[];
  readonly caughtUp: () => Promise<void>;
  /** The sandbox's own controls. */
  sandboxControl(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Sets the time of every process: the services' by the shared row, the sandbox's at its controls. */
class FleetClock extends MovableClock {
  private set: Promise<unknown> = Promise.resolve();

  constructor(private readonly tell: (ms: number) => Promise<unknown>) {
    super();
  }

  override setOffset(ms: number): void {
    super.setOffset(ms);
    this.set = this.set.then(() => this.tell(ms));
  }

  async caughtUp(): Promise<void> {
    await this.set;
    await sleep(150); // each process looks ten times a second
  }
}

type TestFleetOptions = Partial<Omit<FleetOptions, 'config'>> & { /** Over Kafka or not; where the journeys take place when absent. */ readonly kafka?: boolean };

export const startTestFleet = async ({ kafka = place().kafka, ...options }: TestFleetOptions = {}): Promise<TestFleet> => {
  if (!existsSync(join(projectFile('package.json'), '../dist/services/gateway/main.js'))) throw new Error('run `npm run build` first: this test starts the built product');
  const dataDir = mkdtempSync(join(tmpdir(), 'tell-us-once-fleet-'));
  const log = await openLog(dataDir, { kafka });
  const config = Object.assign(new PlatformConfig(), { port: 0, sandboxPort: 0, metricsPort: 0, dataDir, clock: 'movable', logLevel: 'warn' } satisfies Partial<PlatformConfig>, log.config);
  const said: string[] = [];
  const fleet = await Fleet.start({ ports: 'free', out: (line) => said.push(line), ...options, config, environment: { SANDBOX_PROFILE: 'fast', ...options.environment } });
  const db = await Database.open({ url: fleet.databaseUrl, poolSize: 2 });
  const sandbox = fleet.find('sandbox').url;
  const sandboxControl = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${sandbox}${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the sandbox refused ${method} ${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const clock = new FleetClock(async (ms) => {
    await sandboxControl('PUT', '/settings', { clockAheadMs: ms });
    await setSharedClock(db, ms);
  });
  const stop = async (): Promise<void> => {
    await db.close();
    await fleet.stop();
    log.end();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await fleet.ready(STANDS_WITHIN_MS - 30_000);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${said.slice(-40).join('\n')}`, { cause: error });
  }
  return {
    fleet, db, dataDir, said, brokers: config.kafkaBrokers, url: fleet.find('gateway').url, platform: { clock }, caughtUp: () => clock.caughtUp(), sandboxControl, stop,
    sandbox: {
      url: sandbox, issuer: `${sandbox}/oidc`, sendNotices: (facility) => sandboxControl('POST', `/hospitals/${facility}/notices`),
      faults: { add: (fault) => sandboxControl('POST', '/faults', fault), clear: () => sandboxControl('DELETE', '/faults') },
      setUnknownPeople: (unknownPeople) => sandboxControl('PUT', '/settings', { unknownPeople }),
      ledger: async () => ((await sandboxControl('GET', '/ledger')) as { entries: readonly LedgerLine[] }).entries,
    },
  };
};
