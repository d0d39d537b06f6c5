import { createHash } from 'node:crypto';
import type { Session } from './database.js';
import { Exchange, parameterOf, type Answers, type Parameter } from './exchange.js';
import { columnOf, OverRows, type Bound, type Columns } from './rows.js';

/** So much of an exchange leaves before it is whole, in characters of parameters: the server works on the first statements of a long list while the next are made. */
const MUCH = 4096;
const sizeOf = (values: readonly Parameter[]): number => values.reduce((size, value) => size + (value?.length ?? 0), 0);

/**
 * One open transaction. What is asked and written in one turn is one exchange with the server, which ends when the turn is over. Reads are awaited, writes
 * all at once by the commit, so a list costs as many waits as it has reads. A statement that fails is the answer to all of its exchange.
 */
export class Tx {
  private turn: Exchange | undefined;
  /** What of the turn has not left. */
  private unsent = 0;
  private readonly pending: Promise<Answers>[] = [];
  private readonly insisted: { readonly condition: string; readonly values: readonly Parameter[] }[] = [];

  constructor(private readonly session: Session) {}

  rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.answered<R>(text, values);
  }

  /** Queues a write; its failure fails the commit. */
  write(text: string, values: readonly unknown[] = []): void {
    if (this.insisted.length > 0) this.sendInsisted();
    this.queue(text, values, false);
  }

  /** A condition on what is stored, with parameters from $1 on. Where it does not hold, the transaction fails as outdated. */
  insist(...[condition, given]: Bound): void {
    const values = given.map(parameterOf);
    this.insisted.push({ condition, values });
    this.unsent += sizeOf(values);
    if (this.unsent >= MUCH) this.sendInsisted();
  }

  /** Sends all that is insisted on, as one statement; before a write it goes by itself, so that it sees what was there before. */
  sendInsisted(): void {
    const list = this.insisted.splice(0);
    if (list.length > 0) this.queue(together(list.map(({ condition }) => condition)), list.flatMap(({ values }) => values), false);
  }

  /** Inserts rows by one statement; `tail` is what follows, such as `on conflict do nothing`. */
  insertMany<Row extends object>(table: InsertShape<Row>, rows: readonly Row[], tail = ''): void {
    if (rows.length > 0) this.write(...statementOf(table, tail, insertInto).of(rows));
  }

  /** As `insertMany`; answers what `returning` says of each row. */
  insertReturning<R, Row extends object>(table: InsertShape<Row>, rows: readonly Row[], returning: string): Promise<R[]> {
    this.sendInsisted();
    return this.answered<R>(...statementOf(table, `returning ${returning}`, insertInto).of(rows));
  }

  /**
   * Changes the rows that are there and inserts the others, by one statement. Only for rows under a lock of the caller's: what somebody else
   * inserts meanwhile fails it. So, unlike `on conflict`, it takes no row lock first and inserts nothing on trial.
   */
  mergeMany<Row extends object>(table: InsertShape<Row>, rows: readonly Row[], key: keyof Row & string): void {
    if (rows.length > 0) this.write(...statementOf(table, key, mergeInto).of(rows));
  }

  /** Waits for everything sent, and throws the first failure; answers the command tag of the last statement. */
  async settled(): Promise<string> {
    return (await Promise.all(this.pending.splice(0))).at(-1)?.last ?? '';
  }

  private async answered<R>(text: string, values: readonly unknown[]): Promise<R[]> {
    const [turn, place] = this.queue(text, values, true);
    return (await turn.answers).rows[place] as R[];
  }

  private queue(text: string, given: readonly unknown[], reads: boolean): readonly [turn: Exchange, place: number] {
    const values = given.map(parameterOf);
    const turn = (this.turn ??= this.begin());
    // A prepared statement a text, on every connection. PostgreSQL cuts names at 63 bytes, so a name is a number.
    const place = turn.add({ name: nameOf(text), text, values, reads });
    this.unsent += sizeOf(values);
    if (this.unsent >= MUCH) {
      turn.send();
      this.unsent = 0;
    }
    return [turn, place];
  }

  private begin(): Exchange {
    const turn = new Exchange(this.session);
    process.nextTick(() => {
      this.turn = undefined;
      this.unsent = 0;
      turn.end();
    });
    turn.answers.catch(() => undefined); // reported by settled()
    this.pending.push(turn.answers);
    return turn;
  }
}

/** What was assumed of the store does not hold, or is not enough to go on. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}

/** Also what a failed `insist` answers (there is no other division in this house), and a row that was not to be there yet. */
export const isOutdated = (error: unknown): boolean => error instanceof Outdated || ['22012', '23505'].includes((error as { code?: string }).code ?? '');

const conditions = new Map<string, string>();
/** One statement of many conditions: fails, dividing by nothing, unless all of them hold. */
const together = (list: readonly string[]): string => {
  const key = list.join();
  let text = conditions.get(key);
  if (text === undefined) {
    let used = 0;
    const renumbered = list.map((condition) => {
      const before = used;
      return condition.replaceAll(/\$(\d+)/g, (_, n: string) => {
        used = Math.max(used, before + Number(n));
        return `$${before + Number(n)}`;
      });
    });
    text = `select 1 / (${renumbered.map((condition) => `(${condition})`).join(' and ')})::int as holds`;
    conditions.set(key, text);
  }
  return text;
};

const names = new Map<string, string>();
const nameOf = (text: string): string => {
  let name = names.get(text);
  if (name === undefined) {
    name = `s${names.size}_${createHash('sha1').update(text).digest('hex').slice(0, 8)}`;
    names.set(text, name);
  }
  return name;
};

/** A table and its columns, in the order they are written. */
export interface InsertShape<Row extends object> {
  readonly into: string;
  readonly columns: Columns<Row>;
}

/** A statement that writes rows; `rest` is what else it depends on. */
type Write = (table: InsertShape<never>, rest: string) => OverRows<never>;

const insertInto: Write = ({ into, columns }, tail) =>
  new OverRows(columns, (rows) => `insert into ${into} (${namesOf(columns).join(', ')}) select * from ${rows.as('r')} ${tail}`);

const mergeInto: Write = ({ into, columns }, name) => {
  const key = columnOf(name);
  const names = namesOf(columns);
  // The list of keys beside the join: a plan made for a small table would read all of a large one.
  return new OverRows(columns, (rows) => `merge into ${into} t using ${rows.as('r')} on t.${key} = r.${key} and t.${key} ${rows.among(name)}
    when matched then update set ${names.filter((c) => c !== key).map((c) => `${c} = r.${c}`).join(', ')}
    when not matched then insert (${names.join(', ')}) values (${names.map((c) => `r.${c}`).join(', ')})`);
};

const namesOf = (columns: object): readonly string[] => Object.keys(columns).map(columnOf);

type OfTables = WeakMap<object, Map<string, OverRows<never>>>;
/** By how they write and the table, which is a constant of its store. */
const statements: ReadonlyMap<Write, OfTables> = new Map<Write, OfTables>([[insertInto, new WeakMap()], [mergeInto, new WeakMap()]]);
const statementOf = <Row extends object>(table: InsertShape<Row>, rest: string, write: Write): OverRows<Row> => {
  const ofKind = statements.get(write)!;
  const ofTable = ofKind.get(table) ?? new Map<string, OverRows<never>>();
  ofKind.set(table, ofTable);
  const statement = ofTable.get(rest) ?? write(table, rest);
  ofTable.set(rest, statement);
  return statement;
};
