import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '#contracts/apis/routes.js';
import { accessList, databaseUrlOf, projectFile, toEnvironment, type PlatformConfig } from '#libs/config/index.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#libs/persistence/embedded/index.js';
import { grantAccess } from '#libs/persistence/index.js';
import { openDatabase } from './platform.js';

export interface FleetOptions {
  readonly config: PlatformConfig;
  /** Processes of each service, or of those named and one of the others; the gateway and the sandbox are one each. */
  readonly replicas?: number | Readonly<Partial<Record<ServiceName, number>>>;
  /** Only these; the others run elsewhere, at the ports they would have here. */
  readonly only?: readonly ServiceName[];
  /** `fixed`: 4101 for intake and so on, ten more for each further replica · `free`: whatever is free. */
  readonly ports?: 'fixed' | 'free';
  /** Starts again what ends by itself. */
  readonly restarts?: boolean;
  /** Settings of the sandbox and of every service besides what `config` says, by variable. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the processes say, a line each, with whose it is. */
  readonly out: (line: string) => void;
}

/** One process of the fleet. */
export interface Vessel {
  readonly name: ServiceName;
  /** From 1. */
  readonly replica: number;
  readonly url: string;
  readonly metricsUrl: string;
  readonly pid: number | undefined;
  /** There is a process, whether it serves yet or not. */
  readonly isUp: boolean;
  kill(signal: NodeJS.Signals): void;
  /** Kills it, and does not start it again before `letGo`. */
  hold(): void;
  letGo(): void;
}

const ONE_EACH: readonly ServiceName[] = ['sandbox', 'gateway'];
/** Sessions the server gives to ordinary roles, less some for whoever looks in. */
const SESSIONS = 88;
const BACK_OFF_MS = [250, 500, 1000, 2000, 5000, 10_000];
/** Whoever ran this long has recovered from what ended it before. */
const SOUND_MS = 30_000;
const STOP_WITHIN_MS = 9000;
const LOOK_AT_DATABASE_MS = 500;

class Process implements Vessel {
  readonly url: string;
  readonly metricsUrl: string;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private crashes = 0;
  private stopping = false;
  private held = false;

  constructor(
    readonly name: ServiceName, readonly replica: number, port: number, metricsPort: number,
    private readonly environment: Readonly<Record<string, string>>, private readonly options: Pick<FleetOptions, 'out' | 'restarts'>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isUp(): boolean {
    return !this.hasEnded;
  }

  get hasEnded(): boolean {
    return this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  start(): void {
    const began = Date.now();
    // In a process group of its own: Ctrl-C reaches us, and we stop them in their order.
    const child = spawn(process.execPath, ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', join(dirname(projectFile('package.json')), 'dist/services', this.name, 'main.js')], {
      env: { ...this.environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => this.say(line));
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => {
      resolve();
      if (this.stopping || this.held) return;
      // Who was killed has not failed by itself.
      this.crashes = signal === 'SIGKILL' || Date.now() - began > SOUND_MS ? 0 : this.crashes + 1;
      const wait = BACK_OFF_MS[Math.min(this.crashes, BACK_OFF_MS.length - 1)]!;
      this.say(`ended by itself (${signal ?? code ?? 'unknown'})${this.options.restarts === false ? '' : `; starts again in ${wait} ms`}`);
      if (this.options.restarts !== false) setTimeout(() => this.startAgain(), wait);
    }));
  }

  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  hold(): void {
    this.held = true;
    this.kill('SIGKILL');
  }

  letGo(): void {
    this.held = false;
    if (this.hasEnded) this.startAgain();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.hasEnded) return;
    const late = setTimeout(() => this.kill('SIGKILL'), STOP_WITHIN_MS);
    this.kill('SIGTERM');
    await this.exited;
    clearTimeout(late);
  }

  /** What it waits for; undefined when it is ready. */
  async waitsFor(): Promise<string | undefined> {
    if (this.hasEnded) return 'it has ended';
    try {
      const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2000) });
      const said = await answer.text();
      return answer.ok ? undefined : said;
    } catch (error) {
      return `it does not answer: ${(error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name}`;
    }
  }

  private startAgain(): void {
    if (!this.stopping && !this.held && this.hasEnded) this.start();
  }

  private say(line: string): void {
    this.options.out(`${`${this.name}.${this.replica}`.padEnd(11)} | ${line}`);
  }
}

/** The embedded server, started again when it ends by itself. */
class WatchedPostgres {
  private readonly timer: NodeJS.Timeout;
  private starting: Promise<void> | undefined;

  constructor(private server: EmbeddedPostgres, private readonly dataDir: string, private readonly out: FleetOptions['out']) {
    this.timer = setInterval(() => {
      if (!this.isRunning()) this.starting ??= this.startAgain();
    }, LOOK_AT_DATABASE_MS);
  }

  crash(as: 'immediate' | 'power-cut'): void {
    if (as === 'power-cut') this.server.crash();
    else process.kill(this.server.pid, 'SIGQUIT');
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.starting;
    await this.server.stop();
  }

  private isRunning(): boolean {
    try {
      process.kill(this.server.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs under another account
    }
  }

  private async startAgain(): Promise<void> {
    this.out('postgres    | ended by itself; starts again');
    try {
      this.server = await startEmbeddedPostgres({ dataDir: this.dataDir });
    } catch (error) {
      this.out(`postgres    | ${(error as Error).message}`);
    } finally {
      this.starting = undefined;
    }
  }
}

/** Ports that nobody listens at now. */
const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

/** The password of a database role, made once. */
const passwordFile = (config: PlatformConfig, role: string): string => {
  const path = join(config.dataDir, 'keys', 'database', role);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return path;
};

/** Every service as a process of its own on one database, with the sandbox beside them and the gateway in front: started, watched, stopped. */
export class Fleet {
  private constructor(
    private readonly processes: readonly Process[], private readonly embedded: WatchedPostgres | undefined,
    /** The owner's address of the database. */
    readonly databaseUrl: string,
  ) {}

  /** Migrates the database, then starts every process; `ready` says when they serve. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const { config, only = SERVICES } = options;
    const access = accessList();
    const { db, embedded } = await openDatabase(config);
    await grantAccess(db, access, (role) => readFileSync(passwordFile(config, role), 'utf8').trim());
    await db.close();
    const databaseUrl = databaseUrlOf(config) ?? embedded!.url;
    const places = await berths(options);
    const urlsOf = (service: ServiceName): string => places.filter((p) => p.service === service).map((p) => `http://127.0.0.1:${p.port}`).join(',');
    const sandboxUrl = urlsOf('sandbox');
    const databaseRoles = Object.entries(access).filter(([, a]) => a.tables !== undefined).map(([name]) => name);
    const pool = Math.min(10, Math.max(3, Math.floor(SESSIONS / places.filter((p) => databaseRoles.includes(p.service)).length) - 1));
    const processes = places.filter((p) => only.includes(p.service)).map(({ service, replica, port, metricsPort }) => new Process(service, replica, port, metricsPort, {
      ...toEnvironment(config), DATABASE_URL: databaseUrl, DATABASE_POOL: String(pool), HOST: service === 'gateway' ? '0.0.0.0' : '127.0.0.1', PORT: String(port), METRICS_PORT: String(metricsPort),
      SANDBOX_PORT: new URL(sandboxUrl).port, AGENCIES_URL: sandboxUrl, PUBLIC_URL: config.publicUrl ?? urlsOf('gateway'),
      ...(databaseRoles.includes(service) && { DATABASE_PASSWORD_FILE: passwordFile(config, service) }),
      ...Object.fromEntries(SERVICES.filter((s) => !ONE_EACH.includes(s)).map((s) => [`${s.toUpperCase()}_URL`, urlsOf(s)])),
      ...options.environment,
    }, options));
    for (const process of processes) process.start();
    return new Fleet(processes, embedded && new WatchedPostgres(embedded, join(config.dataDir, 'postgres'), options.out), databaseUrl);
  }

  get vessels(): readonly Vessel[] {
    return this.processes;
  }

  find(name: ServiceName, replica = 1): Vessel {
    const found = this.processes.find((p) => p.name === name && p.replica === replica);
    if (!found) throw new Error(`there is no ${name}.${replica}`);
    return found;
  }

  /** Resolves when every process is ready; throws with those that are not. */
  async ready(withinMs = 60_000): Promise<void> {
    const end = Date.now() + withinMs;
    for (;;) {
      const waits = await Promise.all(this.processes.map(async (p) => ({ p, what: await p.waitsFor() })));
      const late = waits.filter(({ what }) => what !== undefined);
      if (late.length === 0) return;
      if (Date.now() > end) throw new Error(`not ready after ${withinMs / 1000} s: ${late.map(({ p, what }) => `${p.name}.${p.replica} (${what})`).join(', ')}`);
      await sleep(100);
    }
  }

  /** The gateway first, so that nothing new comes; the agencies last, so that what is under way is answered; then the database. */
  async stop(): Promise<void> {
    const [gateway, sandbox, services] = [this.of('gateway'), this.of('sandbox'), this.processes.filter((p) => !ONE_EACH.includes(p.name))];
    for (const group of [gateway, services, sandbox]) await Promise.all(group.map((p) => p.stop()));
    await this.embedded?.stop();
  }

  /** Ends the database server at once, as `pg_ctl stop -m immediate` does (`as: 'power-cut'`: as that would), where it is ours; it is started again. */
  crashDatabase(as: 'immediate' | 'power-cut' = 'power-cut'): void {
    this.embedded?.crash(as);
  }

  private of(name: ServiceName): readonly Process[] {
    return this.processes.filter((p) => p.name === name);
  }
}

interface Berth { readonly service: ServiceName; readonly replica: number; readonly port: number; readonly metricsPort: number }

/** Where each process listens. */
const berths = async ({ config, ports = 'fixed', replicas = 1 }: FleetOptions): Promise<readonly Berth[]> => {
  const countOf = (service: ServiceName): number => (ONE_EACH.includes(service) ? 1 : typeof replicas === 'number' ? replicas : (replicas[service] ?? 1));
  const all = SERVICES.flatMap((service) => Array.from({ length: countOf(service) }, (_, i) => ({ service, replica: i + 1 })));
  if (ports === 'free') {
    const free = await freePorts(all.length * 2);
    return all.map((b, i) => ({ ...b, port: free[i]!, metricsPort: free[all.length + i]! }));
  }
  return all.map((b, i) => {
    const own = 4100 + SERVICES.indexOf(b.service) + 1 + 10 * (b.replica - 1);
    return { ...b, port: b.service === 'gateway' ? config.port : b.service === 'sandbox' ? config.sandboxPort : own, metricsPort: config.metricsPort + i };
  });
};
