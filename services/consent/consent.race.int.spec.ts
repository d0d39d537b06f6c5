import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReleaseAnswer, ReleaseRequest, Stated } from '#contracts/apis/vault.js';
import { targetOf } from '#contracts/bundles/index.js';
import { ConsentDecidedV1, DeliveriesProgressedV2 } from '#contracts/events/index.js';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Unit, type Database } from '#libs/persistence/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { NotedV1 } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { disclose } from './domain/release.js';
import { KeyRing } from './keys/key-ring.js';
import { AgreementStore } from './store/agreement-store.js';
import { CaseFileStore } from './store/case-file-store.js';
import { consentMigrations } from './store/migrations.js';
import { aBirth } from './testing/a-birth.js';
import { VaultInProcess } from './vault-in-process.js';

/** A person withdraws while the programme is being told, on another connection: what leaves must have left before the withdrawal. */

const RACES = 1000;
const by: Stated = { partyId: uuidv7(), personId: 'parent-1', capacity: 'self' };
const decision = (word: 'granted' | 'withdrawn') => [{ target: 'sin', decision: word, notice: 'sin.v1', language: 'en-CA' } as const];
const sin = targetOf('birth', 'sin')!;

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tou-race-'));
  database = await openTestDatabase([...logMigrations, ...consentMigrations]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Side {
  readonly files: CaseFileStore;
  readonly vault: VaultInProcess;
  constructor(readonly db: Database, readonly keys: KeyRing, readonly unitOfWork = new UnitOfWork(db, new SystemClock(), new Outbox()), readonly agreements = new AgreementStore()) {
    this.files = new CaseFileStore(keys);
    this.vault = new VaultInProcess(this.unitOfWork, this.files, this.agreements);
  }

  /** A process that has assumed nothing wrong yet. */
  alone(): Side {
    return new Side(this.db, this.keys, aloneWith(this.db, new SystemClock(), new Outbox()), this.agreements);
  }
}
type Release = (side: Side, request: ReleaseRequest) => Promise<ReleaseAnswer>;

/** States that the delivery went out, in the transaction of its release: the log numbers it before or after the withdrawal. */
const noted = (side: Side, request: ReleaseRequest, release: (unit: Unit) => Promise<ReleaseAnswer>): Promise<ReleaseAnswer> =>
  side.unitOfWork.join([request.caseId], async (unit) => {
    const answer = await release(unit);
    unit.append(DeliveriesProgressedV2(request.caseId, { answers: [{ target: 'sin', status: answer.released ? 'acknowledged' : 'withheld' }] }));
    return answer;
  });

const safe: Release = (side, request) => noted(side, request, async (unit) => (await unit.within(() => side.vault.release([request])))[0]!);

/** The safety off: consent is looked at first, and the lock taken afterwards. */
const unsafe: Release = async (side, request) => {
  const { answer, line } = await side.unitOfWork.read(async (unit) => {
    const file = (await side.files.load(unit, [request.caseId])).get(request.caseId);
    return disclose(file, request, await side.agreements.with(unit, [request.programme]), unit.now);
  });
  return noted(side, request, async (unit) => {
    await side.files.load(unit, [request.caseId]);
    if (line) side.files.addLines(unit, request.caseId, [line]);
    return answer;
  });
};

/** On what the courier's process wrote a moment ago, without asking whether it is still so before it decides. */
const assumed: Release = async (side, request) => {
  let answer: ReleaseAnswer | undefined;
  await side.unitOfWork.execute(new Work(request.caseId, async (unit) => {
    answer = await unit.within(() => safe(side, request));
  }));
  return answer!;
};

interface Tally { releasedFirst: number; withdrawnFirst: number; releasedAfterWithdrawal: number; outdated: number }

const race = async (release: Release, races: number, name: string): Promise<Tally> => {
  const keys = new KeyRing(join(folder, `${name}.json`));
  const [citizen, couriers] = [new Side(await database.open(`${name} citizen`, { poolSize: 2 }), keys), new Side(await database.open(`${name} courier`, { poolSize: 2 }), keys)];
  await citizen.vault.registerAgreements([{ id: `sin-${name}`, programme: 'ca/sin', kinds: ['tell'], fields: sin.shares, purpose: 'assign-sin', authority: 'SOR/2013-82', from: '2024-01-01' }]);
  const tally: Tally = { releasedFirst: 0, withdrawnFirst: 0, releasedAfterWithdrawal: 0, outdated: 0 };
  for (let n = 0; n < races; n++) {
    const caseId = uuidv7();
    const courier = release === assumed ? couriers.alone() : couriers;
    const teller = release === assumed ? courier : citizen;
    await teller.unitOfWork.join([caseId], async (unit) => {
      await unit.within(() => teller.vault.deposit([{ caseId, version: 1, declaration: aBirth(), by, decisions: decision('granted') }]));
      unit.append(NotedV1(caseId, {}));
    });
    const withdraw = async () => {
      for (let turns = release === assumed ? n % 4 : 0; turns > 0; turns--) await nextTurn(); // a command waits a turn for others
      await citizen.vault.decide(caseId, by, decision('withdrawn'));
    };
    const tell = () => release(courier, { caseId, deliveryId: uuidv7(), target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1 });
    // Who is called first takes turns; the network, the pools and the server decide who is.
    const [answer] = n % 8 < 4 ? await Promise.all([tell(), withdraw()]) : await Promise.all([withdraw(), tell()]).then(([, a]) => [a]);
    const events = await database.db.rows<{ type: string }>('select type from log.event where case_id = $1 and seq > 1 order by seq', [caseId]);
    tally.outdated += courier.unitOfWork.counters.outdated;
    const withdrawnFirst = events[0]!.type === ConsentDecidedV1.type;
    if (withdrawnFirst) tally.withdrawnFirst++;
    else tally.releasedFirst++;
    if (withdrawnFirst && answer.released) tally.releasedAfterWithdrawal++;
    const lines = await database.db.rows<{ n: string }>('select count(*) n from consent.release where case_id = $1', [caseId]);
    expect(Number(lines[0]!.n)).toBe(answer.released ? 1 : 0);
  }
  return tally;
};

describe('a withdrawal raced against a release', () => {
  it(`${RACES} times: nothing leaves after a withdrawal that committed, whoever was first`, async () => {
    const tally = await race(safe, RACES, 'safe');
    expect(tally.releasedAfterWithdrawal).toBe(0);
    expect(tally.releasedFirst).toBeGreaterThanOrEqual(RACES / 10);
    expect(tally.withdrawnFirst).toBeGreaterThanOrEqual(RACES / 10);
  }, 60_000);

  it(`${RACES / 2} times, where what was written last is taken for what is stored: neither`, async () => {
    const tally = await race(assumed, RACES / 2, 'assumed');
    expect(tally.releasedAfterWithdrawal).toBe(0);
    expect(tally.releasedFirst).toBeGreaterThanOrEqual(RACES / 20);
    expect(tally.withdrawnFirst).toBeGreaterThanOrEqual(RACES / 20);
    expect(tally.outdated).toBe(tally.withdrawnFirst); // decided once more, each of them
  }, 60_000);

  it('with the safety off, where consent is looked at before the lock is held, it does leave', async () => {
    const tally = await race(unsafe, RACES / 5, 'unsafe');
    expect(tally.releasedAfterWithdrawal).toBeGreaterThan(0);
  }, 60_000);
});
