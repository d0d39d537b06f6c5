import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotedV1 } from '#libs/testing/tally.js';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { type Database, type Unit, type UnitOfWork } from '#libs/persistence/index.js';
import { aloneWith, Work } from '#libs/testing/alone.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import type { AccessLine, CaseFile } from '../domain/case-file.js';
import { KeyRing } from '../keys/key-ring.js';
import { aBirth } from '../testing/a-birth.js';
import { CaseFileStore } from './case-file-store.js';
import { consentMigrations } from './migrations.js';

/** Files a process opened or wrote stay open for a moment, for the next step of their case. */

let folder: string;
let database: TestDatabase;
let keys: KeyRing;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tou-open-'));
  database = await openTestDatabase([...logMigrations, ...consentMigrations]);
  keys = new KeyRing(join(folder, 'kek.json'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Process {
  readonly files = new CaseFileStore(keys);
  readonly unitOfWork: UnitOfWork;
  constructor(db: Database) {
    this.unitOfWork = aloneWith(db, new SystemClock(), new Outbox());
  }

  get outdated(): number {
    return this.unitOfWork.counters.outdated;
  }

  /** In a transaction that states something, as every step of a case does. */
  step(caseId: string, work: (unit: Unit) => void = () => undefined): Promise<void> {
    return this.unitOfWork.execute(new Work(caseId, async (unit) => {
      await this.files.load(unit, [caseId]);
      work(unit);
    }, [NotedV1(caseId, {})]));
  }

  /** The file as the next step finds it, and whether it was taken from memory. */
  async next(caseId: string): Promise<{ readonly file: CaseFile; readonly reads: number }> {
    let file: CaseFile | undefined;
    let reads = 0;
    await this.unitOfWork.execute(new Work(caseId, async (unit) => {
      const rows = unit.tx.rows.bind(unit.tx);
      unit.tx.rows = (...args) => {
        reads++;
        return rows(...args) as never;
      };
      file = copyOf((await this.files.load(unit, [caseId])).get(caseId)!);
    }, [NotedV1(caseId, {})]));
    return { file: file!, reads };
  }
}

const copyOf = ({ caseId, version, declaration, acts, yields, lines }: CaseFile): CaseFile => structuredClone({ caseId, version, declaration, acts, yields, lines });
const stored = (caseId: string): Promise<CaseFile> => new Process(database.db).unitOfWork.read(async (unit) => copyOf((await new CaseFileStore(keys).load(unit, [caseId])).get(caseId)!));

const by = { partyId: uuidv7(), personId: 'parent-1', capacity: 'self' } as const;
const act = (seq: number, word: 'granted' | 'withdrawn') => ({ seq, at: seq, by, decisions: [{ target: 'sin', decision: word, notice: 'sin.v1', language: 'en-CA' }] } as const);
const aLine = (): AccessLine => ({
  deliveryId: uuidv7(), target: 'sin', programme: 'ca/sin', kind: 'tell', agreement: 'ca-sin.v1', fields: ['child.names'], purpose: 'assign-sin', basis: 'consent', at: 1, count: 1,
});

let here: Process;
let there: Process;
const told = async (): Promise<string> => {
  [here, there] = [new Process(database.db), new Process(await database.open('another process'))];
  const caseId = uuidv7();
  await here.step(caseId, (unit) => {
    here.files.addDeclaration(unit, caseId, 1, aBirth());
    here.files.keepActs(unit, caseId, [act(1, 'granted')]);
  });
  return caseId;
};

/** After each step the next finds the file in memory, and as it is stored. */
const isAtHandAfter = async (steps: readonly ((unit: Unit) => void)[], process: Process, caseId: string): Promise<void> => {
  for (const step of steps) {
    await process.step(caseId, step);
    const { file, reads } = await process.next(caseId);
    expect(reads).toBe(0);
    expect(file).toEqual(await stored(caseId));
  }
  expect(process.outdated).toBe(0);
};

describe('a file this process wrote', () => {
  it('is at hand for the next step, as it is stored, whatever was added', async () => {
    const caseId = await told();
    const steps: readonly ((unit: Unit) => void)[] = [
      () => undefined,
      (unit) => here.files.addLines(unit, caseId, [aLine(), aLine()]),
      (unit) => here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': '2026-1' } }]),
      (unit) => void here.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn')]),
      (unit) => here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': '2026-2' } }]),
      (unit) => here.files.addLines(unit, caseId, [aLine()]),
      (unit) => void here.files.addDeclaration(unit, caseId, 2, aBirth()),
    ];
    await isAtHandAfter(steps, here, caseId);
  });

  it('is at hand also where this process went on with what another had begun', async () => {
    const caseId = await told();
    await here.step(caseId, (unit) => {
      here.files.addLines(unit, caseId, [aLine()]);
      here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': '2026-1' } }]);
    });
    const steps: readonly ((unit: Unit) => void)[] = [
      (unit) => there.files.addLines(unit, caseId, [aLine()]),
      (unit) => there.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': '2026-2' } }]),
      (unit) => void there.files.addDeclaration(unit, caseId, 2, aBirth()),
    ];
    await isAtHandAfter(steps, there, caseId);
    await here.unitOfWork.join([caseId], async (unit) => {
      await here.files.load(unit, [caseId]);
      here.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn')]);
    }, { states: false });
    expect((await there.next(caseId)).file.acts).toHaveLength(2);
    expect(there.outdated).toBe(1);
  });

  it('is as it was when a step came to nothing', async () => {
    const caseId = await told();
    const before = await stored(caseId);
    await expect(here.step(caseId, (unit) => {
      here.files.addLines(unit, caseId, [aLine()]);
      here.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': 'never' } }]);
      here.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn')]);
      throw new Error('came to nothing');
    })).rejects.toThrow('came to nothing');
    expect(await here.next(caseId)).toEqual({ file: before, reads: 0 });
  });

  it('is read again where another process added to it: a withdrawal is never overlooked', async () => {
    const caseId = await told();
    await there.unitOfWork.join([caseId], async (unit) => {
      await there.files.load(unit, [caseId]);
      there.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn')]);
    }, { states: false });
    expect((await here.next(caseId)).file.acts).toHaveLength(2);
    expect(here.outdated).toBe(1);
  });

  it.each<[string, (unit: Unit, caseId: string) => void]>([
    ['a line', (unit, caseId) => there.files.addLines(unit, caseId, [aLine()])],
    ['a yield', (unit, caseId) => there.files.addYields(unit, caseId, [{ deliveryId: uuidv7(), yields: { 'registration.number': '1' } }])],
    ['a version', (unit, caseId) => void there.files.addDeclaration(unit, caseId, 2, aBirth())],
  ])('is read again where another process added %s', async (_, work) => {
    const caseId = await told();
    await there.unitOfWork.join([caseId], async (unit) => {
      await there.files.load(unit, [caseId]);
      work(unit, caseId);
    }, { states: false });
    expect((await here.next(caseId)).file).toEqual(await stored(caseId));
    expect(here.outdated).toBe(1);
  });

  it('is closed by its erasure, here and elsewhere', async () => {
    for (const who of ['here', 'there'] as const) {
      const caseId = await told();
      const eraser = who === 'here' ? here : there;
      await eraser.unitOfWork.join([caseId], async (unit) => eraser.files.erase(unit, [caseId]), { states: false });
      expect((await here.next(caseId)).file.declaration).toBeUndefined();
      expect(here.outdated).toBe(who === 'here' ? 0 : 1);
    }
  });

  it('counts a line sent again from what is stored', async () => {
    const caseId = await told();
    const line = aLine();
    await here.step(caseId, (unit) => here.files.addLines(unit, caseId, [line]));
    await there.step(caseId, (unit) => there.files.addLines(unit, caseId, [{ ...line, at: 2 }]));
    await here.step(caseId, (unit) => here.files.addLines(unit, caseId, [{ ...line, at: 3 }]));
    expect((await stored(caseId)).lines.map((l) => l.count)).toEqual([3]);
  });

  it('counts it from what is stored also where nothing was stated of the other sending', async () => {
    const caseId = await told();
    const line = aLine();
    await here.step(caseId, (unit) => here.files.addLines(unit, caseId, [line]));
    await there.unitOfWork.join([caseId], async (unit) => {
      await there.files.load(unit, [caseId]);
      there.files.addLines(unit, caseId, [{ ...line, at: 2 }]);
    }, { states: false });
    await here.step(caseId, (unit) => here.files.addLines(unit, caseId, [{ ...line, at: 3 }]));
    expect((await stored(caseId)).lines.map((l) => l.count)).toEqual([3]);
    expect(here.outdated).toBe(1);
  });

  it('is closed when its case settles', async () => {
    const caseId = await told();
    await here.step(caseId, (unit) => {
      here.files.close(unit, [caseId]);
      here.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn')]);
    });
    const { file, reads } = await here.next(caseId);
    expect(reads).toBeGreaterThan(0);
    expect(file).toEqual(await stored(caseId));
    expect((await here.next(caseId)).reads).toBeGreaterThan(0); // read, not written: it was closed before
    await here.step(caseId, (unit) => here.files.keepActs(unit, caseId, [act(1, 'granted'), act(2, 'withdrawn'), act(3, 'granted')]));
    expect((await here.next(caseId)).reads).toBe(0);
    await here.step(caseId, (unit) => here.files.close(unit, [caseId]));
    expect((await here.next(caseId)).reads).toBeGreaterThan(0);
    expect(here.outdated).toBe(0);
  });

  it('stays open for a second, or half of one', async () => {
    const caseId = await told();
    expect((await here.next(caseId)).reads).toBe(0);
    await new Promise((r) => setTimeout(r, 1200));
    const { file, reads } = await here.next(caseId);
    expect(reads).toBeGreaterThan(0);
    expect(file).toEqual(await stored(caseId));
    expect(here.outdated).toBe(0);
  });
});
