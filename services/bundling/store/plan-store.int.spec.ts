import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Database } from '#libs/persistence/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { NotedV1 } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { CaseState } from '../domain/case-state.js';
import { NOON, aCase, aRoot, aTarget } from '../testing/a-case.js';
import { bundlingMigrations } from './migrations.js';
import { PlanStore } from './plan-store.js';

/** What one process remembers of a plan, beside another that writes the same rows. */
class Process {
  readonly store = new PlanStore();
  readonly unitOfWork: UnitOfWork;

  constructor(db: Database) {
    this.unitOfWork = new UnitOfWork(db, new SystemClock(), new Outbox());
  }

  read(caseId: string): Promise<CaseState | undefined> {
    return this.unitOfWork.join([caseId], async (unit) => (await this.store.states(unit, [caseId])).get(caseId));
  }

  write(state: CaseState, { fails = false, meanwhile = (): Promise<unknown> => Promise.resolve() } = {}): Promise<void> {
    return this.unitOfWork.join([state.caseId], async (unit) => {
      await this.store.states(unit, [state.caseId]);
      await meanwhile();
      this.store.save(unit, new Map([[state.caseId, state]]));
      if (fails) unit.tx.write('select 1 / 0');
    });
  }
}

let database: TestDatabase;
let here: Process;
let there: Process;
beforeAll(async () => {
  database = await openTestDatabase([...logMigrations, ...bundlingMigrations]);
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

it('a plan that was written before in its older form is read, and written as it is now', async () => {
  const state = open();
  await here.write(state);
  const flags = 0;
  const older = { s: 'identity-pending', b: NOON, n: 'parent-1', p: { 'parent-1': 'asked' }, t: state.targets.map((t) => [t.consent, NOON, 0, flags, ['waiting-identity', 0, flags, 'identity-authority', t.expectedBy, t.limitAt, null, null, null, ['parent-1']]]) };
  await database.db.rows('update bundling.plan set doc = $2, stamp = 7 where case_id = $1', [state.caseId, JSON.stringify(older)]);
  expect(await there.read(state.caseId)).toEqual(state);
  await there.write(confirmed(state));
  expect(JSON.parse(await docOf(state.caseId))).toEqual([2, NOON, 2, 1, [5], expect.anything()]);
  expect(await here.read(state.caseId)).toEqual(confirmed(state));
});

it('plans that are fixed alike share what is fixed, whoever wrote them', async () => {
  const [one, other] = [open(), open()];
  await here.write(one);
  await there.write(other);
  const read = await Promise.all([here.read(other.caseId), there.read(one.caseId)]);
  for (const state of read) expect(state!.targets.every(({ plan }, i) => plan === one.targets[i]!.plan)).toBe(true);
  expect(await database.db.rows('select count(distinct shape)::int shapes from bundling.plan where case_id in ($1, $2)', [one.caseId, other.caseId])).toEqual([{ shapes: 1 }]);
});

it('what is asked for again before the answer is there is read once', async () => {
  const [known, unknown] = [open(), uuidv7()];
  await there.write(known);
  const asked: string[] = [];
  await here.unitOfWork.join([known.caseId, unknown], async (unit) => {
    const rows = unit.tx.rows.bind(unit.tx);
    unit.tx.rows = (text, values) => {
      if (text.includes('bundling.plan ')) asked.push(text);
      return rows(text, values);
    };
    const [first, second, cursors] = await Promise.all([here.store.states(unit, [known.caseId]), here.store.states(unit, [known.caseId, unknown]), here.store.load(unit, [known.caseId, unknown])]);
    expect(second.get(known.caseId)).toBe(first.get(known.caseId));
    expect([...cursors]).toEqual([[known.caseId, 0], [unknown, 0]]);
    await here.store.states(unit, [unknown, known.caseId]);
  });
  expect(asked.length).toBe(2); // the case, and the other one
});

it('what was decided while a second question was on its way is not overwritten by its answer', async () => {
  const state = open();
  await there.write(state);
  await here.unitOfWork.join([state.caseId], async (unit) => {
    const asked = here.store.load(unit, [state.caseId]);
    await here.store.states(unit, [state.caseId]);
    here.store.save(unit, new Map([[state.caseId, confirmed(state)]]));
    here.store.advance(unit, new Map([[state.caseId, 4]]));
    await asked;
    await here.store.load(unit, [state.caseId]);
  });
  expect((await there.read(state.caseId))?.people).toEqual({ 'parent-1': 'confirmed' });
});

it('a cursor that moves without a look at the plan leaves the plan as it is', async () => {
  const [state, none] = [open(), uuidv7()];
  await here.write(state);
  await there.unitOfWork.join([state.caseId, none], async (unit) => {
    await Promise.resolve();
    there.store.advance(unit, new Map([[state.caseId, 9], [none, 3]]));
  });
  expect(await here.read(state.caseId)).toEqual(state);
  expect(await database.db.rows('select cursor, doc is null as bare from bundling.plan where case_id in ($1, $2) order by cursor', [state.caseId, none])).toEqual([{ cursor: 3, bare: true }, { cursor: 9, bare: false }]);
});

it('a row that appears although there was none fails whoever was to write it, and stays', async () => {
  const state = open();
  const appears = () => database.db.rows('insert into bundling.plan (case_id, cursor, stamp) values ($1, 5, 1)', [state.caseId]); // under no lock, as no writer does
  await expect(here.write(state, { meanwhile: appears })).rejects.toMatchObject({ code: '23505' });
  expect(await database.db.rows('select cursor from bundling.plan where case_id = $1', [state.caseId])).toEqual([{ cursor: 5 }]);
});

it('a row that disappears is written again', async () => {
  const state = open();
  await here.write(state);
  await here.write(confirmed(state), { meanwhile: () => database.db.rows('delete from bundling.plan where case_id = $1', [state.caseId]) });
  expect((await there.read(state.caseId))?.people).toEqual({ 'parent-1': 'confirmed' });
});

it('what is forgotten between the question and its answer is known all the same', async () => {
  const state = open();
  await here.write(state);
  const others = Array.from({ length: 4096 }, () => ({ ...state, caseId: uuidv7() }));
  const gate = await database.db.connect();
  await gate.query('select pg_advisory_lock(4096)');
  const read = here.unitOfWork.join([state.caseId], async (unit) => {
    const waits = unit.tx.rows('select pg_advisory_xact_lock(4096)');
    const states = here.store.states(unit, [state.caseId]);
    await waits;
    return (await states).get(state.caseId);
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await here.unitOfWork.join(others.map((o) => o.caseId), async (unit) => {
    await here.store.states(unit, others.map((o) => o.caseId));
    here.store.save(unit, new Map(others.map((o) => [o.caseId, o])));
  });
  await gate.query('select pg_advisory_unlock(4096)');
  gate.release();
  expect(await read).toBe(state);
}, 30_000);

it('when a case is to be looked at stays on file while that is not too late, and is mended by the look', async () => {
  const dueOf = async (caseId: string): Promise<number | null> => {
    const [row] = await database.db.rows<{ next_due: string | null }>('select next_due from bundling.plan where case_id = $1', [caseId]);
    return row!.next_due === null ? null : Number(row!.next_due);
  };
  const [soon, later] = [Date.now() + 600, Date.now() + 3_600_000];
  const state = { ...open(), nextDue: soon };
  await here.write(state);
  await here.write({ ...state, nextDue: later });
  expect(await dueOf(state.caseId)).toBe(soon);
  // Whoever looks at it then sees that it is not what the case says, and writes what is.
  await new Promise((r) => setTimeout(r, 700));
  for (const process of [here, there]) expect((await process.read(state.caseId))?.nextDue).toBe(soon);
  await here.write({ ...state, nextDue: later });
  expect(await dueOf(state.caseId)).toBe(later);
  await here.write({ ...state, nextDue: soon });
  expect(await dueOf(state.caseId)).toBe(soon);
  await here.write({ ...state, nextDue: undefined });
  expect(await dueOf(state.caseId)).toBeNull();
});

it('what this process wrote last is not even asked for where it may be assumed, and found out where it is not so', async () => {
  const store = new PlanStore();
  const unitOfWork = aloneWith(database.db, new SystemClock(), new Outbox());
  const step = async (caseId: string, change: (state: CaseState | undefined) => CaseState | undefined = () => undefined, cursor?: number): Promise<{ state: CaseState | undefined; cursor: number; reads: number }> => {
    const found = { state: undefined as CaseState | undefined, cursor: 0, reads: 0 };
    await unitOfWork.execute(new Work(caseId, async (unit) => {
      const rows = unit.tx.rows.bind(unit.tx);
      unit.tx.rows = (text, values) => {
        found.reads++;
        return rows(text, values);
      };
      found.state = (await store.states(unit, [caseId])).get(caseId);
      found.cursor = (await store.load(unit, [caseId])).get(caseId)!;
      const next = change(found.state);
      if (next) store.save(unit, new Map([[caseId, next]]));
      if (cursor !== undefined) store.advance(unit, new Map([[caseId, cursor]]));
    }, [NotedV1(caseId, {})]));
    return found;
  };
  const state = { ...open(), nextDue: Date.now() + 60_000 };
  await step(state.caseId, () => state, 1);
  expect(await step(state.caseId, (s) => ({ ...s!, nextDue: Date.now() + 90_000 }), 2)).toEqual({ state, cursor: 1, reads: 0 });
  // The earlier instant stands on file, and is what is found.
  expect(await step(state.caseId)).toEqual({ state, cursor: 2, reads: 0 });
  expect(unitOfWork.counters.outdated).toBe(0);
  await there.write(confirmed(state)); // nothing was stated of it
  expect(await step(state.caseId)).toMatchObject({ state: { people: { 'parent-1': 'confirmed' } }, cursor: 2 });
  expect(unitOfWork.counters.outdated).toBe(1);
});
