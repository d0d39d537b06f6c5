import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessList, projectFile } from '#libs/config/index.js';
import { Database, grantAccess } from '#libs/persistence/index.js';
import { eventuallyHolds } from '#libs/testing/eventually.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from '../platform.js';

describe('a service on a database that nobody has migrated', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tou-unmigrated-'));
  let database: TestDatabase;
  let child: ChildProcess;
  let url: string;
  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  };
  beforeAll(async () => {
    database = await openTestDatabase();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    child = spawn(process.execPath, [join(dirname(projectFile('package.json')), 'dist/services/status/main.js')], {
      env: { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: String(port), HOST: '127.0.0.1', METRICS_PORT: '0', LOG_LEVEL: 'silent' }, stdio: ['ignore', 'ignore', 'inherit'],
    });
    await eventuallyHolds(async () => expect((await fetch(`${url}/health/live`)).status).toBe(200), { within: 10_000 });
  }, 60_000);
  afterAll(async () => {
    child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const ready = async (): Promise<unknown[]> => {
    const response = await fetch(`${url}/health/ready`);
    return [response.status, await response.json()];
  };
  const schemas = async (): Promise<number> => (await database.db.rows<{ n: number }>(`select count(*)::int n from pg_namespace where nspname in ('log', 'clock', 'intake', 'consent', 'status')`))[0]!.n;

  it('lives and is not ready, says what it waits for, and makes nothing there', async () => {
    await eventuallyHolds(async () => expect(await ready()).toEqual([503, { status: 'not-ready', failing: { start: 'the database does not answer to this service' } }]));
    const refused = await fetch(`${url}/v1/cases`);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'service.unavailable']);
    await database.db.rows('create role status login');
    await database.db.rows('grant select on public.migrations to status');
    await eventuallyHolds(async () => expect(await ready()).toEqual([503, { status: 'not-ready', failing: { start: 'npm run migrate has not been run on this database' } }]));
    expect(await schemas()).toBe(0);
  }, 30_000);

  it('is ready as soon as somebody has, without a restart', async () => {
    const { pid } = child;
    const owner = await Database.open({ url: database.url, migrations, poolSize: 2 });
    await owner.migrate();
    await grantAccess(owner, accessList());
    await owner.close();
    await eventuallyHolds(async () => expect(await ready()).toEqual([200, { status: 'ready' }]), { within: 10_000 });
    expect((await fetch(`${url}/v1/cases`)).status).toBe(401);
    expect([child.pid, child.exitCode]).toEqual([pid, null]);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  }, 30_000);
});
