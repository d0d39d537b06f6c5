import { ConfigError, describeConfig, readConfig } from '#libs/config/index.js';
import type { Code } from './code.js';
import { FOREIGN, type Container, type Deployment } from './container.js';

const difference = (wanted: readonly string[], there: readonly string[]): { missing: readonly string[]; strange: readonly string[] } =>
  ({ missing: wanted.filter((w) => !there.includes(w)), strange: there.filter((t) => !wanted.includes(t)) });

const isServiceFile = (container: Container): boolean => container.runs?.startsWith('dist/services/') === true;

const environmentFindings = ({ name, runs, environment }: Container, code: Code): readonly string[] => {
  if (runs === undefined) return [];
  if (!code.hasSource(runs)) return [`${name} runs ${runs}, and nothing is built to it`];
  const config = code.configOf(runs);
  if (!config) return [`${name} runs ${runs}, and it is not known what that reads`];
  const known = describeConfig(config).map((v) => v.name);
  const given = Object.keys(environment);
  const faults: string[] = [];
  try {
    readConfig(config, { NODE_ENV: 'production', ...environment });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults.map((fault) => `${name}: ${fault}`));
  }
  return [
    ...faults, ...given.filter((v) => !known.includes(v)).map((v) => `${name} is given ${v}, which it does not read`),
    ...(runs === 'dist/scripts/migrate.js' ? ['DATABASE_URL', 'DATABASE_PASSWORD_FILE', 'DATABASE_PASSWORDS_DIR'] : isServiceFile({ runs } as Container) ? code.needs(name) : [])
      .filter((v) => !given.includes(v)).map((v) => `${name} is not given ${v}`),
  ];
};

/** Host and port of everything an environment points at; what is on loopback is for people, not for containers. */
const addressesIn = (environment: Readonly<Record<string, string>>): readonly (readonly [string, string, number])[] =>
  Object.entries(environment).flatMap(([variable, value]) => value.split(',').flatMap((part) => {
    const [, host, port] = /^(?:\w+:\/\/)?(?:\w+@)?([a-z][\w.-]*|127\.0\.0\.1):(\d+)(?:\/|$)/.exec(part) ?? [];
    return host === undefined ? [] : [[variable, host, Number(port)] as const];
  }));

const addressFindings = (container: Container, { containers, reaches }: Deployment, code: Code): readonly string[] => {
  const { name, environment, runs } = container;
  if (runs === undefined) return [];
  const issuer = environment['ISSUER_URL'];
  const signIn = containers.find((c) => c.name === 'sandbox')?.environment['SANDBOX_PUBLIC_URL'];
  return [
    ...addressesIn(environment).flatMap(([variable, host, port]) => {
      if (variable === 'ISSUER_URL' || variable === 'SANDBOX_PUBLIC_URL') return [];
      const listens = FOREIGN[host] ?? code.ports[host];
      const isUsed = isServiceFile(container) ? code.needs(name).includes(variable) : true;
      // Agencies bring their later answers there; the adapters themselves never knock.
      const from = variable === 'PUBLIC_URL' ? 'sandbox' : name;
      return [
        ...(listens === port ? [] : [`${name}: ${variable} says ${host}:${port}, and ${listens === undefined ? 'there is no such container' : `${host} listens at ${listens}`}`]),
        ...(isUsed && listens !== undefined && !reaches(from, host) ? [`${from} does not reach ${host}`] : []),
      ];
    }),
    ...(issuer !== undefined && issuer !== `${signIn ?? ''}/oidc` ? [`${name}: ISSUER_URL is not the sandbox’s own`] : []),
  ];
};

const portFindings = ({ name, port, healthPort, environment }: Container, code: Code): readonly string[] => {
  const wanted = code.ports[name];
  const listens = Number(environment[name === 'sandbox' ? 'SANDBOX_PORT' : 'PORT']);
  const metrics = environment['METRICS_PORT'];
  return [
    ...(listens === wanted ? [] : [`${name} listens at ${listens}, and the code says ${wanted ?? 'nothing'}`]),
    ...(port === undefined || port === wanted ? [] : [`${name} is reached at ${port}, and listens at ${wanted ?? 'nothing'}`]),
    ...(healthPort === wanted ? [] : [`${name} is asked for its health at ${healthPort ?? 'no port'}, and listens at ${wanted ?? 'nothing'}`]),
    ...(metrics === undefined || Number(metrics) === code.metricsPort ? [] : [`${name} shows its metrics at ${metrics}, and the code says ${code.metricsPort}`]),
  ];
};

const imageFinding = ({ name, image, runs }: Container, version: string): readonly string[] =>
  (image.startsWith('tell-us-once:') ? image === `tell-us-once:${version}` : /:\d+\.\d+/.test(image) && runs === undefined) ? [] : [`${name} runs ${image}, which is no version`];

const keyFindings = ({ name, keys, once, runs }: Container, code: Code): readonly string[] => {
  const wanted = runs === 'dist/scripts/service-keys.js' ? code.keyHolders : once ? [] : code.keyHolders.filter((holder) => holder === name);
  const { missing, strange } = difference(wanted, keys);
  return [...missing.map((k) => `${name} has not the keys of ${k}`), ...strange.map((k) => `${name} sees the keys of ${k}`)];
};

const roleFindings = (serving: readonly Container[], code: Code): readonly string[] => {
  const enters = serving.flatMap((c) => (c.environment['DATABASE_URL'] === undefined ? [] : [[c.name, new URL(c.environment['DATABASE_URL']).username] as const]));
  const { missing, strange } = difference(code.roles, enters.map(([, role]) => role));
  return [
    ...enters.filter(([name, role]) => name !== role).map(([name, role]) => `${name} enters the database as ${role}`),
    ...missing.map((r) => `nobody enters the database as ${r}`), ...strange.map((r) => `the database has no role ${r}`),
  ];
};

const arrowFindings = ({ containers, reaches, bothWays }: Deployment, code: Code): readonly string[] => {
  const names = [...new Set([...containers.filter((c) => c.runs !== undefined && c.name !== 'keys').map((c) => c.name), ...Object.keys(FOREIGN)])];
  const isDoor = (name: string): boolean => code.roles.includes(name) || code.keyHolders.includes(name);
  return names.flatMap((from) => names.filter((to) => to !== from).flatMap((to) => {
    const may = code.arrows.has(`${from}→${to}`);
    if (may) return reaches(from, to) ? [] : [`${from} does not reach ${to}`];
    if (from in FOREIGN || code.ports[to] === undefined && !(to in FOREIGN) || ['migrate', 'topics'].includes(from)) return [];
    const alsoMay = bothWays && (code.arrows.has(`${to}→${from}`) || (isDoor(from) && isDoor(to)));
    return reaches(from, to) && !alsoMay ? [`${from} reaches ${to}, and has no business there`] : [];
  }));
};

/** What in a deployment is not what the code says, a sentence each; empty when it is true. */
export const deploymentFindings = (deployment: Deployment, code: Code): readonly string[] => {
  const { containers, where, own } = deployment;
  const serving = containers.filter((c) => !c.once && c.runs !== undefined);
  const { missing, strange } = difference(code.services, serving.map((c) => c.name));
  const found = [
    ...missing.map((s) => `${s} has no container`), ...strange.map((s) => `${s} is no service`),
    ...['dist/scripts/migrate.js', 'dist/scripts/topics.js'].filter((file) => !containers.some((c) => c.once && c.runs === file)).map((file) => `nobody runs ${file}`),
    ...serving.filter((c) => c.runs !== `dist/services/${c.name}/main.js`).map((c) => `${c.name} runs ${c.runs ?? 'nothing'}`),
    ...containers.flatMap((c) => [...c.unhardened.map((fault) => `${c.name} ${fault}`), ...imageFinding(c, code.version), ...environmentFindings(c, code), ...addressFindings(c, deployment, code), ...keyFindings(c, code)]),
    ...serving.flatMap((c) => portFindings(c, code)), ...roleFindings(serving, code), ...arrowFindings(deployment, code),
  ];
  return [...new Set([...found.map((text) => `${where}: ${text}`), ...own])];
};

export const topicFindings = (declared: readonly string[], code: Code): readonly string[] => {
  const { missing, strange } = difference(code.topics, declared);
  return [...missing.map((t) => `deploy/topics.yml: ${t} is missing`), ...strange.map((t) => `deploy/topics.yml: nobody uses ${t}`)];
};
