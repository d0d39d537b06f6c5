import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { declaredTopics } from '#libs/event-log/index.js';
import { readCode } from './truth/code.js';
import { composeDeployment, readCompose, type Compose } from './truth/compose.js';
import { imageFindings, type Image } from './truth/dockerfile.js';
import { deploymentFindings, topicFindings } from './truth/findings.js';
import { kubernetesDeployment, readKubernetes, type Manifest, type PodContainer } from './truth/kubernetes.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const code = readCode();
/** Without what anchors and patches share: a change is made in one place. */
const apart = <T>(document: T): T => JSON.parse(JSON.stringify(document)) as T;
const compose = (): Compose => apart(readCompose(read('docker-compose.yml')));
const kubernetes = (): Manifest[] => apart([...readKubernetes((file) => read(`deploy/kubernetes/${file}`))]);
const image = (): Image => ({ dockerfile: read('deploy/Dockerfile'), ignore: read('.dockerignore') });
const kubernetesReadme = read('deploy/kubernetes/README.md');

/** A change to a document and what is then said; nothing else may be said. */
type Mistake<D> = readonly [title: string, make: (document: D) => void, said: readonly string[]];

describe('docker-compose.yml', () => {
  it('says what the code says', () => {
    expect(deploymentFindings(composeDeployment(compose()), code)).toEqual([]);
  });

  const env = (c: Compose, name: string): Record<string, string> => c.services[name]!.environment!;
  const mistakes: readonly Mistake<Compose>[] = [
    ['a service is left out', (c) => { delete c.services['status']; delete c.services['gateway']!.depends_on!['status']; delete c.volumes['status-keys']; c.services['keys']!.volumes = c.services['keys']!.volumes!.filter((v) => !v.startsWith('status')); },
      ['status has no container', 'keys has not the keys of status', 'nobody enters the database as status', 'gateway does not reach status']],
    ['a container is no service', (c) => { c.services['letters'] = { ...apart(c.services['gateway']!), command: ['dist/services/letters/main.js'] }; },
      ['letters is no service', 'letters runs dist/services/letters/main.js, and nothing is built to it', 'letters listens at', 'letters is reached at', 'letters is asked for its health at', 'letters reaches']],
    ['nobody makes the topics', (c) => { delete c.services['topics']; for (const s of Object.values(c.services)) delete s.depends_on?.['topics']; }, ['nobody runs dist/scripts/topics.js', 'does not wait for topics', 'topics does not wait for kafka']],
    ['a service runs another', (c) => { c.services['consent']!.command = ['dist/services/intake/main.js']; }, ['consent runs dist/services/intake/main.js']],
    ['a command is not built', (c) => { c.services['migrate']!.command = ['dist/scripts/migration.js']; }, ['nobody runs dist/scripts/migrate.js', 'migrate runs dist/scripts/migration.js, and nothing is built to it']],
    ['a port is another', (c) => { env(c, 'intake')['PORT'] = '4107'; }, ['intake listens at 4107, and the code says 4101']],
    ['health is asked elsewhere', (c) => { c.services['intake']!.healthcheck!.test[3] = 'http://127.0.0.1:4102/health/ready'; }, ['intake is asked for its health at 4102, and listens at 4101']],
    ['a port is published for another', (c) => { c.services['sandbox']!.ports = ['127.0.0.1:3001:3002']; }, ['sandbox is reached at 3002, and listens at 3001']],
    ['a port is published to everybody', (c) => { c.services['gateway']!.ports = ['3000:3000']; }, ['gateway is published beyond this machine']],
    ['metrics are elsewhere', (c) => { env(c, 'status')['METRICS_PORT'] = '9000'; }, ['status shows its metrics at 9000, and the code says 9464']],
    ['a variable is not read', (c) => { env(c, 'status')['DATABASE_PASSWORD'] = 'x'; }, ['status is given DATABASE_PASSWORD, which it does not read']],
    ['a variable of another process', (c) => { env(c, 'sandbox')['INTAKE_URL'] = 'http://intake:4101'; }, ['sandbox is given INTAKE_URL, which it does not read']],
    ['a needed variable is missing', (c) => { delete env(c, 'adapters')['PUBLIC_URL']; }, ['adapters is not given PUBLIC_URL']],
    ['a neighbour’s address is missing', (c) => { delete env(c, 'bundling')['ADAPTERS_URL']; }, ['bundling is not given ADAPTERS_URL']],
    ['a value breaks its rule', (c) => { env(c, 'consent')['DATABASE_POOL'] = '1'; }, ['consent: DATABASE_POOL must not be less than 3']],
    ['a test’s switch is on', (c) => { env(c, 'consent')['CLOCK'] = 'movable'; }, ['consent: CLOCK must be the system clock']],
    ['a neighbour is looked for at a wrong port', (c) => { env(c, 'identity')['CONSENT_URL'] = 'http://consent:4101'; }, ['identity: CONSENT_URL says consent:4101, and consent listens at 4103']],
    ['a neighbour is not there', (c) => { env(c, 'identity')['CONSENT_URL'] = 'http://vault:4103'; }, ['identity: CONSENT_URL says vault:4103, and there is no such container']],
    ['a neighbour is on the machine’s own loopback', (c) => { env(c, 'topics')['KAFKA_BROKERS'] = '127.0.0.1:9092'; }, ['topics: KAFKA_BROKERS says 127.0.0.1:9092, and there is no such container']],
    ['tokens are of another issuer', (c) => { env(c, 'status')['ISSUER_URL'] = 'http://sandbox:3001/oidc'; }, ['status: ISSUER_URL is not the sandbox’s own']],
    ['a service enters in another’s role', (c) => { env(c, 'status')['DATABASE_URL'] = 'postgres://consent@postgres:5432/tell_us_once'; }, ['status enters the database as consent', 'nobody enters the database as status']],
    ['a role is not in the list', (c) => { env(c, 'status')['DATABASE_URL'] = 'postgres://owner@postgres:5432/tell_us_once'; }, ['status enters the database as owner', 'nobody enters the database as status', 'the database has no role owner']],
    ['a service sees another’s keys', (c) => { c.services['status']!.volumes!.push('consent-keys:/secrets/other:ro'); }, ['status sees the keys of consent']],
    ['keys are not made', (c) => { c.services['keys']!.volumes = c.services['keys']!.volumes!.filter((v) => !v.startsWith('consent')); }, ['keys has not the keys of consent']],
    ['an image floats', (c) => { c.services['kafka']!.image = 'apache/kafka:latest'; }, ['kafka runs apache/kafka:latest, which is no version']],
    ['the product is another version', (c) => { c.services['intake']!.image = 'tell-us-once:0.0.9'; }, ['intake runs tell-us-once:0.0.9, which is no version']],
    ['a container is root', (c) => { delete c.services['postgres']!.user; }, ['postgres runs as root']],
    ['a container writes', (c) => { c.services['kafka']!.read_only = false; }, ['kafka may write its own files']],
    ['a container keeps capabilities', (c) => { c.services['intake']!.cap_drop = []; }, ['intake keeps capabilities']],
    ['a container may gain privileges', (c) => { delete c.services['migrate']!.security_opt; }, ['migrate may gain privileges']],
    ['health is not looked at', (c) => { delete c.services['postgres']!.healthcheck; }, ['postgres has no health check']],
    ['a network is missing', (c) => { c.services['status']!.networks!.pop(); }, ['status does not reach sandbox']],
    ['the gateway is beside the database', (c) => { c.services['gateway']!.networks!.push('data'); }, ['gateway reaches postgres, and has no business there', 'gateway does not wait for migrate']],
    ['one who does not read is beside the broker', (c) => { c.services['intake']!.networks!.push('log'); }, ['intake reaches kafka, and has no business there', 'intake does not wait for topics']],
    ['a reader is away from the broker', (c) => { c.services['adapters']!.networks!.pop(); }, ['adapters does not reach kafka']],
    ['a network leads outside', (c) => { c.networks['data'] = {}; }, ['the network data leads outside']],
    ['a network is unknown', (c) => { delete c.networks['agencies']; }, ['there is no network agencies']],
    ['a volume is nobody’s', (c) => { c.volumes['scratch'] = {}; }, ['the volume scratch is nobody’s']],
    ['a service does not wait for the migrations', (c) => { delete c.services['intake']!.depends_on!['migrate']; }, ['intake does not wait for migrate']],
    ['the database is migrated before it is there', (c) => { c.services['migrate']!.depends_on!['postgres']!.condition = 'service_started'; }, ['migrate does not wait for postgres']],
    ['the broker makes topics', (c) => { delete c.services['kafka']!.environment!['KAFKA_AUTO_CREATE_TOPICS_ENABLE']; }, ['the broker makes topics on its own']],
  ];
  it.each(mistakes)('is found out when %s', (_, make, said) => {
    const changed = compose();
    make(changed);
    const found = deploymentFindings(composeDeployment(changed), code);
    for (const sentence of said) expect(found).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
    expect(found.filter((f) => !said.some((sentence) => f.includes(sentence)))).toEqual([]);
  });

  it('is found out when the code has a service, a role, a question or a topic more', () => {
    const deployment = composeDeployment(compose());
    expect(deploymentFindings(deployment, { ...code, services: [...code.services, 'letters' as never] })).toEqual(['docker-compose.yml: letters has no container']);
    expect(deploymentFindings(deployment, { ...code, roles: [...code.roles, 'letters'] })).toEqual(['docker-compose.yml: nobody enters the database as letters']);
    expect(deploymentFindings(deployment, { ...code, needs: (s) => [...code.needs(s), ...(s === 'status' ? ['CONSENT_URL'] : [])] })).toEqual(['docker-compose.yml: status is not given CONSENT_URL']);
    expect(deploymentFindings(deployment, { ...code, arrows: new Set([...code.arrows, 'sandbox→postgres']) })).toEqual(['docker-compose.yml: sandbox does not reach postgres']);
    expect(topicFindings(declaredTopics().map((t) => t.name), code)).toEqual([]);
    expect(topicFindings(['case-events', 'old-events'], { ...code, topics: ['case-events', 'letters'] })).toEqual(['deploy/topics.yml: letters is missing', 'deploy/topics.yml: nobody uses old-events']);
  });
});

describe('deploy/kubernetes', () => {
  it('says what the code says, and every file of it is used', () => {
    expect(deploymentFindings(kubernetesDeployment(kubernetes()), code)).toEqual([]);
    const kustomization = read('deploy/kubernetes/kustomization.yaml');
    const files = readdirSync(join(root, 'deploy/kubernetes'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml');
    expect(files.filter((f) => !kustomization.includes(` ${f}\n`))).toEqual([]);
  });

  const find = (m: readonly Manifest[], kind: string, name: string): Manifest => m.find((one) => one.kind === kind && one.metadata.name === name)!;
  const served = (m: readonly Manifest[], name: string): PodContainer => find(m, 'Deployment', name).spec.template!.spec.containers.find((c) => c.name === 'service')!;
  const pod = (m: readonly Manifest[], name: string) => find(m, 'Deployment', name).spec.template!.spec;
  const mistakes: readonly Mistake<Manifest[]>[] = [
    ['a service is left out', (m) => { m.splice(m.indexOf(find(m, 'Deployment', 'identity')), 1); }, ['identity has no container', 'nobody enters the database as identity', 'gateway does not reach identity']],
    ['a port is another', (m) => { served(m, 'intake').env![0]!.value = '4107'; }, ['intake listens at 4107, and the code says 4101']],
    ['a Service leads to another port', (m) => { find(m, 'Service', 'intake').spec.ports![0]!.port = 80; }, ['intake is reached at 80, and listens at 4101']],
    ['a Service leads to another', (m) => { find(m, 'Service', 'intake').spec.selector!['app'] = 'status'; }, ['no Service leads to intake']],
    ['a variable is not read', (m) => { served(m, 'sandbox').env!.push({ name: 'PORT', value: 'x' }, { name: 'INTAKE_URL', value: 'http://intake:4101' }); }, ['sandbox: PORT', 'sandbox is given INTAKE_URL, which it does not read']],
    ['a shared setting is not read', (m) => { find(m, 'ConfigMap', 'settings').data!['KAFKA_BROKER'] = 'kafka:9092'; }, ['is given KAFKA_BROKER, which it does not read']],
    ['a needed variable is missing', (m) => { delete find(m, 'ConfigMap', 'settings').data!['PUBLIC_URL']; }, ['adapters is not given PUBLIC_URL']],
    ['a service has another’s keys', (m) => { pod(m, 'status').volumes!.find((v) => v.secret)!.secret!.secretName = 'consent-keys'; }, ['status has not the keys of status', 'status sees the keys of consent']],
    ['a pod is root', (m) => { pod(m, 'status').securityContext!.runAsNonRoot = false; }, ['status runs as root', 'keys runs as root']],
    ['a pod writes', (m) => { served(m, 'status').securityContext!.readOnlyRootFilesystem = false; }, ['status may write its own files']],
    ['a pod keeps capabilities', (m) => { delete served(m, 'status').securityContext!.capabilities; }, ['status keeps capabilities']],
    ['a pod may gain privileges', (m) => { served(m, 'status').securityContext!.allowPrivilegeEscalation = true; }, ['status may gain privileges']],
    ['the cluster names services in variables', (m) => { pod(m, 'sandbox').enableServiceLinks = true; }, ['sandbox is given variables of the cluster']],
    ['a pod may speak to the cluster', (m) => { delete pod(m, 'sandbox').automountServiceAccountToken; }, ['sandbox is given a token of the cluster']],
    ['health is not looked at', (m) => { delete served(m, 'gateway').readinessProbe; }, ['gateway has no health check']],
    ['a pod does not say what it needs', (m) => { delete served(m, 'gateway').resources; }, ['gateway says nothing of its needs']],
    ['all replicas may go at once', (m) => { m.splice(m.indexOf(find(m, 'PodDisruptionBudget', 'intake')), 1); }, ['intake may be taken away whole']],
    ['an image floats', (m) => { served(m, 'intake').image = 'tell-us-once:latest'; }, ['intake runs tell-us-once:latest, which is no version']],
    ['one who may ask is kept out', (m) => { find(m, 'NetworkPolicy', 'into-consent').spec.ingress![0]!.from!.pop(); }, ['adapters does not reach consent']],
    ['one who may not ask is let in', (m) => { find(m, 'NetworkPolicy', 'into-consent').spec.ingress![0]!.from!.push({ podSelector: { matchLabels: { app: 'status' } } }); }, ['status reaches consent, and has no business there']],
    ['the sandbox may reach the doors', (m) => { delete find(m, 'NetworkPolicy', 'into-consent').spec.ingress![0]!.from![0]!.podSelector!.matchLabels; find(m, 'NetworkPolicy', 'out-of-sandbox').spec.egress![0]!.to!.push({ podSelector: {} }); },
      ['sandbox reaches consent', 'status reaches consent']],
    ['nobody is kept from anybody', (m) => { m.splice(m.indexOf(find(m, 'NetworkPolicy', 'nobody')), 1); }, ['everybody reaches everybody']],
    ['one who does not read may reach the broker', (m) => { find(m, 'Deployment', 'intake').spec.template!.metadata.labels['reads'] = 'log'; }, ['intake reaches kafka, and has no business there']],
    ['the database is out of reach', (m) => { find(m, 'NetworkPolicy', 'out-of-migrate').spec.egress![0]!.ports!.shift(); }, ['migrate does not reach postgres']],
    ['a secret is written down', (m) => { m.push({ kind: 'Secret', metadata: { name: 'intake-keys' }, spec: {} }); }, ['a secret stands in a document']],
  ];
  it.each(mistakes)('is found out when %s', (_, make, said) => {
    const changed = kubernetes();
    make(changed);
    const found = deploymentFindings(kubernetesDeployment(changed), code);
    for (const sentence of said) expect(found).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
    expect(found.filter((f) => !said.some((sentence) => f.includes(sentence)))).toEqual([]);
  });
});

describe('deploy/Dockerfile', () => {
  it('holds what the built code reads, pins what it stands on, and does not run as root', () => {
    expect(imageFindings(image(), code, kubernetesReadme)).toEqual([]);
    expect(code.readsFiles).toEqual(['contracts/openapi.json', 'deploy/access.yml', 'deploy/topics.yml', 'package.json']);
  });

  const mistakes: readonly (readonly [string, (i: Image) => Image, string])[] = [
    ['its base floats', (i) => ({ ...i, dockerfile: i.dockerfile.replace(/node:\S+/, 'node:slim') }), 'node:slim is no version'],
    ['its Node is another than the one that was tested', (i) => ({ ...i, dockerfile: i.dockerfile.replace(/node:[\d.]+/, 'node:20.20.2') }), `node:20.20.2-bookworm-slim is not the Node of package.json, ${code.node}`],
    ['a file that is read is left out', (i) => ({ ...i, dockerfile: i.dockerfile.replace('COPY deploy/access.yml deploy/access.yml\n', '') }), 'deploy/access.yml is read and not in the image'],
    ['it holds what nobody reads', (i) => ({ ...i, dockerfile: i.dockerfile.replace('COPY package.json package.json', 'COPY package.json package.json\nCOPY scripts/broker scripts/broker') }), 'scripts/broker is in the image and nobody reads it'],
    ['.dockerignore keeps out what it copies', (i) => ({ ...i, ignore: i.ignore.replace('!deploy/topics.yml\n', '') }), '.dockerignore keeps deploy/topics.yml out'],
    ['it runs as root', (i) => ({ ...i, dockerfile: i.dockerfile.replace(/^USER .*$/m, '') }), 'the image runs as root'],
    ['nobody looks after its health', (i) => ({ ...i, dockerfile: i.dockerfile.replace(/^HEALTHCHECK .*$/m, '') }), 'the image has no health check'],
    ['a service has no folder for its keys', (i) => ({ ...i, dockerfile: i.dockerfile.replace(' status; do', '; do') }), 'the folders of keys are not those of the services that have keys'],
  ];
  it.each(mistakes)('is found out when %s', (_, make, said) => {
    const changed = make(image());
    expect(changed).not.toEqual(image());
    expect(imageFindings(changed, code, kubernetesReadme)).toEqual([`deploy/Dockerfile: ${said}`]);
  });
});
