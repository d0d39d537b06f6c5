import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { type Database, type Unit, type UnitOfWork } from '#libs/persistence/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { Count, NotedV1, registerTally, Tally1700000000099 } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CursorTable, logMigrations, Outbox } from './index.js';

/** One of two processes that each take themselves to be alone. */
class Process {
  readonly unitOfWork: UnitOfWork;
  readonly cursors = new CursorTable('tally.cursor_left');

  constructor(db: Database) {
    this.unitOfWork = aloneWith(db, new SystemClock(), new Outbox());
    registerTally(this.unitOfWork);
  }

  get outdated(): number {
    return this.unitOfWork.counters.outdated;
  }

  note(caseId: string, work: (unit: Unit) => Promise<void> | void = () => undefined): Promise<void> {
    return this.unitOfWork.execute(new Work(caseId, work, [NotedV1(caseId, {})]));
  }

  /** Moves the cursor of a case on by one, and answers where it stood. */
  async move(caseId: string): Promise<number> {
    let stood = -1;
    await this.note(caseId, async (unit) => {
      stood = (await this.cursors.load(unit, [caseId])).get(caseId) ?? 0;
      this.cursors.advance(unit, new Map([[caseId, stood + 1]]));
    });
    return stood;
  }
}

let database: TestDatabase;
let here: Process;
let there: Process;
beforeAll(async () => {
  database = await openTestDatabase([...logMigrations, Tally1700000000099]);
});
afterAll(() => database.close());
const open = async (): Promise<void> => {
  here = new Process(database.db);
  there = new Process(await database.open('another process'));
};
const numbers = async (caseId: string): Promise<readonly number[]> => (await database.db.rows<{ seq: number }>('select seq from log.event where case_id = $1 order by seq', [caseId])).map((r) => r.seq);
/** Whether the work of a command was decided before any answer of the database. */
const assumed = async (process: Process, caseId: string): Promise<boolean> => {
  let seen: boolean | undefined;
  await process.note(caseId, (unit) => {
    seen ??= unit.assumes;
  });
  return seen!;
};

describe('a case this process committed last', () => {
  it('is gone on with without asking, and numbered on', async () => {
    await open();
    const caseId = uuidv7();
    expect(await assumed(here, caseId)).toBe(false); // nothing is known of it yet
    expect([await assumed(here, caseId), await assumed(here, caseId)]).toEqual([true, true]);
    expect([await numbers(caseId), here.outdated]).toEqual([[1, 2, 3], 0]);
  });

  it('is decided once more where another process went on with it, and for a second nothing is assumed', async () => {
    await open();
    const caseId = uuidv7();
    await here.note(caseId);
    await there.note(caseId);
    await there.note(caseId);
    let runs = 0;
    await here.note(caseId, () => {
      runs++;
    });
    expect([await numbers(caseId), here.outdated, runs]).toEqual([[1, 2, 3, 4], 1, 2]);
    expect(await assumed(here, caseId)).toBe(false);
    await new Promise((r) => setTimeout(r, 1100));
    expect(await assumed(here, caseId)).toBe(true);
  });

  it('waits for whoever holds its lock, and then knows better', async () => {
    await open();
    const caseId = uuidv7();
    await here.note(caseId);
    let go!: () => void;
    let isHeld!: () => void;
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const other = there.unitOfWork.join([caseId], async (unit) => {
      isHeld();
      await new Promise<void>((resolve) => (go = resolve));
      unit.append(NotedV1(caseId, {}));
    });
    await held;
    const mine = here.note(caseId);
    await new Promise((r) => setTimeout(r, 50));
    go();
    await Promise.all([other, mine]);
    expect([await numbers(caseId), here.outdated]).toEqual([[1, 2, 3], 1]);
  });

  it('is not refused by what was so a moment ago', async () => {
    await open();
    const caseId = uuidv7();
    await here.note(caseId);
    await there.note(caseId);
    let runs = 0;
    await here.note(caseId, () => {
      if (runs++ === 0) throw new Error('by what is assumed there is something wrong');
    });
    expect([await numbers(caseId), runs]).toEqual([[1, 2, 3], 2]);
  });

  it('fails as ever where what was assumed holds', async () => {
    await open();
    const caseId = uuidv7();
    await here.note(caseId);
    await expect(here.note(caseId, () => {
      throw new Error('something is wrong');
    })).rejects.toThrow('something is wrong');
    await expect(here.unitOfWork.execute(new Work(caseId, (unit) => unit.tx.write('select * from nowhere'), [NotedV1(caseId, {})]))).rejects.toThrow('nowhere');
    expect([await numbers(caseId), here.outdated]).toEqual([[1], 0]);
  });

  it('keeps its numbers when two processes take turns at random', async () => {
    await open();
    const caseIds = Array.from({ length: 5 }, () => uuidv7());
    await Promise.all(Array.from({ length: 400 }, (_, i) => (Math.random() < 0.5 ? here : there).unitOfWork.execute(new Count(caseIds[i % 5]!))));
    for (const caseId of caseIds) expect(await numbers(caseId)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    const totals = await database.db.rows<{ total: number }>('select total from tally.counter where case_id = any($1::uuid[])', [caseIds]);
    expect(totals.map((t) => t.total)).toEqual([80, 80, 80, 80, 80]);
  });
});

describe('a cursor this process moved last', () => {
  it('is not read, and is found out when another process moved it without a word on the log', async () => {
    await open();
    const caseId = uuidv7();
    expect([await here.move(caseId), await here.move(caseId)]).toEqual([0, 1]);
    expect(here.outdated).toBe(0);
    await database.db.rows('update tally.cursor_left set seq = 7 where case_id = $1', [caseId]);
    expect([await here.move(caseId), here.outdated]).toEqual([7, 1]);
  });

  it('of a case that was begun here stands at the beginning, unless another process moved it', async () => {
    await open();
    for (const moved of [false, true]) {
      const caseId = uuidv7();
      await here.note(caseId, (unit) => here.cursors.begin(unit, [caseId]));
      if (moved) await database.db.rows('insert into tally.cursor_left values ($1, 4)', [caseId]);
      expect([await here.move(caseId), here.outdated]).toEqual(moved ? [4, 1] : [0, 0]);
    }
  });
});
