import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ServiceName } from '#contracts/apis/routes.js';
import { PlatformConfig, projectFile } from '#libs/config/index.js';
import { startLocalBroker, type LocalBroker } from '#libs/event-log/kafka/local-broker.js';
import type { PublicFault } from './faults.js';
import { Fleet } from '../fleet.js';
import type { LedgerLine } from './oracle.js';

export interface WorldOptions {
  readonly log: 'embedded' | 'kafka';
  readonly replicas: Readonly<Partial<Record<ServiceName, number>>>;
  /** Of the agencies' misbehaviour. */
  readonly seed: number;
  readonly faults: readonly PublicFault[];
  /** A module every service process loads before anything else: a safety switched off. */
  readonly preload?: string;
}

/** The product in many processes on a real PostgreSQL and, over Kafka, a real broker; all of it on a folder of its own. */
export class World {
  private constructor(readonly fleet: Fleet, readonly broker: LocalBroker | undefined, readonly said: string[], private readonly dataDir: string) {}

  static async start({ log, replicas, seed, faults, preload }: WorldOptions): Promise<World> {
    if (!existsSync(join(dirname(projectFile('package.json')), 'dist/services/gateway/main.js'))) throw new Error('run `npm run build` first: this starts the built product');
    const dataDir = mkdtempSync(join(tmpdir(), 'tou-crash-'));
    chmodSync(dataDir, 0o755); // the database server may run as another account
    const broker = log === 'kafka' ? await startLocalBroker(join(dataDir, 'kafka')) : undefined;
    const said: string[] = [];
    const config = Object.assign(new PlatformConfig(), {
      port: 0, sandboxPort: 0, metricsPort: 0, dataDir, logLevel: 'warn', eventLog: log, ...(broker && { kafkaBrokers: [...broker.brokers] }),
    } satisfies Partial<PlatformConfig>);
    const fleet = await Fleet.start({
      config, replicas, ports: 'free', out: (line) => said.push(line), environment: { SANDBOX_PROFILE: 'fast', ...(preload !== undefined && { NODE_OPTIONS: `--import=${preload}` }) },
    });
    const world = new World(fleet, broker, said, dataDir);
    try {
      await fleet.ready(120_000);
      await world.control('PUT', '/settings', { unknownPeople: 'FUMA', seed });
      for (const fault of faults) await world.control('POST', '/faults', fault);
    } catch (error) {
      await world.stop();
      throw new Error(`${(error as Error).message}\n${said.slice(-40).join('\n')}`, { cause: error });
    }
    return world;
  }

  get url(): string {
    return this.fleet.find('gateway').url;
  }

  get issuer(): string {
    return `${this.fleet.find('sandbox').url}/oidc`;
  }

  async ledger(): Promise<readonly LedgerLine[]> {
    return ((await this.control('GET', '/ledger')) as { readonly entries: readonly LedgerLine[] }).entries;
  }

  async control(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.fleet.find('sandbox').url}${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the sandbox refused ${method} ${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Stops everything and removes what it wrote. */
  async stop(): Promise<void> {
    await this.fleet.stop();
    this.broker?.abandon();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
