import { AsyncLocalStorage } from 'node:async_hooks';
import type { PoolClient } from 'pg';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import { DomainError, groupBy, type Clock, type Decision, type Instant } from '#libs/kernel/index.js';
import type { Database } from './database.js';
import { Tx } from './tx.js';

/** A transaction over a list of cases, and the facts it will append. */
export interface Unit {
  readonly tx: Tx;
  readonly now: Instant;
  /** False for a unit that only reads: nothing may be appended or flushed. */
  readonly writes: boolean;
  /** States a fact. It is numbered at once and written with the commit. */
  append(event: NewEvent): Envelope;
  /** Runs once, when all is decided and before the commit: stores write what they hold, one statement a table. */
  onFlush(write: () => void | Promise<void>): void;
  /** Runs after a successful commit; must not throw. */
  afterCommit(then: () => void): void;
}

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
  write(tx: Tx, events: readonly Envelope[]): void;
  /** The log has new events, committed. */
  ring(): void;
}

/** Reactions that run before the commit (fused hops): given facts just stated, the commands that follow from them. */
export interface Fuser {
  follow(unit: Unit, events: readonly Envelope[]): Promise<readonly object[]>;
}

export type Settled<R = unknown> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

type AnySlice = Slice<object, unknown, unknown>;
interface Waiting { readonly command: object; readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }
interface RunOptions {
  /** The session to run on: a feed's, which holds its partitions; the pool's otherwise. */
  readonly session?: PoolClient | undefined;
  readonly fuse?: boolean;
  /** Runs inside the transaction, before the commands, under the same locks; what it returns is run instead. */
  readonly filter?: (unit: Unit, commands: readonly object[]) => Promise<readonly object[]>;
}

const LOCK = `select count(pg_advisory_xact_lock(k)) from (
  select k from (select uuid_hash_extended(c, 0) k from unnest($1::uuid[]) c union select hashtextextended(n, 0) from string_to_array($2::text, E'\\x1f') n where n <> '') keys
  order by k offset 0) ordered`;
const LIST = 256;
const ROUNDS = 16;

/** A refusal inside the database that another try may not meet: lock timeout, deadlock, serialisation. */
const isContention = (error: unknown): boolean => ['55P03', '40P01', '40001'].includes((error as { code?: string }).code ?? '');

/** The one door from the bus to the database: whatever runs in a transaction takes a list. */
export class UnitOfWork {
  private readonly slices = new Map<unknown, AnySlice>();
  private readonly forming = new Map<AnySlice, Waiting[]>();
  private readonly busy = new Set<AnySlice>();
  private readonly context = new AsyncLocalStorage<Unit>();
  private fuser: Fuser | undefined;
  /** Counted for the bench and for a test that keeps the budget. */
  readonly counters = { commits: 0, lists: 0, commands: 0, retriedLists: 0 };

  constructor(private readonly db: Database, private readonly clock: Clock, private readonly log: LogWriter) {}

  /** Says how commands of this class are decided. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constructor's parameters are of no interest here
  register<C extends object, S, R>(command: new (...args: any[]) => C, slice: Slice<C, S, R>): void {
    this.slices.set(command, slice as unknown as AnySlice);
  }

  /** Turns fused hops on (all-in-one) or off (between processes, and in tests that want the feed's own path). */
  fuseWith(fuser: Fuser | undefined): void {
    this.fuser = fuser;
  }

  /** Runs one command in the list that forms while the last one commits; an idle system commits at once. */
  execute<R>(command: object): Promise<R> {
    const slice = this.sliceOf(command);
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

  /** Runs a list in one transaction; when it fails as a whole, its cases are run one by one. Answers in order. */
  async executeAll(commands: readonly object[], options: RunOptions = {}): Promise<readonly Settled[]> {
    if (commands.length === 0) return [];
    try {
      return await this.transaction(commands, options);
    } catch (error) {
      const groups = groupBy(commands.map((command, i) => ({ command, i })), ({ command }) => this.sliceOf(command).caseOf(command) ?? this.sliceOf(command).key(command));
      if (groups.size === 1 && options.fuse === false && !isContention(error)) return commands.map(() => ({ ok: false, error }));
      this.counters.retriedLists++;
      const results: Settled[] = [];
      for (const group of groups.values()) {
        const answers = await this.alone(group.map(({ command }) => command), options);
        group.forEach(({ i }, n) => (results[i] = answers[n]!));
      }
      return results;
    }
  }

  /** Runs `work` in the caller's unit, or in one of its own under the locks of `caseIds`. */
  async join<T>(caseIds: readonly string[], work: (unit: Unit) => Promise<T>): Promise<T> {
    const unit = this.context.getStore();
    if (unit) return work(unit);
    return this.inTransaction(caseIds, [], {}, work);
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
      return await work({ tx: new Tx(client), now: this.clock.now(), writes: false, append: refuse, onFlush: refuse, afterCommit: refuse });
    } finally {
      client.release();
    }
  }

  private async alone(commands: readonly object[], options: RunOptions): Promise<readonly Settled[]> {
    let failure: unknown;
    for (let tries = 0; tries < 5; tries++) {
      try {
        return await this.transaction(commands, { ...options, fuse: false });
      } catch (error) {
        failure = error;
        if (!isContention(error)) break;
      }
    }
    return commands.map(() => ({ ok: false, error: failure }));
  }

  private async drain(slice: AnySlice): Promise<void> {
    for (;;) {
      const list = this.forming.get(slice);
      if (!list || list.length === 0) break;
      const batch = list.splice(0, LIST);
      let answers: readonly Settled[];
      try {
        answers = await this.executeAll(batch.map((w) => w.command));
      } catch (error) {
        answers = batch.map(() => ({ ok: false, error }));
      }
      batch.forEach((waiting, i) => {
        const answer = answers[i]!;
        if (answer.ok) waiting.resolve(answer.value);
        else waiting.reject(answer.error);
      });
    }
    this.busy.delete(slice);
  }

  private transaction(commands: readonly object[], options: RunOptions): Promise<readonly Settled[]> {
    this.counters.lists++;
    this.counters.commands += commands.length;
    const cases = new Set<string>();
    const names: string[] = [];
    for (const command of commands) {
      const slice = this.sliceOf(command);
      const caseId = slice.caseOf(command);
      if (caseId !== undefined) cases.add(caseId);
      const also = slice.alsoLock?.(command);
      if (also) names.push(...also);
    }
    return this.inTransaction([...cases], names, options, async (unit) => {
      const chosen = options.filter ? await options.filter(unit, commands) : commands;
      const settled = await this.apply(unit, chosen);
      if (chosen === commands) return settled;
      const byCommand = new Map(chosen.map((command, i) => [command, settled[i]!]));
      return commands.map((command) => byCommand.get(command) ?? { ok: true, value: undefined });
    });
  }

  /** Loads, decides and saves a list within a unit: one load and one save per slice, commands of a case in order. */
  private async apply(unit: Unit, commands: readonly object[]): Promise<Settled[]> {
    const results = new Array<Settled>(commands.length);
    const bySlice = groupBy(commands.map((command, i) => ({ command, i })), ({ command }) => this.sliceOf(command));
    for (const [slice, group] of bySlice) {
      const state = await slice.load(unit, group.map(({ command }) => command));
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
          for (const event of decision.events ?? []) unit.append(event);
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
    let broken: Error | undefined;
    try {
      const tx = new Tx(client);
      const events: Envelope[] = [];
      let fresh: Envelope[] = [];
      const flushes: (() => void | Promise<void>)[] = [];
      const afters: (() => void)[] = [];
      tx.write('begin');
      if (caseIds.length + names.length > 0) tx.write(LOCK, [`{${caseIds.join(',')}}`, names.join('\x1f')]);
      const numbers = new Map(caseIds.length > 0 ? await this.log.numbers(tx, caseIds) : []);
      await tx.settled(); // the locks are held from here on
      const now = this.clock.now();
      const unit: Unit = {
        tx,
        now,
        writes: true,
        append: ({ caseId, type, data }) => {
          const seq = (numbers.get(caseId) ?? 0) + 1;
          numbers.set(caseId, seq);
          const envelope: Envelope = {
            specversion: '1.0', id: `${caseId}/${seq}`, source: `/${type.slice(0, type.indexOf('.'))}`, type, subject: caseId,
            time: new Date(now).toISOString(), caseId, seq, data,
          };
          events.push(envelope);
          fresh.push(envelope);
          return envelope;
        },
        onFlush: (write) => flushes.push(write),
        afterCommit: (then) => afters.push(then),
      };
      const result = await this.context.run(unit, async () => {
        const answer = await work(unit);
        if (this.fuser && options.fuse !== false) {
          for (let round = 0; fresh.length > 0 && round < ROUNDS; round++) {
            const stated = fresh;
            fresh = [];
            const commands = await this.fuser.follow(unit, stated);
            if (commands.length > 0) for (const r of await this.apply(unit, commands)) if (!r.ok) throw r.error;
          }
        }
        for (let i = 0; i < flushes.length; i++) await flushes[i]!();
        return answer;
      });
      if (events.length > 0) this.log.write(tx, events);
      const commit = client.query('commit');
      const [, tag] = await Promise.all([tx.settled(), commit]);
      // The answer to a COMMIT of a failed transaction is ROLLBACK, without an error.
      if (tag.command !== 'COMMIT') throw new Error('the transaction was rolled back');
      this.counters.commits++;
      for (const then of afters) then();
      if (events.length > 0) this.log.ring();
      return result;
    } catch (error) {
      try {
        await client.query('rollback');
      } catch (rollback) {
        broken = rollback as Error;
      }
      throw error;
    } finally {
      if (!options.session) client.release(broken);
    }
  }

  private sliceOf(command: object): AnySlice {
    const slice = this.slices.get(command.constructor);
    if (!slice) throw new Error(`no slice decides ${command.constructor.name}`);
    return slice;
  }
}
