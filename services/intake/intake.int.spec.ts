import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { VerifiedClaims } from '#contracts/apis/vault.js';
import { PersonConfirmedV1 } from '#contracts/events/index.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { compareClaims } from '#contracts/notifications/names.js';
import { Bell, logMigrations, Outbox, PostgresHistory, PostgresLogTable } from '#libs/event-log/index.js';
import { MovableClock, crockford, newReference, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { aBirthNotification, aDecision, aPerson } from '#libs/testing/index.js';
import { ALONE } from '#libs/testing/alone.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { Accepted, Report } from './domain/accept.js';
import { Fingerprints } from './domain/keys.js';
import { CaseFileStore } from './store/case-file-store.js';
import { CasesOnFile } from './store/cases-on-file.js';
import { Intake1700000000002 } from './store/migrations.js';
import { FakeVault } from './testing/fake-vault.js';
import { AcceptNotification, AcceptNotificationHandler, OpenCaseSlice } from './use-cases/accept-notification.js';
import { AmendCase, CancelCase, ChangeSlice, DecideDuplicate, Invite } from './use-cases/change-case.js';
import { AcceptInvitation, Invitations, JoinSlice } from './use-cases/join-case.js';

const DAY = 86_400_000;
const olivia: VerifiedClaims = { givenName: 'Olivia Grace', familyName: 'Tremblay-Okafor', birthDate: '1993-05-14' };
const noah: VerifiedClaims = { givenName: 'Noah', familyName: 'Okafor', birthDate: '1991-11-02' };
const zed: VerifiedClaims = { givenName: 'Zed', familyName: 'Quimby', birthDate: '1990-12-31' };

let database: TestDatabase;
let clock: MovableClock;
let vault: FakeVault;
let unitOfWork: UnitOfWork;
let history: PostgresHistory;
let cases: CasesOnFile;
let invitations: Invitations;
let handler: AcceptNotificationHandler;
const fingerprints = new Fingerprints(Buffer.alloc(32, 7));

beforeAll(async () => {
  database = await openTestDatabase([...logMigrations, Intake1700000000002]);
});
const start = (kept: FakeVault): void => {
  clock = new MovableClock();
  vault = kept;
  const outbox = new Outbox();
  unitOfWork = new UnitOfWork(database.db, clock, outbox);
  history = new PostgresHistory(database.db, new Bell(database.db, outbox));
  cases = new CasesOnFile(database.db, fingerprints);
  invitations = new Invitations(database.db);
  const files = new CaseFileStore();
  const joining = new JoinSlice(unitOfWork, files, vault);
  handler = new AcceptNotificationHandler(unitOfWork, vault, joining);
  for (const slice of [new OpenCaseSlice(unitOfWork, files, vault), joining, new ChangeSlice(unitOfWork, files, vault, new PostgresLogTable())]) slice.onModuleInit();
};
beforeEach(async () => {
  await database.db.rows('truncate intake.case_file, intake.party, intake.invitation, intake.duplicate_review, intake.repeat, log.entry');
  start(new FakeVault());
});

interface Told { key?: string; by?: string; claims?: VerifiedClaims; role?: 'notifier' | 'agent'; notification?: BirthNotification }
const report = ({ key = uuidv7(), by = 'olivia', claims = olivia, role = 'notifier', notification = aBirthNotification() }: Told = {}): Report => ({
  caseId: uuidv7(), reference: newReference(), partyId: uuidv7(), reviewId: uuidv7(), subject: fingerprints.of('subject', by), role,
  claimsDiffer: role === 'notifier' && compareClaims(claims, notification.parents.find((p) => p.id === notification.notifier)!) === 'differ',
  idempotency: fingerprints.of('idempotency', by, key), fingerprint: fingerprints.body(notification), keys: fingerprints.event(notification), notification,
});
const tell = (told: Told = {}): Promise<Accepted> => handler.execute(new AcceptNotification(report(told), told.claims ?? olivia));
const byNoah = (change: Partial<BirthNotification> = {}): Told => ({ by: 'noah', claims: noah, notification: aBirthNotification({ notifier: 'parent-2', decisions: [], ...change }) });
const count = async (table: string): Promise<number> => Number((await database.db.rows<{ n: string }>(`select count(*) n from ${table}`))[0]!.n);
const story = async (caseId: string) => (await history.of(caseId)).map((e) => e.type);

describe('telling a birth', () => {
  it('is stored with its case and its owner at once: the answer is never a case they cannot see', async () => {
    const { caseId, reference } = await tell();
    expect(await cases.find(reference, 'olivia')).toMatchObject({ caseId, role: 'notifier', personId: 'parent-1' });
    expect(await cases.find(reference, 'zed')).toBeUndefined();
    expect(await story(caseId)).toEqual(['intake.case-opened.v1']);
    expect(vault.declarations.get(caseId)?.version).toBe(1);
  });

  it('twice under one key is told once; under the same key something else is refused', async () => {
    const first = await tell({ key: 'k' });
    expect(await tell({ key: 'k' })).toMatchObject({ reference: first.reference });
    await expect(tell({ key: 'k', notification: aBirthNotification({ residence: { ...aBirthNotification().residence, line: '13 Larch Street' } }) })).rejects.toMatchObject({ code: 'idempotency.body-differs', status: 422 });
    expect(await count('intake.case_file')).toBe(1);
  });

  it('is sealed with the others of its list while the database is asked; where every report is taken for new nothing is asked', async () => {
    const tellOn = (date: string) => tell({ notification: aBirthNotification({ birth: { ...aBirthNotification().birth, date } }) });
    const told = await Promise.all(['2026-11-01', '2026-11-02', '2026-11-03'].map(tellOn));
    expect(vault.prepared).toEqual([{ caseIds: told.map((t) => t.caseId), kept: 0 }]);
    unitOfWork.fuseWith(ALONE);
    await Promise.all(['2026-11-04', '2026-11-05'].map(tellOn));
    expect([vault.prepared.length, vault.declarations.size]).toEqual([1, 5]);
  });

  it('writes nothing while a vault in another process is asked: what others state meanwhile would be hidden from every reader of the log', async () => {
    start(new FakeVault(true));
    let writing: number | undefined;
    vault.meanwhile = async () => {
      await sleep(20); // what had left would be there by then
      writing = (await database.db.rows('select from pg_stat_activity where datname = current_database() and backend_xid is not null')).length;
    };
    const { caseId } = await tell();
    expect([writing, vault.declarations.has(caseId), await count('intake.case_file')]).toEqual([0, true, 1]);
  });

  it('is found on file also by a process that takes every report for new', async () => {
    unitOfWork.fuseWith(ALONE);
    const first = await tell({ key: 'k' });
    expect(unitOfWork.counters.outdated).toBe(0);
    expect(await tell({ key: 'k' })).toMatchObject({ reference: first.reference });
    expect(unitOfWork.counters.outdated).toBe(1);
    expect(await tell({ key: 'another' })).toMatchObject({ reference: first.reference });
    expect([await count('intake.case_file'), await count('intake.repeat')]).toEqual([1, 1]);
  });

  it('fifty times at once is one case also there', async () => {
    unitOfWork.fuseWith(ALONE);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => tell({ key: `k${i % 25}` })));
    expect(new Set(answers.map((a) => a.reference)).size).toBe(1);
    expect([await count('intake.case_file'), await count('log.event'), await count('intake.party')]).toEqual([1, 1, 1]);
  });

  it('under the same key by another person is another report', async () => {
    const [mine, theirs] = [await tell({ key: 'k' }), await tell({ key: 'k', by: 'hannah', notification: aBirthNotification({ parents: [aPerson({ names: { given: ['Hannah'], family: 'Wong' }, birthDate: '1995-07-08' })] }) })];
    expect(mine.reference).not.toBe(theirs.reference);
  });

  it('fifty times at once under one key opens one case, and all fifty hear of it', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => tell({ key: 'k' })));
    expect(new Set(answers.map((a) => a.reference)).size).toBe(1);
    expect([await count('intake.case_file'), await count('log.event'), await count('intake.party')]).toEqual([1, 1, 1]);
  });

  it('fifty times at once under fifty keys opens one case as well, and every key is known afterwards', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => tell({ key: `k${i}` })));
    expect(new Set(answers.map((a) => a.reference)).size).toBe(1);
    expect([await count('intake.case_file'), await count('intake.repeat')]).toEqual([1, 49]);
    for (const key of ['k0', 'k49']) await expect(tell({ key, notification: aBirthNotification({ choices: {} }) })).rejects.toMatchObject({ status: 422 });
  });

  it('of twins is two cases, linked for whoever told both, and for nobody else', async () => {
    const twin = (order: number) => aBirthNotification({ child: { ...aBirthNotification().child, multipleBirth: { count: 2, order } } });
    const [first, second] = [await tell({ notification: twin(1) }), await tell({ notification: twin(2) })];
    expect(first.reference).not.toBe(second.reference);
    expect(await cases.siblings(first.caseId, 'olivia')).toEqual([second.reference]);
    expect(await cases.siblings(first.caseId, 'zed')).toEqual([]);
    expect(await count('intake.duplicate_review')).toBe(0);
  });

  it('by an agent beside a parent keeps both apart: the agent is party, the parent is who reports', async () => {
    const { reference } = await tell({ by: 'nadia', role: 'agent', claims: { givenName: 'Nadia', familyName: 'Boucher', birthDate: '1980-02-29' } });
    expect(await cases.find(reference, 'nadia')).toMatchObject({ role: 'agent', personId: 'parent-1' });
  });
});

describe('the same birth told by somebody else', () => {
  it('by the other parent joins the case, whom their sign-in proves', async () => {
    const first = await tell();
    const second = await tell(byNoah());
    expect(second.reference).toBe(first.reference);
    expect(await cases.find(first.reference, 'noah')).toMatchObject({ role: 'signatory', personId: 'parent-2' });
    expect(await story(first.caseId)).toEqual(['intake.case-opened.v1', 'intake.party-joined.v1']);
  });

  it('by the other parent again has the same answer, and their key is theirs', async () => {
    const first = await tell();
    await tell({ ...byNoah(), key: 'n' });
    expect(await tell({ ...byNoah(), key: 'n' })).toMatchObject({ reference: first.reference });
    expect(await tell({ ...byNoah(), key: 'other' })).toMatchObject({ reference: first.reference });
    await expect(tell({ ...byNoah({ choices: {} }), key: 'n' })).rejects.toMatchObject({ code: 'idempotency.body-differs' });
    expect(await count('intake.party')).toBe(2);
  });

  it('by both parents at the same moment is one case', async () => {
    const answers = await Promise.all([tell(), tell(byNoah()), tell(), tell(byNoah())]);
    expect(new Set(answers.map((a) => a.reference)).size).toBe(1);
    expect([await count('intake.case_file'), await count('intake.party')]).toEqual([1, 2]);
  });

  it('by the mother after the father: what only she decides, she decides with her report', async () => {
    const first = await tell(byNoah());
    await tell({ notification: aBirthNotification({ decisions: [aDecision('child-benefits'), aDecision('sin')] }) });
    expect(vault.decided).toMatchObject([{ caseId: first.caseId, by: { personId: 'parent-1', capacity: 'self' }, decisions: [{ target: 'child-benefits' }] }]);
  });

  it('by a stranger opens a case of their own, held for a reviewer; of the other they learn nothing', async () => {
    const first = await tell();
    const theirs = await tell({ by: 'zed', claims: zed });
    expect(theirs.reference).not.toBe(first.reference);
    expect(await cases.find(first.reference, 'zed')).toBeUndefined();
    expect(await cases.find(theirs.reference, 'zed')).toMatchObject({ role: 'notifier' });
    expect((await history.of(theirs.caseId))[0]!.data).toMatchObject({ held: true, claimsDiffer: true });
    expect(await database.db.rows('select case_id, suspect from intake.duplicate_review')).toEqual([{ case_id: theirs.caseId, suspect: first.caseId }]);
    expect(await story(first.caseId)).toEqual(['intake.case-opened.v1']);
  });

  it('by a stranger again and again is that case of theirs, under whatever key', async () => {
    await tell();
    const answers = [await tell({ by: 'zed', claims: zed, key: 'a' }), await tell({ by: 'zed', claims: zed, key: 'a' }), ...(await Promise.all(['b', 'c', 'd'].map((key) => tell({ by: 'zed', claims: zed, key }))))];
    expect(new Set(answers.map((a) => a.reference)).size).toBe(1);
    expect([await count('intake.case_file'), await count('intake.duplicate_review')]).toEqual([2, 1]);
    expect(await cases.find(answers[0]!.reference, 'zed')).toBeDefined();
  });

  it('by somebody whose sign-in says too little to prove a parent is held as well', async () => {
    const first = await tell();
    const theirs = await tell({ ...byNoah(), claims: { familyName: 'Okafor' } });
    expect(theirs.reference).not.toBe(first.reference);
    expect(await count('intake.duplicate_review')).toBe(1);
  });

  it('by an agent is never joined by itself', async () => {
    const first = await tell();
    expect((await tell({ by: 'nadia', role: 'agent', claims: noah })).reference).not.toBe(first.reference);
  });

  it('nearly the same is held for a reviewer, who decides whether it goes on', async () => {
    const first = await tell();
    const slip = aBirthNotification({ parents: [aPerson({ birthDate: '1993-05-15' }), aBirthNotification().parents[1]!] });
    const near = await tell({ by: 'zed', claims: zed, notification: slip });
    const [review] = await database.db.rows<{ id: string; suspect: string }>('select id, suspect from intake.duplicate_review');
    expect(review!.suspect).toBe(first.caseId);
    const decide = (decision: 'accept' | 'refuse') => unitOfWork.execute(new DecideDuplicate(near.caseId, review!.id, decision, decision === 'accept' ? 'hospital-record-confirmed' : undefined, fingerprints.of('subject', 'oscar')));
    await decide('accept');
    await decide('accept');
    await expect(decide('refuse')).rejects.toMatchObject({ code: 'review.already-decided' });
    expect((await history.of(near.caseId)).at(-1)).toMatchObject({ type: 'intake.duplicate-resolved.v1', data: { decision: 'distinct' } });
    expect(await story(near.caseId)).toHaveLength(2);
  });

  it('found to be the same is closed, and its teller still sees their own case', async () => {
    await tell();
    const theirs = await tell({ by: 'zed', claims: zed });
    const [review] = await database.db.rows<{ id: string }>('select id from intake.duplicate_review');
    await unitOfWork.execute(new DecideDuplicate(theirs.caseId, review!.id, 'refuse', undefined, fingerprints.of('subject', 'oscar')));
    expect((await history.of(theirs.caseId)).at(-1)).toMatchObject({ data: { decision: 'same-event' } });
    expect(await cases.find(theirs.reference, 'zed')).toBeDefined();
    expect(await database.db.rows('select cancelled from intake.case_file where case_id = $1', [theirs.caseId])).toEqual([{ cancelled: 'duplicate' }]);
  });
});

describe('an invitation', () => {
  const invite = async (caseId: string, person: 'parent-1' | 'parent-2' | 'parent-3' = 'parent-2'): Promise<string> => {
    const code = crockford(16);
    await unitOfWork.execute(new Invite(caseId, person, fingerprints.of('invitation', code)));
    return code;
  };
  const acceptIt = (caseId: string, code: string, by: string, claims: VerifiedClaims) =>
    unitOfWork.execute<Accepted>(new AcceptInvitation(fingerprints.of('invitation', code), caseId, uuidv7(), fingerprints.of('subject', by), claims));

  it('is known only by a hash of its code, and finds its case by it', async () => {
    const { caseId } = await tell();
    const code = await invite(caseId);
    expect(JSON.stringify(await database.db.rows('select * from intake.invitation'))).not.toContain(code);
    expect(await invitations.caseOf(fingerprints.of('invitation', code))).toBe(caseId);
    expect(await invitations.caseOf(fingerprints.of('invitation', crockford(16)))).toBeUndefined();
  });

  it('lets the person named in, once, however often they click', async () => {
    const { caseId, reference } = await tell();
    const code = await invite(caseId);
    const answers = await Promise.all([acceptIt(caseId, code, 'noah', noah), acceptIt(caseId, code, 'noah', noah)]);
    expect(answers.map((a) => a.reference)).toEqual([reference, reference]);
    expect((await history.of(caseId)).filter((e) => e.type === 'intake.party-joined.v1').map((e) => e.data)).toMatchObject([{ personId: 'parent-2', role: 'signatory', claimsDiffer: false }]);
    expect(await cases.find(reference, 'noah')).toMatchObject({ personId: 'parent-2' });
  });

  it('that was accepted is of no use to anybody else', async () => {
    const { caseId } = await tell();
    const code = await invite(caseId);
    await acceptIt(caseId, code, 'noah', noah);
    await expect(acceptIt(caseId, code, 'zed', zed)).rejects.toMatchObject({ code: 'invitation.used' });
  });

  it('accepted by somebody who is not the person named goes to a reviewer', async () => {
    const { caseId } = await tell();
    await acceptIt(caseId, await invite(caseId), 'zed', zed);
    expect((await history.of(caseId)).at(-1)!.data).toMatchObject({ personId: 'parent-2', claimsDiffer: true });
  });

  it('lasts thirty days', async () => {
    const { caseId } = await tell();
    const [late, early] = [await invite(caseId), await invite(caseId)];
    clock.advance(30 * DAY - 60_000);
    await acceptIt(caseId, early, 'noah', noah);
    clock.advance(120_000);
    await expect(acceptIt(caseId, late, 'chloe', noah)).rejects.toMatchObject({ code: 'invitation.unknown', status: 404 });
  });

  it('is made only for a parent named in the report who is not yet party, and not for oneself', async () => {
    const { caseId } = await tell();
    await expect(invite(caseId, 'parent-3')).rejects.toMatchObject({ code: 'invitation.person-unknown' });
    await expect(invite(caseId, 'parent-1')).rejects.toMatchObject({ code: 'invitation.already-party' });
    await expect(acceptIt(caseId, await invite(caseId), 'olivia', olivia)).rejects.toMatchObject({ code: 'invitation.own' });
  });
});

describe('afterwards', () => {
  const amend = (caseId: string, notification: BirthNotification) =>
    unitOfWork.execute<{ version: number }>(new AmendCase(caseId, { partyId: uuidv7(), personId: 'parent-1', capacity: 'self' }, 'typographical', notification, fingerprints.event(notification)));
  const moved = aBirthNotification({ residence: { ...aBirthNotification().residence, line: '13 Larch Street' } });

  it('a correction is a new version, and names the programmes with which a changed field is shared', async () => {
    const { caseId } = await tell();
    expect(await amend(caseId, moved)).toEqual({ version: 2 });
    expect((await history.of(caseId)).at(-1)).toMatchObject({ type: 'intake.case-amended.v1', data: { version: 2, reason: 'typographical' } });
    expect(((await history.of(caseId)).at(-1)!.data as { targets: string[] }).targets).toEqual(expect.arrayContaining(['birth-registration', 'sin']));
    expect(((await history.of(caseId)).at(-1)!.data as { targets: string[] }).targets).not.toContain('education-savings');
    expect(vault.declarations.get(caseId)).toMatchObject({ version: 2, declaration: { residence: { line: '13 Larch Street' } } });
  });

  it('a correction that says the same is refused', async () => {
    const { caseId } = await tell();
    await expect(amend(caseId, aBirthNotification())).rejects.toMatchObject({ code: 'amendment.nothing-changed', status: 422 });
  });

  it('cannot make somebody else of a parent who was confirmed; before that it can', async () => {
    const [parent, ...others] = aBirthNotification().parents;
    const renamed = aBirthNotification({ parents: [{ ...parent!, names: { given: ['Somebody'], family: 'Else' } }, ...others] });
    const confirm = (caseId: string) => unitOfWork.join([caseId], async (unit) => void unit.append(PersonConfirmedV1(caseId, { personId: parent!.id, authority: 'ca-on', resolution: 'FUMA', by: 'authority' })));
    const { caseId } = await tell();
    expect(await amend(caseId, renamed)).toEqual({ version: 2 });
    await confirm(caseId);
    await expect(amend(caseId, aBirthNotification())).rejects.toMatchObject({ code: 'amendment.person-confirmed', status: 422, faults: [expect.objectContaining({ pointer: '/notification/parents/0' })] });
    await expect(amend(caseId, aBirthNotification({ parents: others, notifier: others[0]!.id }))).rejects.toMatchObject({ code: 'amendment.person-confirmed' });
  });

  it('a corrected report is known again by what it says now', async () => {
    const first = await tell();
    const corrected = aBirthNotification({ birth: { ...aBirthNotification().birth, date: '2026-02-28' } });
    await amend(first.caseId, corrected);
    expect((await tell({ notification: corrected })).reference).toBe(first.reference);
  });

  it('taking it back is said once, and nothing can be changed any more', async () => {
    const { caseId } = await tell();
    await unitOfWork.execute(new CancelCase(caseId, 'told-in-error'));
    await unitOfWork.execute(new CancelCase(caseId, 'told-in-error'));
    expect(await story(caseId)).toEqual(['intake.case-opened.v1', 'intake.case-cancelled.v1']);
    await expect(amend(caseId, moved)).rejects.toMatchObject({ code: 'case.cancelled' });
    expect((await tell()).caseId).not.toBe(caseId);
  });

  it('the database holds nothing a person told: only keyed hashes, codes and instants', async () => {
    await tell();
    await tell({ by: 'zed', claims: zed });
    const tables = ['case_file', 'party', 'invitation', 'duplicate_review', 'repeat'];
    const text = JSON.stringify(await Promise.all(tables.map((t) => database.db.rows(`select * from intake.${t}`))));
    for (const value of ['olivia', 'Olivia', 'Tremblay', '1993-05-14', '2026-03-01', 'Larch', 'zed']) expect(text).not.toContain(value);
  });
});
