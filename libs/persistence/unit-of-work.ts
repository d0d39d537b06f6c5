import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import { DomainError, groupBy, uuidv7, type Clock, type Decision, type Instant } from '#libs/kernel/index.js';
import { carriedBy, carry, inTrace, isTracing } from '#libs/tracing/index.js';
import { arrayOf } from './arrays.js';
import { ask } from './ask.js';
import type { Database, Session } from './database.js';
import type { Bound } from './rows.js';
import { isOutdated, Tx } from './tx.js';
import { Caller, OpenUnit, type Unit } from './unit.js';

/**
 * How commands of one kind are decided: load many, decide each (pure), save many. The runner takes the locks first, so what
 * `load` reads is the truth until the commit. Commands with the same key in one list see each other's effect.
 */
export interface Slice<C extends object, S, R> {
  /** What a command addresses: the key under which its state is loaded and saved; nearly always the case id. */
  key(command: C): string;
  /** The case to lock; undefined for a case that does not exist yet. */
  caseOf(command: C): string | undefined;
  /** Further names to lock with it, such as an idempotency key. */
  alsoLock?(command: C): readonly string[];
  load(unit: Unit, commands: readonly C[]): Promise<Map<string, S>>;
  decide(command: C, state: S | undefined, now: Instant): Decision<S, R, NewEvent>;
  /** Keeps what changed. `decided` are the commands that were not refused, with their answers. */
  save(unit: Unit, changed: ReadonlyMap<string, S>, decided: readonly { readonly command: C; readonly reply: R }[]): void | Promise<void>;
}

/** What the unit of work needs of the log. */
export interface LogWriter {
  /** The highest number of each case; absent for a case without events. */
  numbers(tx: Tx, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The same as this process last committed it; undefined where it knows nothing of one of them. An event whose number is taken since fails its transaction as outdated. */
  assume(caseIds: readonly string[]): ReadonlyMap<string, number> | undefined;
  /** Throws at once what cannot be written. Resolves, before the commit does, with the transaction's id. */
  write(tx: Tx, events: readonly Envelope[]): Promise<string>;
  /** The log has these new events, committed by that transaction. */
  ring(events: readonly Envelope[], txid: string): void;
}

/** Reactions that run before the commit (fused hops): given facts just stated, the commands that follow from them. */
export interface Fuser {
  /** These cases will move: what their reactions need can be read along with the first reads. */
  expect(unit: Unit, caseIds: readonly string[]): void;
  follow(unit: Unit, events: readonly Envelope[]): Promise<readonly object[]>;
  /** All is decided and on its way to the database: what the work that follows these events will need is made ready meanwhile, in their transaction. Appends nothing. */
  prepare(unit: Unit, events: readonly Envelope[]): Promise<void>;
  /** Whether there are cases of which the next holds. */
  readonly holdsAny: boolean;
  /** Whether nearly everything that happens to these cases happens in this process: then what it committed last nearly always holds. */
  holds(caseIds: readonly string[]): boolean;
  /** So much of what this process committed waits in its memory for the work that follows from it that new cases give way. */
  readonly isBehind: boolean;
}

export type Settled<R = unknown> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

type AnySlice = Slice<object, unknown, unknown>;
interface Waiting { readonly command: object; readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }
type Settle = (i: number, answer: Settled) => void;
interface Numbered { readonly command: object; readonly i: number }
interface RunOptions {
  /** The session to run on: a feed's, which holds its partitions; the pool's otherwise. */
  readonly session?: Session | undefined;
  readonly fuse?: boolean;
  /**
   * Runs inside the transaction, before the commands, under the same locks; what it returns is run instead. It moves a cursor with
   * the commands of a case, so these stand or fall together: a refusal of one fails them all.
   */
  readonly filter?: (unit: Unit, commands: readonly object[]) => Promise<readonly object[]>;
  /** False for work that appends nothing. */
  readonly states?: boolean;
  /** May be decided on what this process committed last; the work can then be run twice. */
  readonly assumes?: boolean;
}

export interface UnitOfWorkOptions {
  /**
   * The service, when it shares the log with other processes that ask at its doors. A case then has two locks: the log's, which whoever
   * appends holds, perhaps while asking here; and the service's own, over its rows, taken second by every transaction. So a call that
   * appends nothing does not wait for a lock its own caller holds.
   */
  readonly ownLock?: string;
  /** How long a list of new cases gives way to work in hand at the most, in milliseconds; 100 when absent. */
  readonly giveWayMs?: number;
}

/** Up to so many locks are parameters of their own, as the rows of `OverRows`. */
const FEW_LOCKS = 4;
const MANY_LOCKS = `select count(pg_advisory_xact_lock(k)) from (
  select uuid_hash_extended(c, 0) k from unnest($1::uuid[]) c union all select hashtextextended(n, 0) from unnest($2::text[]) n) keys`;
const fewLocks = new Map<string, string>();

/** Takes locks in one order for all: cases, then names, each sorted. */
const locksOf = (caseIds: readonly string[], names: readonly string[]): Bound => {
  const [cases, others] = [[...caseIds].sort(), [...names].sort()];
  if (cases.length + others.length > FEW_LOCKS) return [MANY_LOCKS, [arrayOf('uuid', cases), arrayOf('text', others)]];
  const key = `${cases.length} ${others.length}`;
  let text = fewLocks.get(key);
  if (text === undefined) {
    const keys = [...cases.map((_, i) => `uuid_hash_extended($${i + 1}::uuid, 0)`), ...others.map((_, i) => `hashtextextended($${cases.length + i + 1}::text, 0)`)];
    fewLocks.set(key, (text = `select ${keys.map((k) => `pg_advisory_xact_lock(${k})`).join(', ')}`));
  }
  return [text, [...cases, ...others]];
};
/** Ids that are drawn for a case at the most. */
const DRAWS = 64;
const LIST = 256;
const ROUNDS = 16;
const TRIES = 5;
const GIVE_WAY_MS = 100;
/** How long nothing is assumed once an assumption did not hold, in milliseconds: what happens once beside this process may go on. */
const DOUBT_MS = 1000;

/** A refusal inside the database that another try may not meet: lock timeout, deadlock, serialisation. */
const isContention = (error: unknown): boolean => ['55P03', '40P01', '40001'].includes((error as { code?: string }).code ?? '');

/** The connection was lost after COMMIT was sent: what was decided stands or does not, and to run it again could do it twice. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
  constructor(cause: unknown) {
    super('the connection was lost during the commit', { cause });
  }
}

class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/** A server that is going away (57P…) may have committed before it said so. */
const isServersAnswer = (error: unknown): boolean => error instanceof RolledBack || (error instanceof DatabaseError && error.code?.startsWith('57P') !== true);

/** The one door from the bus to the database: whatever runs in a transaction takes a list. */
export class UnitOfWork {
  private readonly slices = new Map<unknown, AnySlice>();
  private readonly forming = new Map<AnySlice, Waiting[]>();
  private readonly busy = new Set<AnySlice>();
  private readonly caller = new Caller();
  private fuser: Fuser | undefined;
  private doubtsUntil = -Infinity;
  private heard: ((commands: number) => void) | undefined;
  /** Counted for the bench, for operators and for a test that keeps the budget. */
  readonly counters = { commits: 0, lists: 0, commands: 0, retriedLists: 0, outdated: 0 };

  constructor(private readonly db: Database, private readonly clock: Clock, private readonly log: LogWriter, private readonly options: UnitOfWorkOptions = {}) {}

  /** Says how commands of this class are decided. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constructor's parameters are of no interest here
  register<C extends object, S, R>(command: new (...args: any[]) => C, slice: Slice<C, S, R>): void {
    this.slices.set(command, slice);
  }

  /** Hears how many commands each transaction decides. */
  onList(listener: (commands: number) => void): void {
    this.heard = listener;
  }

  /** Turns fused hops on (all-in-one) or off (between processes, and in tests that want the feed's own path). */
  fuseWith(fuser: Fuser | undefined): void {
    this.fuser = fuser;
  }

  /** Runs one command in the list that forms while the last one commits; an idle system commits at once. */
  execute<R>(command: object): Promise<R> {
    const slice = this.sliceOf(command);
    if (isTracing()) carry(command);
    return new Promise<R>((resolve, reject) => {
      const waiting = { command, resolve: resolve as (value: unknown) => void, reject };
      const list = this.forming.get(slice);
      if (list) list.push(waiting);
      else this.forming.set(slice, [waiting]);
      if (!this.busy.has(slice)) {
        this.busy.add(slice);
        setImmediate(() => void this.drain(slice));
      }
    });
  }

  /** Runs a list in one transaction; when it fails as a whole, it is run one by one, without fused hops. Answers in order. */
  async executeAll(commands: readonly object[], options: RunOptions = {}): Promise<readonly Settled[]> {
    const results: Settled[] = [];
    if (isTracing()) for (const command of commands) carry(command);
    const { rest } = await this.runAll(commands, options, (i, answer) => (results[i] = answer));
    await rest;
    return results;
  }

  /**
   * Runs `work` in the caller's unit (`Unit.within`), or in one of its own under the locks of `caseIds`; `states: false` where it appends nothing. Work that is
   * `eager` begins before the locks are held: it sends its reads along, and waits for `unit.held` itself.
   */
  async join<T>(caseIds: readonly string[], work: (unit: Unit) => Promise<T>, { states = true, eager = false }: Pick<RunOptions, 'states'> & { readonly eager?: boolean } = {}): Promise<T> {
    const unit = this.caller.now;
    if (unit) return work(unit);
    return this.inTransaction(caseIds, [], { states }, eager ? work : async (own) => {
      await own.held;
      return work(own);
    });
  }

  /** An id for a case that is about to be opened: one that this process will go on with by itself, while there are any. Which process does may change at any time. */
  newCaseId(now: Instant): string {
    let id = uuidv7(now);
    for (let draws = 1; draws < DRAWS && this.fuser?.holdsAny === true && !this.fuser.holds([id]); draws++) id = uuidv7(now);
    return id;
  }

  /** The case a command addresses; undefined for one that opens a case. */
  caseOf(command: object): string | undefined {
    return this.sliceOf(command).caseOf(command);
  }

  /** Runs a read on a unit of its own: no transaction, no lock, nothing to append. */
  async read<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    const client = await this.db.connect();
    try {
      const refuse = () => {
        throw new Error('a read appends nothing');
      };
      return await work({ tx: new Tx(client), held: Promise.resolve(), now: this.clock.now(), writes: false, assumes: false, holdings: new Map(), append: refuse, onFlush: refuse, whileCommitting: refuse, afterCommit: refuse, within: (call) => call() });
    } finally {
      client.release();
    }
  }

  /** Settles each command as soon as it is through. `rest` are those that meet a lock again and again. */
  private async runAll(commands: readonly object[], options: RunOptions, settle: Settle): Promise<{ readonly rest?: Promise<void> }> {
    if (commands.length === 0) return {};
    try {
      (await this.transaction(commands, options)).forEach((answer, i) => settle(i, answer));
      return {};
    } catch (error) {
      const groups = this.oneByOne(commands, options);
      const fused = this.fuser !== undefined && options.fuse !== false;
      if (error instanceof CommitUnknown || (groups.length === 1 && !fused && !isContention(error))) {
        commands.forEach((_, i) => settle(i, { ok: false, error }));
        return {};
      }
      this.counters.retriedLists++;
      const alone = { ...options, fuse: false };
      const waiting = await this.eachAlone(groups, alone, settle);
      return waiting.length > 0 ? { rest: this.waitForLocks(waiting, alone, settle) } : {};
    }
  }

  /** Commands of a case stay together where a cursor moves with them. */
  private oneByOne(commands: readonly object[], options: RunOptions): readonly Numbered[][] {
    const numbered = commands.map((command, i) => ({ command, i }));
    return options.filter ? [...groupBy(numbered, ({ command }) => this.caseOf(command) ?? command).values()] : numbered.map((one) => [one]);
  }

  /** Answers those that waited for a lock too long. */
  private async eachAlone(groups: readonly Numbered[][], options: RunOptions, settle: Settle, isLast = false): Promise<readonly Numbered[][]> {
    const waiting: Numbered[][] = [];
    for (const group of groups) {
      try {
        const answers = await this.transaction(group.map(({ command }) => command), options);
        group.forEach(({ i }, n) => settle(i, answers[n]!));
      } catch (error) {
        if (isContention(error) && !isLast) waiting.push(group);
        else for (const { i } of group) settle(i, { ok: false, error });
      }
    }
    return waiting;
  }

  private async waitForLocks(groups: readonly Numbered[][], options: RunOptions, settle: Settle): Promise<void> {
    let waiting = groups;
    for (let tries = 2; waiting.length > 0; tries++) waiting = await this.eachAlone(waiting, options, settle, tries === TRIES);
  }

  /** Lists one after another while there are any; whoever waits for a lock does not keep the next list waiting. */
  private async drain(slice: AnySlice): Promise<void> {
    for (;;) {
      const list = this.forming.get(slice);
      if (!list || list.length === 0) break;
      if (slice.caseOf(list[0]!.command) === undefined) await this.giveWay();
      const batch = list.splice(0, LIST);
      await this.runAll(batch.map((w) => w.command), {}, (i, answer) => {
        if (answer.ok) batch[i]!.resolve(answer.value);
        else batch[i]!.reject(answer.error);
      });
    }
    this.busy.delete(slice);
  }

  /** Cases opened faster than they are worked on would only wait in memory, where each costs more the more there are. */
  private async giveWay(): Promise<void> {
    const until = performance.now() + (this.options.giveWayMs ?? GIVE_WAY_MS);
    while (this.fuser?.isBehind === true && performance.now() < until) await sleep(1);
  }

  private transaction(commands: readonly object[], options: RunOptions): Promise<readonly Settled[]> {
    this.counters.lists++;
    this.counters.commands += commands.length;
    this.heard?.(commands.length);
    const cases = new Set<string>();
    const names: string[] = [];
    for (const command of commands) {
      const slice = this.sliceOf(command);
      const caseId = slice.caseOf(command);
      if (caseId !== undefined) cases.add(caseId);
      const also = slice.alsoLock?.(command);
      if (also) names.push(...also);
    }
    const work = async (unit: Unit): Promise<readonly Settled[]> => {
      const chosen = options.filter ? await options.filter(unit, commands) : commands;
      const settled = await this.apply(unit, chosen);
      if (!options.filter) return settled;
      for (const answer of settled) if (!answer.ok) throw answer.error;
      const byCommand = new Map(chosen.map((command, i) => [command, settled[i]!]));
      return commands.map((command) => byCommand.get(command) ?? { ok: true, value: undefined });
    };
    // What is asked for a list is asked in the first one's trace.
    return inTrace(isTracing() ? commands.map(carriedBy).find((t) => t !== undefined) : undefined, () => this.transact([...cases], names, options, work));
  }

  /** Decided on memory first, where this process may trust it. */
  private async transact<T>(caseIds: readonly string[], names: readonly string[], options: RunOptions, work: (unit: Unit) => Promise<T>): Promise<T> {
    const assumes = this.fuser?.holds(caseIds) === true && options.fuse !== false && this.options.ownLock === undefined && performance.now() >= this.doubtsUntil;
    try {
      return await this.inTransaction(caseIds, names, { ...options, assumes }, work);
    } catch (error) {
      if (!assumes || !isOutdated(error)) throw error;
      this.counters.outdated++;
      this.doubtsUntil = performance.now() + DOUBT_MS;
      return this.inTransaction(caseIds, names, options, work);
    }
  }

  /** Loads, decides and saves a list within a unit: one load and one save per slice, commands of a case in order. */
  private async apply(unit: Unit, commands: readonly object[]): Promise<Settled[]> {
    const results = new Array<Settled>(commands.length);
    const bySlice = groupBy(commands.map((command, i) => ({ command, i })), ({ command }) => this.sliceOf(command));
    for (const [slice, group] of bySlice) {
      const state = await slice.load(unit, group.map(({ command }) => command));
      await unit.held;
      const changed = new Map<string, unknown>();
      const decided: { command: object; reply: unknown }[] = [];
      for (const { command, i } of group) {
        const key = slice.key(command);
        try {
          const decision = slice.decide(command, state.get(key), unit.now);
          if (decision.state !== undefined) {
            state.set(key, decision.state);
            changed.set(key, decision.state);
          }
          for (const event of decision.events ?? []) unit.append(event, command);
          decided.push({ command, reply: decision.reply });
          results[i] = { ok: true, value: decision.reply };
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          results[i] = { ok: false, error };
        }
      }
      await slice.save(unit, changed, decided);
    }
    return results;
  }

  private async inTransaction<T>(caseIds: readonly string[], names: readonly string[], options: RunOptions, work: (unit: Unit) => Promise<T>): Promise<T> {
    const client = options.session ?? (await this.db.connect());
    const tx = new Tx(client);
    let broken: Error | undefined;
    let committing = false;
    let held = Promise.resolve();
    try {
      const { ownLock } = this.options;
      const states = options.states !== false;
      const stated = ownLock !== undefined && !states ? [] : caseIds;
      tx.write('begin');
      if (stated.length + names.length > 0) this.lock(tx, stated, names);
      if (ownLock !== undefined && caseIds.length > 0) this.lock(tx, [], caseIds.map((caseId) => `${ownLock} ${caseId}`));
      const assumed = options.assumes ? this.log.assume(stated) : undefined;
      const unit = new OpenUnit(tx, this.clock, this.caller, states, assumed, () => (stated.length > 0 && states ? this.log.numbers(tx, stated) : undefined));
      held = unit.held;
      const fuser = options.fuse === false ? undefined : this.fuser;
      if (states && caseIds.length > 0) fuser?.expect(unit, caseIds);
      const result = await work(unit);
      if (fuser) {
        for (let round = 0, fresh = unit.takeFresh(); fresh.length > 0 && round < ROUNDS; round++, fresh = unit.takeFresh()) {
          const commands = await fuser.follow(unit, fresh);
          if (commands.length > 0) for (const r of await this.apply(unit, commands)) if (!r.ok) throw r.error;
        }
      }
      await held;
      tx.sendInsisted();
      await unit.flush();
      const { events } = unit;
      const written = events.length > 0 ? this.log.write(tx, events) : undefined;
      written?.catch(() => undefined); // told by the commit
      if (fuser && events.length > 0) {
        const { length } = events;
        await fuser.prepare(unit, events);
        if (events.length > length) throw new Error(`${events[length]!.type} is stated by what only prepares`);
        tx.sendInsisted();
        await unit.flush();
      }
      committing = true;
      tx.write('commit');
      if (unit.makings.length > 0) process.nextTick(() => unit.makings.forEach((make) => make())); // it was sent a tick before
      // The answer to a COMMIT of a failed transaction is ROLLBACK, without an error.
      if ((await tx.settled()) !== 'COMMIT') throw new RolledBack('the transaction was rolled back');
      this.counters.commits++;
      for (const then of unit.afters) then();
      if (written) this.log.ring(events, await written);
      return result;
    } catch (error) {
      // A statement after the first that failed only says that the transaction had failed.
      const cause: unknown = await held.then(() => tx.settled()).then(() => error, (first: unknown) => first);
      try {
        await ask(client, 'rollback');
      } catch (rollback) {
        broken = rollback as Error;
      }
      throw committing && !isServersAnswer(cause) ? new CommitUnknown(cause) : cause;
    } finally {
      if (!options.session) client.release(broken);
    }
  }

  /** The first statement of a transaction: takes every lock, in one order for all, and reads nothing else. */
  protected lock(tx: Tx, caseIds: readonly string[], names: readonly string[]): void {
    tx.write(...locksOf(caseIds, names));
  }

  private sliceOf(command: object): AnySlice {
    const slice = this.slices.get(command.constructor);
    if (!slice) throw new Error(`no slice decides ${command.constructor.name}`);
    return slice;
  }
}
