import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Compose, ComposeService } from './compose.js';
import { copied } from './dockerfile.js';

interface Lock { readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }>> }

/** Lays out `folder` as the last stage of the Dockerfile lays out the image: the same files, and no package that is not for production. */
export const layOutImage = (dockerfile: string, project: string, folder: string): void => {
  const { fromProject, fromStages } = copied(dockerfile);
  for (const [source, target] of [...fromProject, ...fromStages].map(([s, t]) => [s.replace(/^\/app\//, ''), t] as const)) {
    if (source !== 'node_modules') {
      cpSync(join(project, source), join(folder, target), { recursive: true });
      continue;
    }
    const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock;
    for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
      if (dev === true || optional === true || devOptional === true || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      symlinkSync(join(project, path), join(folder, path));
    }
  }
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

export interface HereOptions {
  /** Laid out as the image. */
  readonly image: string;
  /** Where volumes are kept, and each container sees its own. */
  readonly folder: string;
  /** Where the database really is; the role stays who the container enters as. */
  readonly databaseUrl: string;
  readonly broker: string;
}

/** Ends and what was said until then. */
export interface Ended { readonly code: number | null; readonly said: string }

/** The containers of the compose file as processes of this machine: the same commands and variables, only names, ports and folders are this machine's. */
export class Here {
  private readonly running = new Map<string, { readonly child: ChildProcess; said: string }>();

  private constructor(private readonly compose: Compose, private readonly options: HereOptions, private readonly ports: ReadonlyMap<string, number>) {}

  static async of(compose: Compose, options: HereOptions): Promise<Here> {
    const ports = new Map<string, number>();
    for (const { environment = {} } of Object.values(compose.services)) for (const port of [environment['PORT'], environment['SANDBOX_PORT']]) if (port !== undefined) ports.set(port, await freePort());
    return new Here(compose, options, ports);
  }

  portOf(port: string): number {
    return this.ports.get(port)!;
  }

  /** Starts a container's command. */
  async start(name: string): Promise<void> {
    const service = this.compose.services[name]!;
    for (const volume of service.volumes ?? []) {
      const [kept, at] = volume.split(':') as [string, string];
      const [target, link] = [join(this.options.folder, 'volumes', kept), join(this.options.folder, name, at)];
      mkdirSync(target, { recursive: true });
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
    const environment = await this.environmentOf(name, service);
    const child = spawn(process.execPath, service.command!, { cwd: this.options.image, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const one = { child, said: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (one.said += chunk.toString()));
    this.running.set(name, one);
  }

  /** Asks a container's own health check. */
  async isHealthy(name: string): Promise<boolean> {
    const [, program, ...words] = this.compose.services[name]!.healthcheck!.test;
    if (program !== 'node') throw new Error(`${name} is asked by ${program ?? 'nobody'}`);
    const child = spawn(process.execPath, words.map((word) => this.here(word)), { cwd: this.options.image, env: {}, stdio: 'ignore' });
    await once(child, 'exit');
    return child.exitCode === 0;
  }

  async ended(name: string, signal?: NodeJS.Signals): Promise<Ended> {
    const { child } = this.running.get(name)!;
    if (child.exitCode === null && child.signalCode === null) {
      const end = once(child, 'exit');
      if (signal) child.kill(signal);
      await end;
    }
    return { code: child.exitCode, said: this.running.get(name)!.said };
  }

  killAll(): void {
    for (const { child } of this.running.values()) child.kill('SIGKILL');
  }

  said(): string {
    return [...this.running].map(([name, { said }]) => said.split('\n').slice(-8).map((line) => `${name} | ${line}`).join('\n')).join('\n');
  }

  private here(value: string): string {
    const names = Object.keys(this.compose.services).join('|');
    return value.replace(/^0\.0\.0\.0$/, '127.0.0.1').replaceAll('kafka:9092', this.options.broker)
      .replaceAll(new RegExp(`\\b(?:${names}|127\\.0\\.0\\.1):(\\d+)`, 'g'), (whole, port: string) => (this.ports.has(port) ? `127.0.0.1:${this.portOf(port)}` : whole));
  }

  private async environmentOf(name: string, { environment = {} }: ComposeService): Promise<Record<string, string>> {
    const entries = await Promise.all(Object.entries(environment).map(async ([variable, value]) => [variable,
      variable === 'DATABASE_URL' ? this.databaseAs(new URL(value).username) : variable === 'METRICS_PORT' ? String(await freePort()) : variable.endsWith('PORT') ? String(this.portOf(value))
      : value.startsWith('/') ? join(this.options.folder, name, value) : this.here(value)] as const));
    return { NODE_ENV: 'production', ...(Object.fromEntries(entries) as Record<string, string>), NODE_OPTIONS: '--enable-source-maps --preserve-symlinks --preserve-symlinks-main' };
  }

  private databaseAs(role: string): string {
    const url = new URL(this.options.databaseUrl);
    url.username = role;
    return url.toString();
  }
}
