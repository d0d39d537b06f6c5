import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { left, type Container, type Deployment } from './container.js';

export interface ComposeService {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  command?: string[];
  restart?: string;
  environment?: Record<string, string>;
  ports?: string[];
  networks?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}
export interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
}

const WHERE = 'docker-compose.yml';

/** Reads docker-compose.yml, its merged keys and the defaults of its `${VARIABLE:-default}`. */
export const readCompose = (text: string): Compose =>
  load(text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Compose;

const containerOf = (name: string, service: ComposeService): Container => {
  const { image, user = 'root', command = [], environment = {}, ports = [], volumes = [], healthcheck } = service;
  const runs = image.startsWith('tell-us-once:') ? command[0] : undefined;
  const once = service.restart === 'on-failure';
  const healthUrl = healthcheck?.test.find((word) => word.startsWith('http://127.0.0.1:') && word.endsWith('/health/ready'));
  return {
    where: WHERE, name, image, runs, once, environment,
    port: ports[0] === undefined ? undefined : Number(ports[0].split(':').at(-1)),
    healthPort: healthUrl === undefined ? undefined : Number(new URL(healthUrl).port),
    unhardened: left({
      'runs as root': /^[1-9]\d*:[1-9]\d*$/.test(user), 'may write its own files': service.read_only === true, 'keeps capabilities': service.cap_drop?.includes('ALL') === true,
      'may gain privileges': service.security_opt?.includes('no-new-privileges:true') === true, 'has no health check': once || healthcheck !== undefined,
      'is published beyond this machine': ports.every((p) => p.startsWith('127.0.0.1:')),
    }),
    keys: volumes.map((v) => v.split(':')[0]!).filter((v) => v.endsWith('-keys') && v !== 'public-keys').map((v) => v.slice(0, -'-keys'.length)),
  };
};

export const composeDeployment = ({ services, networks, volumes }: Compose): Deployment => {
  const of = (name: string): readonly string[] => services[name]?.networks ?? [];
  const [usedNetworks, usedVolumes] = [Object.keys(services).flatMap(of), Object.values(services).flatMap((s) => (s.volumes ?? []).map((v) => v.split(':')[0]!))];
  const waits = (name: string, on: string, condition: string): boolean => services[name]?.depends_on?.[on]?.condition === condition;
  const inOrder: readonly (readonly [string, string, string])[] = [
    ['postgres', 'keys', 'service_completed_successfully'], ['migrate', 'postgres', 'service_healthy'], ['topics', 'kafka', 'service_healthy'],
    ...([['data', 'migrate'], ['log', 'topics']] as const).flatMap(([network, on]) =>
      Object.keys(services).filter((name) => of(name).includes(network) && services[name]!.command?.[0]?.startsWith('dist/services/') === true)
        .map((name) => [name, on, 'service_completed_successfully'] as const)),
  ];
  const own = [
    ...Object.keys(networks).filter((n) => !usedNetworks.includes(n)).map((n) => `the network ${n} is nobody’s`),
    ...usedNetworks.filter((n) => !(n in networks)).map((n) => `there is no network ${n}`),
    ...Object.keys(volumes).filter((v) => !usedVolumes.includes(v)).map((v) => `the volume ${v} is nobody’s`),
    ...usedVolumes.filter((v) => !(v in volumes)).map((v) => `there is no volume ${v}`),
    ...Object.entries(networks).filter(([n, { internal }]) => internal !== true && Object.values(services).some((s) => s.networks?.includes(n) === true && s.ports === undefined))
      .map(([n]) => `the network ${n} leads outside, and one on it has nothing to publish`),
    ...inOrder.filter(([name, on, condition]) => !waits(name, on, condition)).map(([name, on]) => `${name} does not wait for ${on}`),
    ...(services['kafka']?.environment?.['KAFKA_AUTO_CREATE_TOPICS_ENABLE'] === 'false' ? [] : ['the broker makes topics on its own']),
  ];
  return {
    where: WHERE, containers: Object.entries(services).map(([name, service]) => containerOf(name, service)), bothWays: true,
    reaches: (from, to) => of(from).some((n) => of(to).includes(n)), own: own.map((text) => `${WHERE}: ${text}`),
  };
};
