import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PoolClient } from 'pg';
import { logMigrations, Outbox } from '#libs/event-log/index.js';
import { DomainError, SystemClock, uuidv7 } from '#libs/kernel/index.js';
import { ALONE } from '#libs/testing/alone.js';
import { eventually } from '#libs/testing/eventually.js';
import { UnitOfWorkThatLocksLate } from '#libs/testing/safety-off/row-locks.js';
import { Count, CountedV1, NotedV1, registerTally, Tally1700000000099, Tell, type Mood, type TallyOptions } from '#libs/testing/tally.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { CommitUnknown, PerUnit, Tx, UnitOfWork, type Database, type Slice } from './index.js';
import { Exchange, type Answers, type Statement } from './exchange.js';

let database: TestDatabase;
let unitOfWork: UnitOfWork;
let moods: Map<string, Mood>;

beforeEach(async () => {
  database = await openTestDatabase([...logMigrations, Tally1700000000099]);
  moods = new Map();
  unitOfWork = on(database.db);
}, 30_000);
afterEach(() => database.close());

const exchange = (session: PoolClient, statements: readonly Statement[]): Promise<Answers> => {
  const one = new Exchange(session);
  for (const statement of statements) one.add(statement);
  one.end();
  return one.answers;
};
interface Sent { readonly statements?: readonly Statement[]; readonly callback?: (error: Error | null, results: unknown) => void; tag?: string }
/** A session on which something else happens to the exchange that commits. */
const onCommit = (session: PoolClient, happens: (statements: readonly Statement[]) => Promise<Answers>): PoolClient =>
  new Proxy(session, {
    get: (target, name) => {
      if (name !== 'query') return Reflect.get(target, name) as unknown;
      return (query: Sent, answered: unknown) => {
        const { statements = [], callback } = query;
        if (statements.at(-1)?.text !== 'commit') (target.query as (...all: unknown[]) => unknown)(query, answered);
        else {
          const answer = ({ rows, last }: Answers) => {
            query.tag = last;
            callback!(null, rows.map((r) => ({ rows: r })));
          };
          void happens(statements).then(answer, (error: unknown) => callback!(error as Error, undefined));
        }
      };
    },
  });

const on = (db: Database, options: TallyOptions = {}, Kind: typeof UnitOfWork = UnitOfWork): UnitOfWork => {
  const unit = new Kind(db, new SystemClock(), new Outbox());
  registerTally(unit, { moods, ...options });
  return unit;
};

const cases = (n: number): string[] => Array.from({ length: n }, () => uuidv7());
const totals = async (): Promise<Map<string, number>> =>
  new Map((await database.db.rows<{ case_id: string; total: number }>('select * from tally.counter')).map((r) => [r.case_id, r.total]));
const numbers = async (caseId: string): Promise<number[]> => (await database.db.rows<{ seq: number }>('select seq from log.event where case_id = $1 order by position, seq', [caseId])).map((r) => r.seq);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('commands that open cases', () => {
  class Open {}
  const slice: Slice<Open, null, void> = { key: () => 'new', caseOf: () => undefined, load: async () => new Map(), decide: () => ({ reply: undefined }), save: () => undefined };
  let behind: boolean;
  const giving = (giveWayMs: number): UnitOfWork => {
    const giver = new UnitOfWork(database.db, new SystemClock(), new Outbox(), { giveWayMs });
    registerTally(giver, { moods });
    giver.register(Open, slice);
    giver.fuseWith({ ...ALONE, get isBehind() { return behind; } });
    return giver;
  };

  it('give way while there is much work in hand, all that came meanwhile in one list; commands about a case do not', async () => {
    const giver = giving(60_000);
    behind = true;
    let opened = 0;
    const opening = [giver.execute(new Open()).then(() => opened++)];
    await giver.execute(new Count(uuidv7()));
    opening.push(...upTo(10).map(() => giver.execute(new Open()).then(() => opened++)));
    await sleep(20);
    expect(opened).toBe(0);
    behind = false;
    await Promise.all(opening);
    expect(giver.counters.lists).toBe(2);
  });

  it('give way no longer than they are told to', async () => {
    behind = true;
    await giving(30).execute(new Open());
  });
});

describe('what was decided', () => {
  it('is gone with the next scavenge: nothing old holds a unit once it is committed', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;
    const used = (): number => process.memoryUsage().heapUsed / 1e6;
    const store = new PerUnit<object>();
    const decide = (): Promise<void> => unitOfWork.join(cases(1), async (unit) => {
      store.set(unit, Array.from({ length: 30_000 }, (_, i) => ({ i }))); // about a megabyte
      await unit.tx.rows('select 1');
      unit.onFlush(() => unit.tx.write('select 2'));
      unit.afterCommit(() => store.get(unit));
    }, { eager: true });
    await decide();
    // A scavenge that comes by itself in the midst of one keeps that one; it does not come in every try.
    const kept: number[] = [];
    for (let tries = 0; tries < 5 && !kept.some((megabytes) => megabytes < 5); tries++) {
      collect();
      const before = used();
      for (let i = 0; i < 10; i++) await decide();
      for (let i = 0; i < 3; i++) collect({ type: 'minor' });
      kept.push(used() - before);
    }
    expect(Math.min(...kept)).toBeLessThan(5);
  });
});

describe('an event that cannot be written', () => {
  it('fails its transaction: nothing is kept without it', async () => {
    for (const others of [0, 5]) {
      const caseId = uuidv7();
      await expect(unitOfWork.join([caseId], async (unit) => {
        unit.tx.write('insert into tally.counter values ($1, 1)', [caseId]);
        for (let i = 0; i < others; i++) unit.append(NotedV1(caseId, {}));
        unit.append({ caseId, type: NotedV1.type, data: { n: 1n } });
      })).rejects.toThrow('BigInt');
      expect(await totals()).toEqual(new Map());
    }
  });
});

describe('what is prepared before the commit', () => {
  it('comes when all is decided, may write, and states nothing', async () => {
    const seen: string[] = [];
    unitOfWork.fuseWith({ ...ALONE, prepare: async (unit, events) => {
      seen.push(...events.map((e) => e.type));
      unit.onFlush(() => unit.tx.write('insert into tally.counter values ($1, 7)', [events[0]!.caseId.replace(/^.{8}/, '00000000')]));
    } });
    const caseId = uuidv7();
    await unitOfWork.execute(new Count(caseId));
    expect(seen).toEqual([CountedV1.type]);
    expect([...(await totals()).values()].sort()).toEqual([1, 7]);
    unitOfWork.fuseWith({ ...ALONE, prepare: async (unit, events) => void unit.append(NotedV1(events[0]!.caseId, {})) });
    await expect(unitOfWork.join([caseId], async (unit) => void unit.append(NotedV1(caseId, {})))).rejects.toThrow('only prepares');
    expect(await numbers(caseId)).toEqual([1]);
  });
});

describe('what is needed after the commit', () => {
  it('is made ready while the commit is on its way, and again for the list that is run again', async () => {
    const seen: string[] = [];
    const session = await database.db.connect();
    const told = on(database.db, {
      gate: async (_, unit) => {
        unit.whileCommitting(() => seen.push('made'));
        unit.afterCommit(() => seen.push('committed'));
      },
    });
    const [answer] = await told.executeAll([new Count(uuidv7())], {
      session: onCommit(session, async (statements) => {
        seen.push('sent');
        await sleep(5);
        return exchange(session, statements);
      }),
    });
    expect(answer).toEqual({ ok: true, value: 1 });
    expect(seen).toEqual(['sent', 'made', 'committed']);
    seen.length = 0;
    expect((await told.executeAll([new Count(uuidv7(), 2 ** 40), new Count(uuidv7())])).map(({ ok }) => ok)).toEqual([false, true]);
    expect(seen).toEqual(['made', 'made', 'made', 'committed']);
    session.release();
  });
});

describe('commands that come at the same time', () => {
  it('join one list: an idle system commits at once, a busy one by the list', async () => {
    await unitOfWork.execute(new Count(uuidv7()));
    expect(unitOfWork.counters).toMatchObject({ commits: 1, lists: 1, commands: 1 });
    expect(await Promise.all(cases(100).map((c) => unitOfWork.execute<number>(new Count(c))))).toEqual(Array(100).fill(1));
    expect(unitOfWork.counters).toMatchObject({ commits: 2, lists: 2, commands: 101 });
  });

  it('that address one case see each other’s effect, and each gets its own answer and number', async () => {
    const caseId = uuidv7();
    expect(await Promise.all(upTo(10).map(() => unitOfWork.execute<number>(new Count(caseId))))).toEqual(upTo(10));
    expect(await numbers(caseId)).toEqual(upTo(10));
  });

  it('never overwrite each other: 200 increments from two processes are 200', async () => {
    const caseId = uuidv7();
    const other = on(await database.open('other'));
    for (let round = 0; round < 10; round++) {
      await Promise.all(upTo(10).flatMap(() => [unitOfWork.execute(new Count(caseId)), other.execute(new Count(caseId))]));
    }
    expect((await totals()).get(caseId)).toBe(200);
    expect(await numbers(caseId)).toEqual(upTo(200));
  });

  it('without the lock first, callers are turned away: only the log’s own numbers keep one from overwriting the other', async () => {
    const caseId = uuidv7();
    const [one, other] = [database.db, await database.open('other')].map((db) => on(db, { gate: () => sleep(5) }, UnitOfWorkThatLocksLate));
    const counted = await Promise.allSettled(upTo(10).flatMap(() => [one!, other!].map((u) => u.executeAll([new Count(caseId)]))));
    const told = counted.flatMap((c) => (c.status === 'fulfilled' ? c.value : [])).filter((answer) => answer.ok).length;
    expect(told).toBeLessThan(20);
    expect((await totals()).get(caseId)).toBe(told);
  });

  it('waits for the lock before it reads: what was committed meanwhile is seen', async () => {
    const caseId = uuidv7();
    await unitOfWork.execute(new Count(caseId, 1));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const slow = on(await database.open('slow'), { gate: () => opened }).execute<number>(new Count(caseId, 10));
    await eventually(async () => (await database.db.rows(`select from pg_stat_activity where application_name = 'slow' and state = 'idle in transaction'`)).length > 0);
    const waiting = unitOfWork.execute<number>(new Count(caseId, 100));
    await sleep(30);
    open();
    expect([await slow, await waiting]).toEqual([11, 111]);
  });

  it('sends the reads of eager work along with the locks, and lets it decide nothing before they are held', async () => {
    const caseId = uuidv7();
    await unitOfWork.execute(new Count(caseId, 1));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const slow = on(await database.open('slow'), { gate: () => opened }).execute<number>(new Count(caseId, 10));
    await eventually(async () => (await database.db.rows(`select from pg_stat_activity where application_name = 'slow' and state = 'idle in transaction'`)).length > 0);
    const told: unknown[] = [];
    const eager = unitOfWork.join([caseId], async (unit) => {
      for (const early of [() => unit.now, () => unit.append(CountedV1(caseId, { n: 1 }))]) expect(early).toThrow('not held yet');
      const [row] = await unit.tx.rows<{ total: number }>('select total from tally.counter where case_id = $1', [caseId]);
      await unit.held;
      told.push(row!.total, unit.append(CountedV1(caseId, { n: 1 })).seq, unit.now > 0);
    }, { eager: true });
    await sleep(30);
    open();
    await Promise.all([slow, eager]);
    expect(told).toEqual([11, 3, true]);
  });
});

describe('a call made within a unit', () => {
  /** As a service behind its door: one call is one unit, or joins its caller's. */
  const called = (caseId: string): Promise<unknown> => unitOfWork.join([caseId], async (unit) => {
    await unit.held;
    unit.append(CountedV1(caseId, { n: 1 }));
    return unit;
  });

  it('joins it, and stands or falls with it', async () => {
    const [kept, lost] = cases(2) as [string, string];
    expect(await unitOfWork.join([kept], async (unit) => (await unit.within(() => called(kept))) === unit)).toBe(true);
    await expect(unitOfWork.join([lost], async (unit) => {
      await unit.within(() => called(lost));
      throw new Error('on second thoughts');
    })).rejects.toThrow('on second thoughts');
    expect([await numbers(kept), await numbers(lost)]).toEqual([[1], []]);
  });

  it('joins no other that is open at the same time, however the two take turns', async () => {
    const joined = await Promise.all(cases(8).map((caseId) => unitOfWork.join([caseId], async (unit) => {
      const seen: boolean[] = [];
      for (let i = 0; i < 5; i++) {
        seen.push((await unit.within(() => called(caseId))) === unit);
        await sleep(1);
      }
      return seen;
    })));
    expect(joined.flat()).toEqual(Array<boolean>(40).fill(true));
  });

  it('is one that is made at once: after an await, and after what was made within has thrown, a call is a unit of its own', async () => {
    const [mine, first, second] = cases(3) as [string, string, string];
    await unitOfWork.join([mine], async (unit) => {
      const late = unit.within(async () => {
        await sleep(1);
        return called(first);
      });
      expect(await late).not.toBe(unit);
      expect(() => unit.within(() => {
        throw new Error('no call');
      })).toThrow('no call');
      expect(await called(second)).not.toBe(unit);
    });
    expect([await numbers(first), await numbers(second)]).toEqual([[1], [1]]);
  });
});

describe('the locks of a transaction', () => {
  class Locking extends UnitOfWork {
    take(tx: Tx, caseIds: readonly string[], names: readonly string[]): void {
      this.lock(tx, caseIds, names);
    }
  }
  const held = async (caseIds: readonly string[], names: readonly string[]): Promise<string[]> => {
    const session = await database.db.connect();
    const tx = new Tx(session);
    tx.write('begin');
    new Locking(database.db, new SystemClock(), new Outbox()).take(tx, caseIds, names);
    const rows = await tx.rows<{ key: string }>(`select classid || ' ' || objid as key from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() order by 1`);
    await tx.settled();
    await session.query('rollback');
    session.release();
    return rows.map(({ key }) => key);
  };

  it('are the same few together and among many', async () => {
    const [caseIds, names] = [cases(5), ['idempotency é', 'natural', 'near', 'near too', "o'clock"]];
    const alone = await Promise.all([...caseIds.map((c) => held([c], [])), ...names.map((n) => held([], [n]))]);
    expect(alone.map((keys) => keys.length)).toEqual(Array<number>(10).fill(1));
    expect(await held(caseIds, names)).toEqual(alone.flat().sort());
    expect(await held(caseIds.slice(0, 2), names.slice(0, 2))).toEqual([...alone.slice(0, 2), ...alone.slice(5, 7)].flat().sort());
    expect(await held([caseIds[0]!, caseIds[0]!], [])).toEqual(alone[0]);
  });

  it('are taken in one order by all: crosswise lists, few and many, never stand still', async () => {
    const ids = cases(8);
    const lists = Array.from({ length: 60 }, (_, i) => [...ids].sort(() => (i * 7919) % 3 - 1).slice(0, 1 + (i * 5) % 8).reverse());
    const other = on(await database.open('another process'));
    const turns = lists.map((list, i) => (i % 2 ? other : unitOfWork).join(list, async (unit) => {
      await unit.held;
      await sleep(1);
    }));
    await Promise.all(turns);
    expect((await database.db.rows<{ n: string }>(`select deadlocks n from pg_stat_database where datname = current_database()`))[0]!.n).toBe('0');
  });
});

describe('a command that cannot be done', () => {
  it('is refused alone: the others of its list stand', async () => {
    const list = cases(64);
    moods.set(list[7]!, 'refused');
    const answers = await Promise.allSettled(list.map((c) => unitOfWork.execute(new Count(c))));
    expect(answers.filter((a) => a.status === 'fulfilled')).toHaveLength(63);
    expect(answers[7]).toMatchObject({ reason: new DomainError('tally.closed', 'this case is closed') });
    expect(unitOfWork.counters).toMatchObject({ lists: 1, retriedLists: 0 });
    expect((await totals()).size).toBe(63);
  });

  it('fails alone, also when it fails the list: 63 of 64 are kept and one is told so', async () => {
    const list = cases(64);
    moods.set(list[7]!, 'ill');
    const answers = await Promise.allSettled(list.map((c) => unitOfWork.execute(new Count(c))));
    expect(answers.filter((a) => a.status === 'fulfilled')).toHaveLength(63);
    expect(answers[7]).toMatchObject({ reason: new Error('the scales are broken') });
    expect(unitOfWork.counters).toMatchObject({ retriedLists: 1 });
    expect((await totals()).size).toBe(63);
  });

  it('fails alone when it is the database that refuses its row', async () => {
    const list = cases(8);
    const answers = await Promise.allSettled(list.map((c, i) => unitOfWork.execute(new Count(c, i === 3 ? 2 ** 40 : 1))));
    expect(answers.map((a) => a.status === 'fulfilled')).toEqual(list.map((_, i) => i !== 3));
    // and the reason is the database's own, not that the transaction had failed
    expect(answers[3]).toMatchObject({ reason: { code: '22003' } });
  });

  it('fails alone among commands of its own case', async () => {
    const caseId = uuidv7();
    const answers = await Promise.allSettled([1, 2 ** 40, 1].map((n) => unitOfWork.execute(new Count(caseId, n))));
    expect(answers.map((a) => a.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await totals()).get(caseId)).toBe(2);
  });

  it('is not told it was done when its slice let an error of the database pass', async () => {
    const swallowing = on(database.db, {
      gate: async (_, unit) => {
        await unit.tx.rows('select 1 / 0').catch(() => undefined);
      },
    });
    await expect(swallowing.execute(new Count(uuidv7()))).rejects.toMatchObject({ code: '22012' });
    const quiet = swallowing.join([], (unit) => unit.tx.rows('select 1 / 0').catch(() => 'went on'));
    await expect(quiet).rejects.toMatchObject({ code: '22012' });
    expect((await totals()).size).toBe(0);
  });

  it('is not told it was done when the commit was answered with a rollback', async () => {
    const session = await database.db.connect();
    const rollsBack = (last: Statement): Statement => ({ ...last, name: 'rolls-back', text: 'rollback' });
    const [answer] = await unitOfWork.executeAll([new Count(uuidv7())], { session: onCommit(session, async (statements) => exchange(session, [...statements.slice(0, -1), rollsBack(statements.at(-1)!)])) });
    expect(answer).toMatchObject({ ok: false, error: expect.objectContaining({ message: 'the transaction was rolled back' }) });
    expect((await totals()).size).toBe(0);
    session.release();
  });
});

describe('a lock that somebody else holds', () => {
  const hold = async (caseId: string): Promise<() => Promise<void>> => {
    const session = await database.db.connect();
    await session.query('begin');
    await session.query('select pg_advisory_xact_lock(uuid_hash_extended($1::uuid, 0))', [caseId]);
    return async () => {
      await session.query('rollback');
      session.release();
    };
  };

  it('delays its own case, and neither the rest of the list nor the next', async () => {
    const [held, free] = [uuidv7(), uuidv7()];
    const impatient = on(await database.open('impatient', { lockTimeoutMs: 100 }));
    const letGo = await hold(held);
    const waiting = impatient.execute<number>(new Count(held));
    const answers: string[] = [];
    void waiting.then(() => answers.push('held'));
    await impatient.execute(new Count(free)).then(() => answers.push('free'));
    await impatient.execute(new Count(uuidv7())).then(() => answers.push('next'));
    await letGo();
    expect(await waiting).toBe(1);
    expect(answers).toEqual(['free', 'next', 'held']);
  });

  it('is waited for five times, and then the caller is told', async () => {
    const held = uuidv7();
    const impatient = on(await database.open('impatient', { lockTimeoutMs: 20 }));
    const letGo = await hold(held);
    await expect(impatient.execute(new Count(held))).rejects.toMatchObject({ code: '55P03' });
    expect(impatient.counters.lists).toBe(1 + 5);
    await letGo();
    expect(await impatient.execute(new Count(held))).toBe(1);
  });
});

describe('a connection that is lost', () => {
  it.each([['and it had committed', true], ['and it had not', false]])('during the commit, %s: nothing is done twice', async (_, commits) => {
    const caseId = uuidv7();
    const session = await database.db.connect();
    const [answer] = await unitOfWork.executeAll([new Count(caseId)], {
      session: onCommit(session, async (statements) => {
        if (commits) await exchange(session, statements);
        throw new Error('Connection terminated unexpectedly');
      }),
    });
    expect(answer).toMatchObject({ ok: false, error: expect.any(CommitUnknown) });
    expect((await totals()).get(caseId) ?? 0).toBe(commits ? 1 : 0);
    session.release();
  });

  it('before the commit: the list is run again on another', async () => {
    const caseId = uuidv7();
    const db = await database.open('cut');
    let times = 0;
    const cutOnce = on(db, { gate: async () => (++times === 1 ? database.cut('cut') : undefined) });
    const [answer] = await cutOnce.executeAll([new Count(caseId), new Count(caseId)]);
    expect(answer).toEqual({ ok: true, value: 1 });
    expect((await totals()).get(caseId)).toBe(2);
  });

  it('while a session of the pool waits idle: the process lives on', async () => {
    const db = await database.open('idle');
    const session = await db.connect();
    await database.cut('idle');
    await sleep(50);
    await expect(session.query('select 1')).rejects.toThrow();
    session.release(true);
    expect(await on(db).execute(new Count(uuidv7()))).toBe(1);
  });
});

describe('facts', () => {
  it('are numbered from 1 without gaps, case by case, in the transaction that changed the state', async () => {
    const [a, b] = [uuidv7(), uuidv7()];
    await unitOfWork.executeAll([new Tell(a, [CountedV1(a, { n: 1 }), CountedV1(a, { n: 2 })]), new Count(b), new Count(a)]);
    await unitOfWork.execute(new Count(a));
    expect([await numbers(a), await numbers(b)]).toEqual([[1, 2, 3, 4], [1]]);
    const [{ txids } = { txids: 0 }] = await database.db.rows<{ txids: number }>('select count(distinct txid)::int txids from log.event');
    expect(txids).toBe(2);
  });

  it('of what was refused are not on the log', async () => {
    const [a, b] = [uuidv7(), uuidv7()];
    moods.set(a, 'refused');
    await unitOfWork.executeAll([new Count(a), new Count(b)]);
    expect([await numbers(a), await numbers(b)]).toEqual([[], [1]]);
  });
});

describe('a session', () => {
  it('is ended when it leaves a transaction open, where PostgreSQL can', async () => {
    const [settings] = await database.db.rows<{ name: string; setting: string }>(`select current_setting('transaction_timeout') as setting`);
    expect(settings?.setting).toBe('30s');
  });

  it('that migrates may take as long as it takes', async () => {
    const seen: string[] = [];
    class Slow1700000000100 {
      readonly name = 'Slow1700000000100';
      async up(runner: { query(text: string): Promise<{ s: string }[]> }): Promise<void> {
        for (const name of ['transaction_timeout', 'lock_timeout']) seen.push((await runner.query(`select current_setting('${name}') s`))[0]!.s);
      }
      async down(): Promise<void> {
        // nothing to undo
      }
    }
    const db = await database.open('owner', { migrations: [...logMigrations, Tally1700000000099, Slow1700000000100] });
    expect(await Promise.all([db.migrate(), db.migrate()])).toEqual(expect.arrayContaining([['Slow1700000000100'], []]));
    expect(seen).toEqual(['0', '0']);
  });
});
