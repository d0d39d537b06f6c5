import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deposit, ReleaseRequest, Stated } from '#contracts/apis/vault.js';
import { retention } from '#contracts/bundles/retention.js';
import { targetOf } from '#contracts/bundles/index.js';
import { CaseOpenedV1, CasePlannedV2 } from '#contracts/events/index.js';
import { Bell, logMigrations, Outbox, PostgresHistory } from '#libs/event-log/index.js';
import { MovableClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { AccessLine } from './domain/case-file.js';
import { AgreementWatch } from './keeping/agreement-watch.js';
import { VaultKeeping } from './keeping/vault-keeping.js';
import { KeyRing } from './keys/key-ring.js';
import { AgreementStore } from './store/agreement-store.js';
import { CaseFileStore } from './store/case-file-store.js';
import { consentMigrations } from './store/migrations.js';
import { aBirth } from './testing/a-birth.js';
import { VaultInProcess } from './vault-in-process.js';

const DAY = 86_400_000;
const by: Stated = { partyId: uuidv7(), personId: 'parent-1', capacity: 'self' };
const granted = { target: 'sin', decision: 'granted', notice: 'sin.v1', language: 'en-CA' } as const;
const sinAgreement = { id: 'ca-sin-2024', programme: 'ca/sin', kinds: ['tell', 'amend', 'recall', 'stop'], fields: targetOf('birth', 'sin')!.shares, purpose: 'assign-sin', authority: 'SOR/2013-82', from: '2024-01-01' } as const;

let folder: string;
let database: TestDatabase;
let clock: MovableClock;
let keys: KeyRing;
let unitOfWork: UnitOfWork;
let vault: VaultInProcess;
let keeping: VaultKeeping;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tou-vault-'));
  database = await openTestDatabase([...logMigrations, ...consentMigrations]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await database.db.rows('truncate consent.declaration, consent.release, consent.yield, consent.agreement');
  clock = new MovableClock();
  const outbox = new Outbox();
  keys = new KeyRing(join(folder, `${uuidv7()}.json`));
  unitOfWork = new UnitOfWork(database.db, clock, outbox);
  const files = new CaseFileStore(keys);
  vault = new VaultInProcess(unitOfWork, files, new AgreementStore());
  keeping = new VaultKeeping(database.db, unitOfWork, files, keys, new PostgresHistory(database.db, new Bell(database.db, outbox)));
  await vault.registerAgreements([sinAgreement]);
});

const deposit = (change: Partial<Deposit> = {}): Deposit => ({ caseId: uuidv7(), version: 1, declaration: aBirth(), by, decisions: [granted], ...change });
const told = async (change: Partial<Deposit> = {}): Promise<string> => {
  const item = deposit(change);
  await vault.deposit([item]);
  return item.caseId;
};
const request = (caseId: string, change: Partial<ReleaseRequest> = {}): ReleaseRequest => ({ caseId, deliveryId: uuidv7(), target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1, ...change });
const release = async (r: ReleaseRequest) => (await vault.release([r]))[0]!;
const opens = (caseId: string) => unitOfWork.join([caseId], async (unit) => {
  unit.append(CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] }));
  unit.append(CasePlannedV2(caseId, { status: 'completed', bundleVersion: 1, planned: [], faces: [], deliveries: [] }));
});
/** Every byte the vault stores, as text. */
const stored = async (): Promise<string> => {
  const tables = ['declaration', 'act', 'release', 'line_form', 'yield', 'agreement'];
  const rows = await Promise.all(tables.map((t) => database.db.rows<Record<string, unknown>>(`select * from consent.${t}`)));
  return rows.flat().flatMap((row) => Object.values(row)).map((v) => (Buffer.isBuffer(v) ? v.toString('latin1') : typeof v === 'string' ? v : JSON.stringify(v))).join('\n');
};

const linesOf = async (caseId: string): Promise<readonly AccessLine[]> =>
  (await new UnitOfWork(database.db, clock, new Outbox()).read((unit) => new CaseFileStore(keys).load(unit, [caseId]))).get(caseId)!.lines;

describe('the vault', () => {
  it('keeps what was told so that nobody reads it in the database', async () => {
    const caseId = await told();
    await vault.depositYields([{ caseId, deliveryId: uuidv7(), yields: { registrationNumber: '2026-05-000123' }, freeText: 'telephoned the mother' }]);
    const text = await stored();
    for (const value of ['Juniper', 'Quillfeather', '046454286', '1990-04-05', 'Lanternfish', 'M5V 2T6', '2026-05-000123', 'telephoned']) expect(text).not.toContain(value);
    expect((await vault.planningFacts([caseId])).get(caseId)).toMatchObject({ placeOfEvent: 'ca-on', consents: [{ target: 'sin', decision: 'granted' }] });
  });

  it('seals beforehand what will be deposited, once; what is deposited otherwise is sealed anew, and what is not deposited leaves nothing', async () => {
    const made = jest.spyOn(keys, 'newDataKey');
    const [kept, changed, dropped] = [deposit(), deposit(), deposit()];
    const other = { ...changed, declaration: aBirth({ child: { names: { given: ['June'], family: 'Quillfeather' }, sex: 'F' } }) };
    await unitOfWork.join([], async (unit) => {
      unit.within(() => vault.prepare([kept, changed, dropped]));
      expect(made).toHaveBeenCalledTimes(3);
      await unit.held;
      await unit.within(() => vault.deposit([kept, other]));
    });
    expect(made).toHaveBeenCalledTimes(4);
    expect(await database.db.rows('select case_id from consent.declaration')).toHaveLength(2);
    const given = async (caseId: string) => {
      const said = await release(request(caseId));
      return said.released && said.shared['child.names']?.given;
    };
    expect([await given(kept.caseId), await given(changed.caseId)]).toEqual([['Juniper', 'Wren'], ['June']]);
    expect((await release(request(dropped.caseId))).released).toBe(false);
  });

  it('refuses all that came with a decision nobody could take, and keeps nothing of it', async () => {
    const item = deposit({ decisions: [{ ...granted, target: 'child-benefits', notice: 'child-benefits.v1' }] });
    await expect(vault.deposit([item])).rejects.toThrow(expect.objectContaining({ code: 'consent.not-signatory' }));
    expect(await vault.planningFacts([item.caseId])).toEqual(new Map());
  });

  it('reads the newest version after a correction; of two made at once, one is told to read again', async () => {
    const caseId = await told();
    const correction = (family: string) => deposit({ caseId, version: 2, decisions: [], declaration: aBirth({ child: { names: { given: ['June'], family }, sex: 'F' } }) });
    const outcomes = await Promise.allSettled([vault.deposit([correction('One')]), vault.deposit([correction('Two')])]);
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: { code: 'declaration.version-taken' } });
    const said = await release(request(caseId));
    expect(said.released && said.shared['child.names']?.given).toEqual(['June']);
  });

  it('binds every sealed text to its place: moved to another case or version, it does not open', async () => {
    const [one, other] = [await told(), await told()];
    await database.db.rows('update consent.declaration a set ciphertext = b.ciphertext from consent.declaration b where a.case_id = $1 and b.case_id = $2', [one, other]);
    await expect(vault.planningFacts([one])).rejects.toThrow();
    await database.db.rows('update consent.declaration a set ciphertext = b.ciphertext, wrapped_key = b.wrapped_key from consent.declaration b where a.case_id = $1 and b.case_id = $2', [one, other]);
    await expect(vault.planningFacts([one])).rejects.toThrow();
    expect((await vault.planningFacts([other])).size).toBe(1);
  });

  it('never changes a record of consent, whoever asks the database', async () => {
    const caseId = await told();
    for (const sql of [`update consent.act set doc = '{}' where case_id = '${caseId}'`, `delete from consent.act where case_id = '${caseId}'`, 'truncate consent.act']) {
      await expect(database.db.rows(sql)).rejects.toThrow('a record of consent is never changed');
    }
  });

  it('writes one access line per delivery, and counts what is sent again', async () => {
    const caseId = await told();
    const first = request(caseId);
    await release(first);
    await release(first);
    await vault.release([request(caseId, { kind: 'stop', revision: 2 }), request(caseId, { target: 'health-card', programme: 'ca-on/health-card' })]);
    expect((await linesOf(caseId)).map(({ kind, count }) => [kind, count])).toEqual([['tell', 2], ['stop', 1]]);
  });

  it('keeps what lines have in common once, and still reads lines that were kept whole', async () => {
    const forms = async (): Promise<number> => Number((await database.db.rows<{ n: string }>('select count(*) n from consent.line_form'))[0]!.n);
    const [first, second, old] = [await told(), await told(), await told()];
    await release(request(first));
    const known = await forms();
    await release(request(second));
    expect(await forms()).toBe(known);
    const [whole] = await linesOf(first);
    await database.db.rows('insert into consent.release (case_id, seq, at, lines) values ($1, 1, $2, $3)', [old, whole!.at, JSON.stringify([whole])]);
    expect(await linesOf(old)).toEqual([whole]);
    await release({ ...request(old), deliveryId: whole!.deliveryId });
    expect(await linesOf(old)).toEqual([{ ...whole, count: 2, lastAt: expect.any(Number) }]);
  });

  it('keeps what a delivery yielded once, however often it is reported', async () => {
    const [caseId, deliveryId] = [await told(), uuidv7()];
    const report = (yields: Record<string, string>, freeText?: string) => vault.depositYields([{ caseId, deliveryId, yields, ...(freeText !== undefined && { freeText }) }]);
    const rows = async () => Number((await database.db.rows<{ n: string }>('select count(*) n from consent.yield where case_id = $1', [caseId]))[0]!.n);
    await report({ registrationNumber: '1' });
    await report({ registrationNumber: '1' });
    await vault.depositYields([{ caseId, deliveryId, yields: { registrationNumber: '1' } }, { caseId, deliveryId, yields: { registrationNumber: '1' } }]);
    expect(await rows()).toBe(1);
    await report({ registrationNumber: '2' });
    await report({ registrationNumber: '2' }, 'corrected by telephone');
    expect(await rows()).toBe(3);
    const said = await release(request(caseId));
    expect(said.released && said.shared['yield.registrationNumber']).toBe('2');
  });

  it('an agreement is ended and added, never edited', async () => {
    await vault.registerAgreements([{ ...sinAgreement, to: '2030-01-01' }]);
    await expect(vault.registerAgreements([{ ...sinAgreement, fields: [] }])).rejects.toThrow('was edited: end it and add another');
  });
});

describe('a process that assumes what it knows', () => {
  const alone = () => {
    const [mine, files] = [aloneWith(database.db, clock, new Outbox()), new CaseFileStore(keys)];
    return { mine, asks: new VaultInProcess(mine, files, new AgreementStore()) };
  };
  const step = async ({ mine, asks }: ReturnType<typeof alone>, r: ReleaseRequest) => {
    let answer: Awaited<ReturnType<typeof release>> | undefined;
    await mine.execute(new Work(r.caseId, async (unit) => {
      answer = (await unit.within(() => asks.release([r])))[0];
    }, [CaseOpenedV1(r.caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] })]));
    return answer!;
  };

  it('hears of an agreement that was ended before it lets go of anything', async () => {
    const caseId = await told();
    const here = alone();
    expect((await step(here, request(caseId))).released).toBe(true);
    expect((await step(here, request(caseId))).released).toBe(true);
    expect(here.mine.counters.outdated).toBe(0);
    await vault.registerAgreements([{ ...sinAgreement, to: '2020-01-01' }]);
    expect(await step(here, request(caseId))).toMatchObject({ released: false, reason: 'agreement' });
    expect(here.mine.counters.outdated).toBe(1);
  });

  it('hears of a withdrawal before it lets go of anything', async () => {
    const here = alone();
    const item = deposit();
    await here.asks.deposit([item]);
    expect((await step(here, request(item.caseId))).released).toBe(true);
    expect((await step(here, request(item.caseId))).released).toBe(true);
    await vault.decide(item.caseId, by, [{ ...granted, decision: 'withdrawn' }]);
    expect((await step(here, request(item.caseId))).released).toBe(false);
    expect(here.mine.counters.outdated).toBe(1);
    expect(await linesOf(item.caseId)).toHaveLength(2);
  });
});

describe('keeping', () => {
  it('erasure destroys the key: nothing told is readable again, and the proof of consent stays', async () => {
    const [caseId, other] = [await told(), await told()];
    const first = request(caseId);
    await release(first);
    await vault.depositYields([{ caseId, deliveryId: first.deliveryId, yields: { registrationNumber: '1' } }]);
    await keeping.erase([caseId]);
    expect((await vault.planningFacts([caseId, other])).size).toBe(1);
    expect(await release(request(caseId))).toMatchObject({ released: false, reason: 'erased' });
    expect(await release(request(caseId, { kind: 'recall', revision: 2 }))).toMatchObject({ released: true, shared: {} });
    const [row] = await database.db.rows<{ wrapped_key: Buffer | null; ciphertext: Buffer }>('select wrapped_key, ciphertext from consent.declaration where case_id = $1', [caseId]);
    expect([row!.wrapped_key, row!.ciphertext.length]).toEqual([null, 0]);
    expect(await database.db.rows('select 1 from consent.act where case_id = $1', [caseId])).toHaveLength(1);
    await vault.depositYields([{ caseId, deliveryId: uuidv7(), yields: { sin: '046454286' } }]); // an answer that came after
    expect(await stored()).not.toContain('046454286');
  });

  it('a deposit whose case never opened is destroyed after a day, and no other', async () => {
    const [orphan, opened] = [await told(), await told()];
    await opens(opened);
    expect(await keeping.sweepOrphans(clock.now() + DAY - 60_000)).toEqual([]);
    expect(await keeping.sweepOrphans(clock.now() + DAY + 60_000)).toEqual([orphan]);
    expect((await vault.planningFacts([orphan, opened])).has(opened)).toBe(true);
    expect((await vault.planningFacts([orphan, opened])).has(orphan)).toBe(false);
    await database.db.rows('update consent.sweep set checked_to = 0');
  });

  it('what was told is destroyed when its retention ends, unless something happened since', async () => {
    const [old, touched, open] = [await told(), await told(), await told()];
    await opens(old);
    await opens(touched);
    await unitOfWork.join([open], async (unit) => void unit.append(CaseOpenedV1(open, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] })));
    clock.advance(retention.birth!.days * DAY);
    await vault.decide(touched, by, [{ ...granted, decision: 'withdrawn' }]);
    expect(await keeping.sweepRetention(clock.now() - 60_000)).toEqual([]);
    expect(await keeping.sweepRetention(clock.now() + 60_000)).toEqual([old]);
    expect([...(await vault.planningFacts([old, touched, open])).keys()].sort()).toEqual([touched, open].sort());
    expect(await keeping.sweepRetention(clock.now() + 60_000)).toEqual([]);
  });

  it('keys are rotated without touching a declaration; an old one is forgotten only when it wraps nothing', async () => {
    const caseIds = [await told(), await told(), await told()];
    const before = await database.db.rows<{ ciphertext: Buffer }>('select ciphertext from consent.declaration order by case_id');
    keys.rotate();
    await expect(keeping.retireKeys()).rejects.toThrow('run rewrapKeys first');
    await keeping.erase([caseIds[0]!]);
    expect(await keeping.rewrapKeys()).toBe(2);
    expect(await keeping.rewrapKeys()).toBe(0);
    await keeping.retireKeys();
    expect((await vault.planningFacts(caseIds)).size).toBe(2);
    const after = await database.db.rows<{ ciphertext: Buffer }>('select ciphertext from consent.declaration order by case_id');
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  it('says sixty days ahead which programme can soon be told nothing any more', async () => {
    const inDays = (n: number) => new Date(clock.now() + n * DAY).toISOString().slice(0, 10);
    await vault.registerAgreements([{ ...sinAgreement, id: 'soon', programme: 'ca/child-benefits', to: inDays(59) }, { ...sinAgreement, id: 'later', programme: 'ca-on/birth-certificate', to: inDays(62) }]);
    const watch = new AgreementWatch(database.db, new AgreementStore(), clock, new SilentLogger());
    expect(await watch.lapsing()).toEqual([{ programme: 'ca/child-benefits', daysLeft: 59 }]);
  });
});
