import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vault } from '#contracts/apis/vault.js';
import { CaseAmendedV1, CaseOpenedV1 } from '#contracts/events/index.js';
import { vaultDoor } from '#libs/doors/index.js';
import { logMigrations, Outbox, PostgresLogTable } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { KeyFolder, openDoor, type OpenedDoor } from '#libs/testing/open-door.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { KeyRing } from './keys/key-ring.js';
import { AgreementStore } from './store/agreement-store.js';
import { CaseFileStore } from './store/case-file-store.js';
import { consentMigrations } from './store/migrations.js';
import { aBirth } from './testing/a-birth.js';
import { aDeposit, aRelease, sinAgreement, vaultConformance, type VaultUnderTest } from './vault.conformance.js';
import { VaultInProcess } from './vault-in-process.js';

let folder: string;
let keys: KeyFolder;
let database: TestDatabase;
const opened: OpenedDoor<Vault>[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tou-vault-'));
  keys = new KeyFolder();
  database = await openTestDatabase([...logMigrations, ...consentMigrations]);
}, 60_000);
afterAll(async () => {
  await Promise.all(opened.map((door) => door.close()));
  keys.remove();
  rmSync(folder, { recursive: true, force: true });
});

const clock = new SystemClock();
/** The vault as it lives in one process with others, or in one of its own. */
const vaultOf = (apart: boolean): { unitOfWork: UnitOfWork; vault: VaultInProcess } => {
  const unitOfWork = new UnitOfWork(database.db, clock, new Outbox(), apart ? { ownLock: 'consent' } : {});
  const files = new CaseFileStore(new KeyRing(join(folder, 'kek.json')), apart ? new PostgresLogTable() : undefined);
  return { unitOfWork, vault: new VaultInProcess(unitOfWork, files, new AgreementStore()) };
};
const overHttp = async (): Promise<OpenedDoor<Vault>> => {
  const door = await openDoor(vaultDoor, vaultOf(true).vault, { keys, asker: 'intake' });
  opened.push(door);
  return door;
};
const underTest = (vault: Vault, unitOfWork: UnitOfWork): VaultUnderTest => ({
  vault,
  opened: (caseId) => unitOfWork.join([caseId], async (unit) => void unit.append(CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] }))),
  events: async (caseId) => (await database.db.rows<{ type: string }>('select type from log.event where case_id = $1 order by seq', [caseId])).map((r) => r.type),
});

vaultConformance('in the caller’s own process', async () => {
  const { vault, unitOfWork } = vaultOf(false);
  return underTest(vault, unitOfWork);
});
vaultConformance('over HTTP', async () => underTest((await overHttp()).client, vaultOf(false).unitOfWork));

describe('a vault that is asked over HTTP', () => {
  let door: OpenedDoor<Vault>;
  /** Another service's unit of work, on the same log. */
  let caller: UnitOfWork;
  const servers: Server[] = [];
  beforeAll(async () => {
    door = await overHttp();
    caller = vaultOf(false).unitOfWork;
    await door.client.registerAgreements([sinAgreement]);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const states = (caseId: string, version: number) => caller.join([caseId], async (unit) =>
    void unit.append(version === 1 ? CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] }) : CaseAmendedV1(caseId, { version, reason: 'typographical', targets: [] })));
  const place = async (caseId: string): Promise<string | undefined> => (await door.client.planningFacts([caseId])).get(caseId)?.placeOfEvent;
  const count = async (table: string, caseId: string): Promise<number> => Number((await database.db.rows<{ n: string }>(`select count(*) n from consent.${table} where case_id = $1`, [caseId]))[0]!.n);
  const born = (jurisdiction: 'ca-on' | 'ca-bc' | 'ca-ab') => aBirth({ birth: { ...aBirth().birth, jurisdiction } });

  /** A way to the door that hears the answer and hangs up instead of passing it on, so many times. */
  const losing = async (times: number): Promise<Vault> => {
    const { port } = new URL(door.url);
    let left = times;
    const server = createServer((incoming, response) => {
      const upstream = httpRequest({ port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
        if (left-- > 0) {
          answer.resume();
          answer.on('end', () => incoming.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(upstream);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return door.asking('intake', { addressesOf: () => [`http://127.0.0.1:${(server.address() as AddressInfo).port}`], retryForMs: 5000 });
  };

  it('says that what it keeps is kept at once', () => {
    expect(door.client.commitsFirst).toBe(true);
    expect(vaultOf(false).vault.commitsFirst).toBe(false);
  });

  it('keeps a deposit once whose first answers were lost', async () => {
    const item = aDeposit();
    await (await losing(2)).deposit([item]);
    expect([await count('declaration', item.caseId), await count('act', item.caseId)]).toEqual([1, 1]);
    expect(await place(item.caseId)).toBe('ca-on');
  });

  it('keeps what an outcome yielded once whose answer was lost', async () => {
    const { caseId } = aDeposit();
    await door.client.deposit([aDeposit({ caseId })]);
    await (await losing(1)).depositYields([{ caseId, deliveryId: uuidv7(), yields: { registrationNumber: '2026-05-000123' } }]);
    expect(await count('yield', caseId)).toBe(1);
  });

  it('counts a release once whose answer was lost, and twice when it is asked for twice', async () => {
    const { caseId } = aDeposit();
    await door.client.deposit([aDeposit({ caseId })]);
    const request = aRelease(caseId);
    const counted = async (): Promise<number> => (await caller.read((unit) => new CaseFileStore(new KeyRing(join(folder, 'kek.json'))).load(unit, [caseId]))).get(caseId)!.lines[0]!.count;
    expect((await (await losing(2)).release([request]))[0]).toMatchObject({ released: true });
    expect(await counted()).toBe(1);
    await door.client.release([request]);
    expect(await counted()).toBe(2);
  });

  it('takes a correction for the truth only when the log says that it was accepted', async () => {
    const { caseId } = aDeposit();
    await door.client.deposit([aDeposit({ caseId })]);
    await states(caseId, 1);
    await door.client.deposit([aDeposit({ caseId, version: 2, declaration: born('ca-bc'), decisions: [] })]);
    expect(await place(caseId)).toBe('ca-on'); // its caller died before it accepted anything
    await door.client.deposit([aDeposit({ caseId, version: 2, declaration: born('ca-ab'), decisions: [] })]);
    expect(await place(caseId)).toBe('ca-on');
    await states(caseId, 2);
    expect(await place(caseId)).toBe('ca-ab');
    await door.client.deposit([aDeposit({ caseId, version: 3, declaration: born('ca-bc'), decisions: [] })]);
    expect(await place(caseId)).toBe('ca-ab');
    await expect(door.client.deposit([aDeposit({ caseId, version: 2, declaration: born('ca-on'), decisions: [] })])).rejects.toMatchObject({ code: 'declaration.version-taken' });
  });

  it('answers a caller that holds the case’s lock on the log, and does not wait for it', async () => {
    const { caseId } = aDeposit();
    await door.client.deposit([aDeposit({ caseId })]);
    await states(caseId, 1);
    const began = performance.now();
    await caller.join([caseId], async () => {
      await door.client.deposit([aDeposit({ caseId, version: 2, declaration: born('ca-bc'), decisions: [] })]);
      await door.client.depositYields([{ caseId, deliveryId: uuidv7(), yields: { sin: '046454286' } }]);
      await door.client.releaseIdentity([{ questionId: uuidv7(), caseId, personId: 'parent-1', authority: 'ca-qc' }]);
      await door.client.release([aRelease(caseId)]);
    });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('of one lock alone would have stood still: that is what the second is for', async () => {
    const together = await openDoor(vaultDoor, new VaultInProcess(new UnitOfWork(await database.open('together', { lockTimeoutMs: 300 }), clock, new Outbox()), new CaseFileStore(new KeyRing(join(folder, 'kek.json'))), new AgreementStore()), { keys, asker: 'intake' });
    opened.push(together);
    const { caseId } = aDeposit();
    await together.client.deposit([aDeposit({ caseId })]);
    await expect(caller.join([caseId], () => together.client.release([aRelease(caseId)]))).rejects.toThrow('does not answer');
  });

  it('keeps the numbers of its rows apart though nobody holds the case’s lock', async () => {
    const { caseId } = aDeposit();
    await door.client.deposit([aDeposit({ caseId })]);
    await Promise.all(Array.from({ length: 24 }, () => door.client.release([aRelease(caseId)])));
    const rows = await database.db.rows<{ seq: number; lines: unknown[] }>('select seq, lines from consent.release where case_id = $1', [caseId]);
    expect(rows.reduce((n, r) => n + r.lines.length, 0)).toBe(24);
  });
});
