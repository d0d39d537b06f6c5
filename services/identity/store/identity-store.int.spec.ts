import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { type Database, type UnitOfWork } from '#libs/persistence/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { NotedV1 } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { FULL_MATCH } from '../authorities/fake-authority.js';
import type { IdentityFile } from '../domain/identity-file.js';
import { IdentityStore } from './identity-store.js';
import { Identity1700000000004 } from './migrations.js';

/** One of two processes that each take what they committed last for what is stored. */
class Process {
  readonly store: IdentityStore;
  readonly unitOfWork: UnitOfWork;

  constructor(db: Database) {
    this.store = new IdentityStore(db);
    this.unitOfWork = aloneWith(db, new SystemClock(), new Outbox());
  }

  /** What the case's file and cursor are found to be; then changes them. */
  async step(caseId: string, change: { readonly file?: IdentityFile; readonly cursor?: number; readonly begins?: true } = {}): Promise<{ readonly file: IdentityFile | undefined; readonly cursor: number }> {
    let found: { file: IdentityFile | undefined; cursor: number } | undefined;
    await this.unitOfWork.execute(new Work(caseId, async (unit) => {
      if (change.begins) this.store.begin(unit, [caseId]);
      found = { file: (await this.store.files(unit, [caseId])).get(caseId), cursor: (await this.store.load(unit, [caseId])).get(caseId)! };
      if (change.file) this.store.save(unit, [change.file]);
      if (change.cursor !== undefined) this.store.advance(unit, new Map([[caseId, change.cursor]]));
    }, [NotedV1(caseId, {})]));
    return found!;
  }

  get outdated(): number {
    return this.unitOfWork.counters.outdated;
  }
}

let database: TestDatabase;
let [here, there]: [Process?, Process?] = [];
beforeAll(async () => {
  database = await openTestDatabase([...logMigrations, Identity1700000000004]);
});
afterAll(() => database.close());
beforeEach(async () => {
  [here, there] = [new Process(database.db), new Process(await database.open('another process'))];
});

const aFile = (caseId: string, status: 'asking' | 'confirmed'): IdentityFile => ({ caseId, version: 1, people: { 'parent-1': { status, version: 1, attempts: 0 } } });

it('a file this process wrote is as it was written, without being asked for', async () => {
  const caseId = uuidv7();
  await here!.step(caseId, { begins: true });
  expect(await here!.step(caseId, { file: aFile(caseId, 'asking'), cursor: 1 })).toEqual({ file: undefined, cursor: 0 });
  await database.db.rows('update identity.file set next_due = 7 where case_id = $1', [caseId]); // nothing that is read here
  expect(await here!.step(caseId, { cursor: 2 })).toEqual({ file: aFile(caseId, 'asking'), cursor: 1 });
  expect(await here!.step(caseId)).toEqual({ file: aFile(caseId, 'asking'), cursor: 2 });
  expect(here!.outdated).toBe(0);
  expect(await there!.step(caseId)).toEqual({ file: aFile(caseId, 'asking'), cursor: 2 });
});

it.each<[string, string]>([
  ['file', `update identity.file set doc = '{"version":1,"people":{"parent-1":{"status":"confirmed","version":1,"attempts":0}}}' where case_id = $1`],
  ['cursor', 'update identity.file set cursor = 9 where case_id = $1'],
])('a %s another process wrote since, without a word on the log, is read', async (what, text) => {
  const caseId = uuidv7();
  await here!.step(caseId, { begins: true });
  await here!.step(caseId, { file: aFile(caseId, 'asking'), cursor: 1 });
  await database.db.rows(text, [caseId]);
  expect(await here!.step(caseId)).toEqual(what === 'file' ? { file: aFile(caseId, 'confirmed'), cursor: 1 } : { file: aFile(caseId, 'asking'), cursor: 9 });
  expect(here!.outdated).toBe(1);
});

it('a file that was begun here and written elsewhere is read', async () => {
  const caseId = uuidv7();
  await here!.step(caseId, { begins: true });
  await database.db.rows(`insert into identity.file (case_id, cursor) values ($1, 3)`, [caseId]);
  expect(await here!.step(caseId)).toEqual({ file: undefined, cursor: 3 });
  expect(here!.outdated).toBe(1);
});

it('who waits for which authority is counted: whoever was asked about, until it has spoken', async () => {
  const put = async (people: IdentityFile['people'], more: Partial<IdentityFile> = {}): Promise<void> => {
    const caseId = uuidv7();
    await here!.step(caseId, { begins: true, file: { caseId, version: 1, people, ...more } });
  };
  const asked = { version: 1, attempts: 1, authority: 'ca-mb', due: 5 } as const;
  await put({ 'parent-1': { ...asked, status: 'asking' }, 'parent-2': { ...asked, status: 'review' } });
  await put({ 'parent-1': { ...asked, status: 'asking' }, 'parent-2': { ...asked, status: 'asking', authority: 'ca-yt' } });
  await put({ 'parent-1': { version: 1, attempts: 0, status: 'asking' } });
  await put({ 'parent-1': { ...asked, status: 'review', finding: FULL_MATCH } });
  await put({ 'parent-1': { ...asked, status: 'confirmed' }, 'parent-2': { ...asked, status: 'refused' } });
  await put({ 'parent-1': { ...asked, status: 'asking' } }, { ended: true });
  expect(await here!.store.waiting()).toEqual([{ authority: 'ca-mb', count: 3 }, { authority: 'ca-yt', count: 1 }]);
});
