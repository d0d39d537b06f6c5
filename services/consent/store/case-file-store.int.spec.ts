import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { UnitOfWork, type Database, type Unit } from '#libs/persistence/index.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { AccessLine, CaseFile } from '../domain/case-file.js';
import { KeyRing } from '../keys/key-ring.js';
import { aBirth } from '../testing/a-birth.js';
import { CaseFileStore } from './case-file-store.js';
import { consentMigrations } from './migrations.js';

let folder: string;
let database: TestDatabase;
let keys: KeyRing;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tou-files-'));
  database = await openTestDatabase([...logMigrations, ...consentMigrations]);
  keys = new KeyRing(join(folder, 'kek.json'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own: it knows no form. */
class Process {
  readonly files = new CaseFileStore(keys);
  private readonly unitOfWork: UnitOfWork;
  constructor(db: Database = database.db) {
    this.unitOfWork = new UnitOfWork(db, new SystemClock(), new Outbox());
  }

  async told(): Promise<string> {
    const caseId = uuidv7();
    await this.change(caseId, (unit) => void this.files.addDeclaration(unit, caseId, 1, aBirth()));
    return caseId;
  }

  change(caseId: string, work: (unit: Unit) => void): Promise<void> {
    return this.unitOfWork.join([caseId], async (unit) => {
      await this.files.load(unit, [caseId]);
      work(unit);
    }, { states: false });
  }

  /** `then` runs when the lines are written and not yet committed. */
  keep(caseId: string, lines: readonly AccessLine[], then?: () => Promise<void>): Promise<void> {
    return this.change(caseId, (unit) => {
      this.files.addLines(unit, caseId, lines);
      unit.onFlush(async () => {
        await unit.tx.rows('select'); // what was queued before it is done
        await then?.();
      });
    });
  }

  file(caseId: string): Promise<CaseFile> {
    return this.unitOfWork.read(async (unit) => (await this.files.load(unit, [caseId])).get(caseId)!);
  }

  async lines(caseId: string): Promise<readonly AccessLine[]> {
    return (await this.file(caseId)).lines;
  }
}

const aLine = (agreement: string): AccessLine => ({
  deliveryId: uuidv7(), target: 'sin', programme: 'ca/sin', kind: 'tell', agreement, fields: ['child.names'], purpose: 'assign-sin', basis: 'consent', at: 1, count: 1,
});
const formsOf = async (agreement: string): Promise<number> =>
  (await database.db.rows(`select from consent.line_form where doc ->> 'agreement' = $1`, [agreement])).length;
const refused = async (): Promise<void> => {
  throw new Error('refused');
};
const waiters = async (): Promise<number> =>
  (await database.db.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%line_form%'`)).length;

describe('what access lines have in common', () => {
  it('is stated again after a transaction that came to nothing', async () => {
    const here = new Process();
    const [caseId, line] = [await here.told(), aLine('rolled-back')];
    await expect(here.keep(caseId, [line], refused)).rejects.toThrow('refused');
    expect(await formsOf('rolled-back')).toBe(0);
    await here.keep(caseId, [line]);
    expect(await new Process().lines(caseId)).toEqual([line]);
  });

  it.each([['commits', undefined], ['comes to nothing', refused]] as const)('is stored once when two processes state it at the same time and the first %s', async (how, end) => {
    const [one, other] = [new Process(await database.open(`one ${how}`, { poolSize: 2 })), new Process(await database.open(`other ${how}`, { poolSize: 2 }))];
    const [mine, theirs, agreements] = [await one.told(), await other.told(), [`a ${how}`, `b ${how}`]];
    let second = Promise.resolve();
    const first = one.keep(mine, agreements.map(aLine), async () => {
      second = other.keep(theirs, agreements.toReversed().map(aLine));
      while ((await waiters()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await end?.();
    });
    await (end ? expect(first).rejects.toThrow('refused') : first);
    await second;
    expect(await Promise.all(agreements.map(formsOf))).toEqual([1, 1]);
    const read = new Process();
    expect((await read.lines(theirs)).map((l) => l.agreement)).toEqual(agreements.toReversed());
    expect((await read.lines(mine)).map((l) => l.agreement)).toEqual(end ? [] : agreements);
  });

  it('never makes two processes wait crosswise, in whichever order they state it', async () => {
    // Slow enough for both to be between their first form and their last.
    await database.db.rows(`create function consent.slowly() returns trigger language plpgsql as 'begin perform pg_sleep(0.02); return new; end';
      create trigger slowly before insert on consent.line_form for each row execute function consent.slowly()`);
    const [one, other] = [new Process(await database.open('one way', { poolSize: 2 })), new Process(await database.open('other way', { poolSize: 2 }))];
    const [mine, theirs, agreements] = [await one.told(), await other.told(), ['crosswise 1', 'crosswise 2', 'crosswise 3', 'crosswise 4']];
    await Promise.all([one.keep(mine, agreements.map(aLine)), other.keep(theirs, agreements.toReversed().map(aLine))]);
    await database.db.rows('drop function consent.slowly cascade');
    expect([await one.lines(theirs), await other.lines(mine)].map((l) => l.length)).toEqual([4, 4]);
  });
});

describe('what is sealed', () => {
  it('is opened by who asks for it: a yield is kept beside a declaration that cannot be opened', async () => {
    const here = new Process();
    const caseId = await here.told();
    await database.db.rows(`update consent.declaration set ciphertext = set_byte(ciphertext, length(ciphertext) - 1, get_byte(ciphertext, length(ciphertext) - 1) # 1) where case_id = $1`, [caseId]);
    await here.change(caseId, (unit) => here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { registration: 'ON-1' } }]));
    await here.change(caseId, (unit) => here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { sin: 'kept' } }]));
    await here.keep(caseId, [aLine('unopened')]);
    const file = await new Process().file(caseId);
    expect([file.yields, file.lines.length]).toEqual([{ registration: 'ON-1', sin: 'kept' }, 1]);
    expect(() => file.declaration).toThrow();
  });
});
