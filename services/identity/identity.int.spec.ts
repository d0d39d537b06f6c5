import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewEvent } from '#contracts/envelope.js';
import {
  CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, ConfirmationDelayedV1, DuplicateResolvedV1, PartyJoinedV1, PersonConfirmedV1, ReviewOpenedV1, ReviewResolvedV1, type EventType,
} from '#contracts/events/index.js';
import type { EvidenceCode, ParentId, Resolution, ReviewDecision } from '#contracts/words.js';
import { Bell, logMigrations, Outbox, PostgresFeed, PostgresHistory } from '#libs/event-log/index.js';
import { MovableClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Asking } from './asking/asking.js';
import { AuthorityLanes } from './asking/authority-lanes.js';
import { QuestionTimers } from './asking/question-timers.js';
import { FakeAuthority, FULL_MATCH } from './authorities/fake-authority.js';
import type { Reply } from './authorities/identity-authority.js';
import { questionIdOf } from './domain/identity-file.js';
import { IdentityModule, identityMigrations } from './index.js';
import { IdentityStore } from './store/identity-store.js';
import { FakeVault, type DeclaredPerson } from './testing/fake-vault.js';
import { IdentitySlice } from './use-cases/identity-slice.js';
import { JudgeReview } from './use-cases/judge-review.js';

const OPERATOR = '0123456789abcdef0123456789abcdef';
const camille: DeclaredPerson = { names: { given: ['Camille'], family: 'Bergeron' }, birthDate: '1992-03-21', birthPlace: { jurisdiction: 'ca-qc' } };
const liam: DeclaredPerson = { names: { given: ['Liam'], family: 'O’Connor-Doyle' }, birthDate: '1990-06-12', birthPlace: { jurisdiction: 'ca-on' } };
const priya: DeclaredPerson = { names: { given: ['Priya'], family: 'Raman' }, birthDate: '1989-12-01', birthPlace: { country: 'IN' } };
const nora: DeclaredPerson = { names: { given: ['Nora'], family: 'Whitlock' }, birthDate: '1992-08-01', birthPlace: { jurisdiction: 'ca-on' } };

const found = (resolution: Resolution): Reply => ({ kind: 'found', finding: { resolution, score: 60, fields: { ...FULL_MATCH.fields, birthDate: 'DIFF' } } });

let database: TestDatabase;
let unitOfWork: UnitOfWork;
let history: PostgresHistory;
let feed: PostgresFeed;
let clock: MovableClock;
let vault: FakeVault;
let authority: FakeAuthority;
let asking: Asking;
let stopProcess: () => Promise<void>;

/** One process of the service over the test's database. */
const startProcess = async (): Promise<void> => {
  const outbox = new Outbox();
  const bell = new Bell(database.db, outbox);
  const store = new IdentityStore(database.db);
  unitOfWork = new UnitOfWork(database.db, clock, outbox);
  history = new PostgresHistory(database.db, bell);
  feed = new PostgresFeed(database.db, unitOfWork, bell, clock);
  asking = new Asking(unitOfWork, store, vault, new AuthorityLanes(authority, clock), history);
  const timers = new QuestionTimers(database.db, asking, clock);
  new IdentitySlice(unitOfWork, store).onModuleInit();
  new IdentityModule(feed, store, asking).onModuleInit();
  await feed.start();
  timers.onApplicationBootstrap();
  stopProcess = async () => {
    await Promise.all([timers.onModuleDestroy(), asking.onModuleDestroy(), feed.stop()]);
  };
};

beforeEach(async () => {
  database = await openTestDatabase([...logMigrations, ...identityMigrations]);
  clock = new MovableClock();
  vault = new FakeVault();
  authority = new FakeAuthority();
  await startProcess();
}, 60_000);
afterEach(async () => {
  await stopProcess();
  await database.close();
});

/** As intake does: in its own transaction, under the case's lock. */
const state = (...events: readonly NewEvent[]): Promise<void> =>
  unitOfWork.join([...new Set(events.map((e) => e.caseId))], async (unit) => {
    for (const event of events) unit.append(event);
  });
const declare = (people: Partial<Record<ParentId, DeclaredPerson>>): string => {
  const caseId = uuidv7();
  vault.declared.set(caseId, people);
  return caseId;
};
const opened = (caseId: string, change: { held?: true; claimsDiffer?: true; agent?: true } = {}) => {
  const { agent, ...rest } = change;
  return CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [{ partyId: uuidv7(), personId: 'parent-1', role: agent ? 'agent' : 'notifier' }], ...rest });
};
const joined = (caseId: string, claimsDiffer = false) => PartyJoinedV1(caseId, { partyId: uuidv7(), personId: 'parent-2', role: 'signatory', claimsDiffer });
const amended = (caseId: string, version: number) => CaseAmendedV1(caseId, { version, reason: 'formal-correction', targets: [] });

/** What identity said of a case, in order. */
const said = async (caseId: string): Promise<readonly { readonly type: string; readonly data: unknown }[]> =>
  (await history.of(caseId)).filter((e) => e.type.startsWith('identity.')).map(({ type, data }) => ({ type, data }));
const saying = (caseId: string, ...events: readonly NewEvent[]): Promise<unknown> => eventually(async () => {
  expect(await said(caseId)).toEqual(events.map(({ type, data }) => ({ type, data })));
  return true;
});
const confirmed = (caseId: string, who: ParentId, by: { authority: 'ca-qc' | 'ca-on' | 'ca' }) => PersonConfirmedV1(caseId, { personId: who, authority: by.authority, resolution: 'FUMA', by: 'authority' });
const askedAbout = (caseId: string): readonly string[] => {
  const ids = new Set((['parent-1', 'parent-2'] as const).flatMap((p) => [1, 2, 3].map((v) => questionIdOf(caseId, p, v))));
  return authority.asked.filter((q) => ids.has(q.questionId)).map((q) => q.questionId);
};
const reviewsOf = (caseId: string) => database.db.rows<{ id: string; person_id: ParentId; reason: string; resolution: string | null; closed_at: string | null; decision: string | null; evidence: string | null; operator: string | null }>(
  'select * from identity.review where case_id = $1 order by opened_at', [caseId]);
const judge = async (caseId: string, decision: ReviewDecision, evidence?: EvidenceCode): Promise<void> => {
  const [review] = await eventually(async () => {
    const open = (await reviewsOf(caseId)).filter((r) => r.closed_at === null);
    return open.length > 0 && open;
  });
  await unitOfWork.execute(new JudgeReview(caseId, { reviewId: review!.id, personId: review!.person_id, decision, ...(evidence && { evidence }), operator: OPERATOR }));
};
/** Time for everything under way to be done; what should not happen has then not happened. */
const quiet = async (): Promise<void> => {
  await eventually(async () => [...(await feed.lag()).values()].every((n) => n === 0));
  await new Promise((resolve) => setTimeout(resolve, 100));
};

describe('who is asked', () => {
  it('a mother born in Québec who lives in Ontario is confirmed by Québec', async () => {
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(authority.asked).toEqual([{ questionId: questionIdOf(caseId, 'parent-1', 1), authority: 'ca-qc', ...camille }]);
  });

  it('a mother born abroad is confirmed by IRCC', async () => {
    const caseId = declare({ 'parent-1': priya });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca' }));
  });

  it('the parent, not the agent beside her', async () => {
    const caseId = declare({ 'parent-1': priya });
    await state(opened(caseId, { agent: true }));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca' }));
    expect(authority.asked).toHaveLength(1);
  });

  it('a second signatory when they join, and then only they', async () => {
    const caseId = declare({ 'parent-1': camille, 'parent-2': liam });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(authority.asked).toHaveLength(1);
    await state(joined(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }), confirmed(caseId, 'parent-2', { authority: 'ca-on' }));
    expect(authority.asked.map((q) => q.authority)).toEqual(['ca-qc', 'ca-on']);
  });

  it('nobody while a possible duplicate is undecided; all of them when it is its own event', async () => {
    const caseId = declare({ 'parent-1': camille, 'parent-2': liam });
    await state(opened(caseId, { held: true }));
    await state(joined(caseId));
    await quiet();
    expect(authority.asked).toEqual([]);
    expect(vault.releases).toEqual([]);
    await state(DuplicateResolvedV1(caseId, { decision: 'distinct' }));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }), confirmed(caseId, 'parent-2', { authority: 'ca-on' }));
  });

  it('nobody at all when it was told before', async () => {
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId, { held: true }), DuplicateResolvedV1(caseId, { decision: 'same-event' }));
    await quiet();
    expect(authority.asked).toEqual([]);
  });

  it('one release and one written row for a page of people confirmed at the first try', async () => {
    const cases = Array.from({ length: 20 }, () => declare({ 'parent-1': camille }));
    await state(...cases.map((caseId) => opened(caseId)));
    for (const caseId of cases) await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(vault.releases.map((list) => list.length).reduce((a, b) => a + b)).toBe(20);
    expect(vault.releases.length).toBeLessThanOrEqual(2);
    const [written] = await eventually(async () => {
      const rows = await database.db.rows<{ n: string }>(`select n_tup_ins + n_tup_upd + n_tup_del n from pg_stat_user_tables where schemaname = 'identity' and relname = 'file'`);
      return Number(rows[0]!.n) >= 20 && rows;
    });
    expect(Number(written!.n)).toBe(20);
  });
});

describe('an authority that cannot be reached', () => {
  it('is asked again until it answers, and no operator is needed', async () => {
    authority.answer = () => ({ kind: 'unreachable' });
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    const delayed = ConfirmationDelayedV1(caseId, { personId: 'parent-1', authority: 'ca-qc', attempts: 1 });
    await saying(caseId, delayed);
    clock.advance(60_000);
    await eventually(() => askedAbout(caseId).length >= 2);
    await quiet();
    expect(await said(caseId)).toHaveLength(1); // the delay is said once
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    clock.advance(3_600_000);
    await saying(caseId, delayed, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(new Set(askedAbout(caseId)).size).toBe(1); // always the same question
    expect(await reviewsOf(caseId)).toEqual([]);
  });

  it('is not asked before the time it named', async () => {
    authority.answer = () => ({ kind: 'unreachable', retryAfterMs: 7_200_000 });
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await eventually(async () => (await said(caseId)).length === 1);
    clock.advance(7_100_000);
    await quiet();
    expect(askedAbout(caseId)).toHaveLength(1);
    clock.advance(200_000);
    await eventually(() => askedAbout(caseId).length === 2);
  });

  it('that fails in any way confirms nobody', async () => {
    authority.answer = () => Promise.reject(new Error('socket hang up'));
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await saying(caseId, ConfirmationDelayedV1(caseId, { personId: 'parent-1', authority: 'ca-qc', attempts: 1 }));
  });

  it('that hangs holds a page no longer than the patience, and leaves the people of others alone; its late answer counts', async () => {
    let release: (reply: Reply) => void = () => undefined;
    const hanging = new Promise<Reply>((resolve) => (release = resolve));
    authority.answer = ({ authority: who }) => (who === 'ca-qc' ? hanging : { kind: 'found', finding: FULL_MATCH });
    const slow = declare({ 'parent-1': camille });
    await state(opened(slow));
    await eventually(() => askedAbout(slow).length === 1);
    const others: number[] = [];
    for (let i = 0; i < 8; i++) {
      const alsoSlow = declare({ 'parent-1': camille });
      const quick = declare({ 'parent-1': nora });
      const from = performance.now();
      await state(opened(alsoSlow), opened(quick));
      await saying(quick, confirmed(quick, 'parent-1', { authority: 'ca-on' }));
      others.push(performance.now() - from);
    }
    // the first page may wait out the patience; from then on it is known that this authority hangs
    expect(Math.min(...others)).toBeLessThan(250);
    expect(others.slice(2).sort((a, b) => a - b)[3]).toBeLessThan(250);
    expect(await said(slow)).toEqual([]);
    release({ kind: 'found', finding: FULL_MATCH });
    await saying(slow, confirmed(slow, 'parent-1', { authority: 'ca-qc' }));
    expect(askedAbout(slow)).toHaveLength(1);
  });

  it('may answer before the page that asked is recorded: the answer is kept, and counts once', async () => {
    let release: (reply: Reply) => void = () => undefined;
    authority.answer = () => new Promise<Reply>((resolve) => (release = resolve));
    await feed.stop();
    const caseId = declare({ 'parent-1': camille });
    const { data } = opened(caseId);
    const page = { events: [{ caseId, seq: 1, at: clock.now(), data }], typeOf: () => CaseOpenedV1 as unknown as EventType, redelivered: false, signal: new AbortController().signal };
    const commands = await asking.follow(page);
    release({ kind: 'found', finding: FULL_MATCH });
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect((await unitOfWork.executeAll(commands)).map((r) => r.ok)).toEqual([true]);
    expect(await said(caseId)).toHaveLength(1);
  });

  it('is not told about anybody while its breaker is open', async () => {
    authority.answer = () => ({ kind: 'unreachable' });
    const cases = Array.from({ length: 30 }, () => declare({ 'parent-1': camille }));
    for (const caseId of cases) {
      await state(opened(caseId));
      await eventually(async () => (await said(caseId)).length === 1);
    }
    expect(authority.asked.length).toBeLessThan(cases.length);
    expect(vault.releases.flat().length).toBeLessThan(cases.length);
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    await eventually(async () => {
      clock.advance(3_600_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const caseId of cases) expect((await said(caseId)).at(-1)?.type).toBe(PersonConfirmedV1.type);
      return true;
    }, { within: 20_000 });
  }, 40_000);

  it('is not asked any more when the case is cancelled', async () => {
    authority.answer = () => ({ kind: 'unreachable' });
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await eventually(async () => (await said(caseId)).length === 1);
    await state(CaseCancelledV1(caseId, { reason: 'told-in-error' }));
    await quiet();
    const before = askedAbout(caseId).length;
    clock.advance(86_400_000);
    await quiet();
    expect(askedAbout(caseId)).toHaveLength(before);
  });
});

describe('a process that stops or dies on the way', () => {
  it.each(['while the page waits', 'after the page is recorded'])('another puts the same question, and one confirmation is recorded: stopped %s', async (when) => {
    authority.answer = () => new Promise(() => undefined);
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await eventually(async () => askedAbout(caseId).length === 1 && (when === 'while the page waits' || (await database.db.rows('select 1 from identity.file')).length === 1));
    await stopProcess();
    expect(await said(caseId)).toEqual([]); // cut off says nothing of the authority
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    await startProcess();
    clock.advance(60_000);
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(new Set(askedAbout(caseId))).toEqual(new Set([questionIdOf(caseId, 'parent-1', 1)]));
  });

  it('events read a second time ask nothing new and confirm nobody twice', async () => {
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    await stopProcess();
    await database.db.rows(`delete from log.checkpoint where group_name = 'identity'`);
    await startProcess();
    await quiet();
    expect(await said(caseId)).toHaveLength(1);
    expect(askedAbout(caseId)).toHaveLength(1);
  });

  it('a page lost before it was recorded is asked again under the same id', async () => {
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    await stopProcess();
    // as if the process had died between the call and the commit
    await database.db.rows('delete from identity.file');
    await database.db.rows(`delete from log.entry where types like 'identity.%'`);
    await database.db.rows(`delete from log.checkpoint where group_name = 'identity'`);
    await startProcess();
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    expect(askedAbout(caseId)).toEqual([questionIdOf(caseId, 'parent-1', 1), questionIdOf(caseId, 'parent-1', 1)]);
  });
});

describe('reviews', () => {
  it.each([['ACMA', 'acceptable-match'], ['NOMA', 'no-match']] as const)('%s: a reviewer accepts with evidence, and that confirms the person', async (resolution, reason) => {
    authority.answer = () => found(resolution);
    const caseId = declare({ 'parent-1': nora });
    await state(opened(caseId));
    const review = ReviewOpenedV1(caseId, { personId: 'parent-1', authority: 'ca-on', reason });
    await saying(caseId, review);
    await judge(caseId, 'accept', 'birth-certificate-seen');
    await saying(caseId, review, PersonConfirmedV1(caseId, { personId: 'parent-1', authority: 'ca-on', resolution, by: 'reviewer' }));
    const [row] = await reviewsOf(caseId);
    expect(row).toMatchObject({ reason, resolution, decision: 'accept', evidence: 'birth-certificate-seen' });
    expect(row!.operator!.replaceAll('-', '')).toBe(OPERATOR);
  });

  it('refused: said once, and the same again changes nothing, another is refused', async () => {
    authority.answer = () => found('NOMA');
    const caseId = declare({ 'parent-1': nora });
    await state(opened(caseId));
    await judge(caseId, 'refuse');
    const { id } = (await reviewsOf(caseId))[0]!;
    const again = (decision: ReviewDecision, evidence?: EvidenceCode) =>
      unitOfWork.execute(new JudgeReview(caseId, { reviewId: id, personId: 'parent-1', decision, ...(evidence && { evidence }), operator: OPERATOR }));
    await again('refuse');
    await expect(again('accept', 'birth-certificate-seen')).rejects.toMatchObject({ code: 'review.already-decided', status: 409 });
    expect((await said(caseId)).at(-1)).toEqual({ type: ReviewResolvedV1.type, data: { personId: 'parent-1', decision: 'refuse' } });
    expect(await said(caseId)).toHaveLength(2);
  });

  it('to be corrected: the amended report is asked about anew, under a new question', async () => {
    authority.answer = () => found('NOMA');
    const caseId = declare({ 'parent-1': { ...nora, birthDate: '1992-08-01' } });
    await state(opened(caseId));
    await judge(caseId, 'ask-citizen-to-correct');
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    vault.declared.set(caseId, { 'parent-1': { ...nora, birthDate: '1992-08-10' } });
    await state(amended(caseId, 2));
    await eventually(async () => {
      expect((await said(caseId)).at(-1)).toEqual({ type: PersonConfirmedV1.type, data: confirmed(caseId, 'parent-1', { authority: 'ca-on' }).data });
      return true;
    });
    expect(askedAbout(caseId)).toEqual([questionIdOf(caseId, 'parent-1', 1), questionIdOf(caseId, 'parent-1', 2)]);
    expect(authority.asked.at(-1)!.birthDate).toBe('1992-08-10');
  });

  it('an amendment overtakes a review that is still open', async () => {
    authority.answer = () => found('ACMA');
    const caseId = declare({ 'parent-1': nora });
    await state(opened(caseId));
    await eventually(async () => (await reviewsOf(caseId)).length === 1);
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    await state(amended(caseId, 2));
    await eventually(async () => (await said(caseId)).at(-1)?.type === PersonConfirmedV1.type);
    expect(await reviewsOf(caseId)).toMatchObject([{ closed_at: expect.any(String), decision: null }]);
  });

  it('a sign-in that does not fit is reviewed even on a full match, with the authority’s words', async () => {
    const caseId = declare({ 'parent-1': camille });
    await state(opened(caseId, { claimsDiffer: true }));
    await saying(caseId, ReviewOpenedV1(caseId, { personId: 'parent-1', authority: 'ca-qc', reason: 'claims-differ' }));
    expect(await reviewsOf(caseId)).toMatchObject([{ reason: 'claims-differ', resolution: 'FUMA', closed_at: null }]);
    await judge(caseId, 'accept', 'statements-compared');
    await eventually(async () => (await said(caseId)).at(-1)?.type === PersonConfirmedV1.type);
  });

  it('a joiner whose sign-in does not fit is reviewed while the authority is away, and its words follow', async () => {
    const caseId = declare({ 'parent-1': camille, 'parent-2': liam });
    await state(opened(caseId));
    await saying(caseId, confirmed(caseId, 'parent-1', { authority: 'ca-qc' }));
    authority.answer = () => ({ kind: 'unreachable' });
    await state(joined(caseId, true));
    await eventually(async () => (await reviewsOf(caseId)).length === 1);
    expect(await reviewsOf(caseId)).toMatchObject([{ person_id: 'parent-2', reason: 'claims-differ', resolution: null }]);
    await expect(judge(caseId, 'accept', 'statements-compared')).rejects.toMatchObject({ code: 'review.authority-not-heard' });
    authority.answer = () => ({ kind: 'found', finding: FULL_MATCH });
    clock.advance(3_600_000);
    await eventually(async () => (await reviewsOf(caseId))[0]!.resolution === 'FUMA');
    expect(await said(caseId)).toHaveLength(2); // the review already says whom the case waits for
  });

  it('keeps words, codes and ids, and nothing of what a person told', async () => {
    authority.answer = () => found('ACMA');
    const caseId = declare({ 'parent-1': nora });
    await state(opened(caseId));
    await judge(caseId, 'ask-citizen-to-correct');
    const kept = JSON.stringify(await database.db.rows('select f.*, r.* from identity.file f join identity.review r using (case_id)')) + JSON.stringify(await history.of(caseId));
    for (const told of ['Nora', 'Whitlock', '1992-08-01']) expect(kept).not.toContain(told);
    expect(kept).toContain('DIFF');
  });
});
