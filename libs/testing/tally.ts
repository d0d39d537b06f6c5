import type { MigrationInterface, QueryRunner } from 'typeorm';
import { count, defineEvent, record } from '#contracts/events/schema.js';
import type { EventType } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { CursorTable, when, type Group } from '#libs/event-log/index.js';
import { DomainError, Poison, type Decision } from '#libs/kernel/index.js';
import type { InsertShape, Slice, Unit, UnitOfWork } from '#libs/persistence/index.js';

/** A service small enough to see through, for the tests of the log and of the unit of work: it counts. */

export const CountedV1 = defineEvent('tally.counted.v1', record({ n: count }));
/** Concerns no group. */
export const NotedV1 = defineEvent('tally.noted.v1', record({}));
/** Released after the build under test. */
export const WeighedV1 = defineEvent('tally.weighed.v1', record({ n: count }));
export const tallyTypes = [CountedV1, NotedV1] as readonly unknown[] as readonly EventType[];

/** States facts of a case. */
export class Tell {
  constructor(readonly caseId: string, readonly events: readonly NewEvent[]) {}
}
/** Adds `n` to the case's own counter, states it, and answers the new sum. */
export class Count {
  constructor(readonly caseId: string, readonly n = 1) {}
}
/** What a group does with a fact: notes its number and adds it up. */
export class Add {
  constructor(readonly group: string, readonly caseId: string, readonly seq: number, readonly n: number) {}
}

/** Where a group's sum of a case came from: every number once and in order, or something is wrong. */
export interface Sum {
  readonly total: number;
  readonly seqs: readonly number[];
  /** Which process added each. */
  readonly by: readonly string[];
}

const GROUPS = ['left', 'right'] as const;
type TallyGroup = (typeof GROUPS)[number];

export class Tally1700000000099 implements MigrationInterface {
  readonly name = 'Tally1700000000099';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema tally;
      create table tally.counter (case_id uuid primary key, total int not null);
      create table tally.sum (group_name text, case_id uuid, doc json not null, primary key (group_name, case_id));
      ${GROUPS.map((g) => `create table tally.cursor_${g} (case_id uuid primary key, seq int not null);`).join('\n')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema tally cascade');
  }
}

interface CounterRow { readonly caseId: string; readonly total: number }
const COUNTER: InsertShape<CounterRow> = { into: 'tally.counter', columns: { caseId: 'uuid', total: 'int' } };
interface SumRow { readonly groupName: string; readonly caseId: string; readonly doc: Sum }
const SUM: InsertShape<SumRow> = { into: 'tally.sum', columns: { groupName: 'text', caseId: 'uuid', doc: 'json' } };

/** What a test makes of a case: its commands meet poison, a refusal, or an illness of the system. */
export type Mood = 'poison' | 'refused' | 'ill';

export interface TallyOptions {
  readonly by?: string;
  readonly moods?: ReadonlyMap<string, Mood>;
  /** Held after the locks are taken and before anything is loaded. */
  readonly gate?: (commands: readonly (Count | Add)[], unit: Unit) => void | Promise<void>;
}

const meet = (mood: Mood | undefined): void => {
  if (mood === 'poison') throw new Poison('too-heavy', 'this case cannot be weighed');
  if (mood === 'refused') throw new DomainError('tally.closed', 'this case is closed');
  if (mood === 'ill') throw new Error('the scales are broken');
};

/** Teaches a unit of work to count. */
export const registerTally = (unitOfWork: UnitOfWork, { by = 'it', moods = new Map(), gate }: TallyOptions = {}): void => {
  const tell: Slice<Tell, null, void> = {
    key: (c) => c.caseId,
    caseOf: (c) => c.caseId,
    load: async () => new Map(),
    decide: (c) => ({ events: c.events, reply: undefined }),
    save: () => undefined,
  };
  const counting: Slice<Count, number, number> = {
    key: (c) => c.caseId,
    caseOf: (c) => c.caseId,
    load: async (unit, commands) => {
      await gate?.(commands, unit);
      const rows = await unit.tx.rows<{ case_id: string; total: number }>('select case_id, total from tally.counter where case_id = any($1::uuid[])', [`{${commands.map((c) => c.caseId).join(',')}}`]);
      return new Map(rows.map((r) => [r.case_id, r.total]));
    },
    decide: (c, sum = 0): Decision<number, number, NewEvent> => {
      meet(moods.get(c.caseId));
      return { state: sum + c.n, events: [CountedV1(c.caseId, { n: c.n })], reply: sum + c.n };
    },
    save: (unit, changed) => unit.tx.insertMany(COUNTER, [...changed].map(([caseId, total]) => ({ caseId, total })), 'on conflict (case_id) do update set total = excluded.total'),
  };
  const adding: Slice<Add, Sum, void> = {
    key: (c) => `${c.group} ${c.caseId}`,
    caseOf: (c) => c.caseId,
    load: async (unit, commands) => {
      await gate?.(commands, unit);
      const rows = await unit.tx.rows<{ group_name: string; case_id: string; doc: Sum }>('select * from tally.sum where case_id = any($1::uuid[])', [`{${commands.map((c) => c.caseId).join(',')}}`]);
      return new Map(rows.map((r) => [`${r.group_name} ${r.case_id}`, r.doc]));
    },
    decide: (c, sum = { total: 0, seqs: [], by: [] }) => {
      meet(moods.get(c.caseId));
      return { state: { total: sum.total + c.n, seqs: [...sum.seqs, c.seq], by: [...sum.by, by] }, reply: undefined };
    },
    save: (unit, changed) => unit.tx.insertMany(SUM, [...changed].map(([key, doc]) => ({ groupName: key.split(' ')[0]!, caseId: key.split(' ')[1]!, doc })), 'on conflict (group_name, case_id) do update set doc = excluded.doc'),
  };
  unitOfWork.register(Tell, tell);
  unitOfWork.register(Count, counting);
  unitOfWork.register(Add, adding);
};

/** A group that adds up what was counted; `kind` and the rest as the test wants them. */
export const tallyGroup = (name: TallyGroup, change: Partial<Group> = {}): Group => {
  const cursors = new CursorTable(`tally.cursor_${name}`);
  return {
    name, kind: 'rebuildable', cursors, reactions: [when(CountedV1, (e) => new Add(name, e.caseId, e.seq, e.data.n))],
    reset: async (unit) => {
      cursors.clear(unit);
      unit.tx.write('delete from tally.sum where group_name = $1', [name]);
    },
    ...change,
  };
};
