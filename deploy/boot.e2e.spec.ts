import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { projectFile } from '#libs/config/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { startTestServer, type TestServer } from '#libs/testing/test-database.js';
import { Client } from '#services/all-in-one/client.js';
import { signIn } from '#services/sandbox/index.js';
import { readCode } from './truth/code.js';
import { readCompose } from './truth/compose.js';
import { Here, layOutImage } from './truth/here.js';

const project = dirname(projectFile('package.json'));
const compose = readCompose(readFileSync(projectFile('docker-compose.yml'), 'utf8'));
const { services, keyHolders } = readCode();
/** Every file below a folder and when it was written, but for what the sandbox keeps. */
/** Each with the time of its last change; what a link leads to is not looked at. */
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name !== 'sandbox-data').flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [`${path} ${statSync(path).mtimeMs}`] : [];
  });

describeOnKafka('what docker-compose.yml starts, started on this machine from the files of the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tou-compose-'));
  let server: TestServer;
  let here: Here;
  let before: readonly string[];
  beforeAll(async () => {
    layOutImage(readFileSync(projectFile('deploy/Dockerfile'), 'utf8'), project, join(folder, 'app'));
    const [started, broker] = await Promise.all([startTestServer(), startTestBroker()]);
    server = started;
    mkdirSync(join(folder, 'containers'));
    here = await Here.of(compose, { image: join(folder, 'app'), folder: join(folder, 'containers'), databaseUrl: server.url, broker: broker.brokers[0]! });
  }, 120_000);
  afterAll(async () => {
    here.killAll();
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('makes every key, migrates the database with its roles, and makes the topics', async () => {
    for (const name of ['keys', 'migrate', 'topics']) {
      await here.start(name);
      const { code, said } = await here.ended(name);
      expect([name, code, said]).toEqual([name, 0, expect.stringMatching(/has its keys|may do what|Made case-events/)]);
    }
    const volumes = join(folder, 'containers', 'volumes');
    for (const name of keyHolders) expect([name, ...readdirSync(join(volumes, `${name}-keys`))]).toEqual(expect.arrayContaining([name, 'service.json', 'database-password']));
    expect(readdirSync(join(volumes, 'public-keys')).sort()).toEqual(keyHolders.map((name) => `${name}.json`).sort());
  }, 60_000);

  it('starts every service until its own health check says that it is ready', async () => {
    before = filesOf(folder);
    expect(await here.isHealthy('gateway')).toBe(false);
    for (const name of services) await here.start(name);
    for (const name of services) {
      await eventually(() => here.isHealthy(name), { within: 90_000, every: 250 }).catch(() => {
        throw new Error(`${name} is not healthy\n${here.said()}`);
      });
    }
  }, 120_000);

  it('takes a birth at the gateway, and tells everybody until all have answered', async () => {
    const url = `http://127.0.0.1:${here.portOf('3000')}`;
    const token = await signIn({ issuer: `http://127.0.0.1:${here.portOf('3001')}/oidc`, audience: 'tell-us-once', persona: 'olivia' });
    const notification = JSON.parse(readFileSync(projectFile('samples/ontario-two-parents.json'), 'utf8')) as { birth: { date: string } };
    notification.birth.date = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
    const client = new Client(url, token);
    const reference = await client.tell(notification);
    const seen = await client.until(reference, ({ settled }) => settled, 60_000).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${here.said()}`);
    });
    const outcomes = Object.fromEntries(seen.targets.map((t) => [t.target, t.outcome]));
    expect(outcomes).toMatchObject({ 'birth-registration': 'registered', sin: 'issued' });
  }, 90_000);

  it('ends every service as a container is ended, with exit code 0, and none has written a file', async () => {
    const ends = await Promise.all(services.map(async (name) => [name, (await here.ended(name, 'SIGTERM')).code]));
    expect(ends).toEqual(services.map((name) => [name, 0]));
    // All of it is mounted read-only but the folder shared with jurisdictions.
    expect(filesOf(folder).filter((file) => !file.includes('/volumes/exchange/'))).toEqual(before.filter((file) => !file.includes('/volumes/exchange/')));
  }, 60_000);
});
