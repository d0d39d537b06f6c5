import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Log1700000000000 } from '#libs/event-log/postgres/migrations.js';
import { Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Database } from '#libs/persistence/index.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { CaseState } from '../domain/case-state.js';
import { aCase, aRoot, aTarget } from '../testing/a-case.js';
import { bundlingMigrations } from './migrations.js';
import { PlanStore } from './plan-store.js';

/** What one process remembers of a plan, beside another that writes the same rows. */
class Process {
  private readonly store = new PlanStore();
  private readonly unitOfWork: UnitOfWork;

  constructor(db: Database) {
    this.unitOfWork = new UnitOfWork(db, new SystemClock(), new Outbox());
  }

  read(caseId: string): Promise<CaseState | undefined> {
    return this.unitOfWork.join([caseId], async (unit) => (await this.store.states(unit, [caseId])).get(caseId));
  }

  write(state: CaseState, { fails = false } = {}): Promise<void> {
    return this.unitOfWork.join([state.caseId], async (unit) => {
      await this.store.states(unit, [state.caseId]);
      this.store.save(unit, new Map([[state.caseId, state]]));
      if (fails) unit.tx.write('select 1 / 0');
    });
  }
}

let database: TestDatabase;
let here: Process;
let there: Process;
beforeAll(async () => {
  database = await openTestDatabase([Log1700000000000, ...bundlingMigrations]);
  here = new Process(database.db);
  there = new Process(await database.open('another process'));
}, 60_000);
afterAll(() => database.close());

const open = (): CaseState => aCase([aRoot(), aTarget('sin', { after: ['registration'] })], { caseId: uuidv7() }).state;
const confirmed = (state: CaseState): CaseState => ({ ...state, people: { 'parent-1': 'confirmed' } });
const docOf = async (caseId: string): Promise<string> => (await database.db.rows<{ doc: string }>('select doc::text from bundling.plan where case_id = $1', [caseId]))[0]!.doc;

it('a plan comes back as it was written, to whoever reads it', async () => {
  const state = open();
  await here.write(state);
  expect(await here.read(state.caseId)).toEqual(state);
  expect(await there.read(state.caseId)).toEqual(state);
});

it('what this process wrote last is not read and decoded again', async () => {
  const state = open();
  await here.write(state);
  await database.db.rows(`update bundling.plan set doc = '{}' where case_id = $1`, [state.caseId]); // the document alone, as no writer does
  expect(await here.read(state.caseId)).toBe(state);
});

it('what another process wrote since is read, never what was remembered', async () => {
  const state = open();
  await here.write(state);
  await there.write(confirmed(state));
  expect((await here.read(state.caseId))?.people).toEqual({ 'parent-1': 'confirmed' });
  await here.write({ ...confirmed(state), held: true });
  expect((await there.read(state.caseId))?.held).toBe(true);
});

it('what was not committed is not remembered', async () => {
  const state = open();
  await here.write(state);
  const before = await docOf(state.caseId);
  await expect(here.write(confirmed(state), { fails: true })).rejects.toThrow('division by zero');
  expect(await docOf(state.caseId)).toBe(before);
  expect(await here.read(state.caseId)).toEqual(state);
});
