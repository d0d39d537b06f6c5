import { createHash } from 'node:crypto';
import type { Session } from './database.js';
import { exchange, parameterOf, type Answers, type Statement } from './exchange.js';

/** The statements of one turn, sent when it is over. */
interface Turn { readonly statements: Statement[]; reads: number; readonly answers: Promise<Answers> }

/**
 * One open transaction. What is asked and written in one turn goes to the server as one exchange when the turn is over. Reads are awaited, writes
 * all at once by the commit, so a list costs as many waits as it has reads. A statement that fails is the answer to all of its exchange.
 */
export class Tx {
  private turn: Turn | undefined;
  private readonly pending: Promise<Answers>[] = [];
  private readonly insisted: { readonly condition: string; readonly values: readonly unknown[] }[] = [];

  constructor(private readonly session: Session) {}

  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    const turn = this.queue(text, values, true);
    const place = turn.reads++;
    return (await turn.answers).rows[place] as R[];
  }

  /** Queues a write; its failure fails the commit. */
  write(text: string, values: readonly unknown[] = []): void {
    if (this.insisted.length > 0) this.sendInsisted();
    this.queue(text, values, false);
  }

  /** A condition on what is stored, with parameters from $1 on. Where it does not hold, the transaction fails as outdated. */
  insist(condition: string, values: readonly unknown[]): void {
    this.insisted.push({ condition, values });
  }

  /** Sends all that is insisted on, as one statement; before a write it goes by itself, so that it sees what was there before. */
  sendInsisted(): void {
    const list = this.insisted.splice(0);
    if (list.length > 0) this.write(together(list.map(({ condition }) => condition)), list.flatMap(({ values }) => values));
  }

  /** Inserts rows by one statement over unnest; `tail` is what follows, such as `on conflict do nothing`. */
  insertMany<Row extends object>(table: InsertShape<Row>, rows: readonly Row[], tail = ''): void {
    this.writeMany(table, rows, tail, insertInto);
  }

  /**
   * Changes the rows that are there and inserts the others, by one statement. Only for rows under a lock of the caller's: what somebody else
   * inserts meanwhile fails it. So, unlike `on conflict`, it takes no row lock first and inserts nothing on trial.
   */
  mergeMany<Row extends object>(table: InsertShape<Row>, rows: readonly Row[], key: keyof Row & string): void {
    this.writeMany(table, rows, key, mergeInto);
  }

  private writeMany<Row extends object>(table: InsertShape<Row>, rows: readonly Row[], rest: string, write: Write): void {
    if (rows.length === 0) return;
    const { text, columns } = statementOf(table, rest, write);
    this.write(text, columns.map((column) => encode((table.columns as Readonly<Record<string, ColumnType>>)[column]!, column, rows as readonly Record<string, unknown>[])));
  }

  /** Waits for everything sent, and throws the first failure; answers the command tag of the last statement. */
  async settled(): Promise<string> {
    return (await Promise.all(this.pending.splice(0))).at(-1)?.last ?? '';
  }

  private queue(text: string, values: readonly unknown[], reads: boolean): Turn {
    // A prepared statement a text, on every connection. PostgreSQL cuts names at 63 bytes, so a name is a number.
    const statement = { name: nameOf(text), text, values: values.map(parameterOf), reads };
    this.turn ??= this.begin();
    this.turn.statements.push(statement);
    return this.turn;
  }

  private begin(): Turn {
    const statements: Statement[] = [];
    const answers = new Promise<Answers>((resolve) => process.nextTick(() => {
      this.turn = undefined;
      resolve(exchange(this.session, statements));
    }));
    answers.catch(() => undefined); // reported by settled()
    this.pending.push(answers);
    return { statements, reads: 0, answers };
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

export type ColumnType = 'uuid' | 'text' | 'int' | 'bigint' | 'boolean' | 'json' | 'jsonb' | 'bytea';
/** A table and its columns, in the order they are written. */
export interface InsertShape<Row extends object> {
  readonly into: string;
  readonly columns: { readonly [C in keyof Row & string]-?: ColumnType };
}

const statements = new Map<string, { text: string; columns: string[] }>();
/** A statement that writes rows: the table's columns, and the list each is taken from; `rest` is what else it depends on. */
type Write = (into: string, columns: readonly string[], lists: readonly string[], rest: string) => string;
const rowsOf = (columns: readonly string[], lists: readonly string[]): string => `unnest(${lists.join(', ')}) as r(${columns.join(', ')})`;
const insertInto: Write = (into, columns, lists, tail) => `insert into ${into} (${columns.join(', ')}) select * from ${rowsOf(columns, lists)} ${tail}`;
const mergeInto: Write = (into, columns, lists, name) => {
  const key = columnOf(name);
  // The list of keys beside the join: a plan made for a small table would read all of a large one.
  return `merge into ${into} t using ${rowsOf(columns, lists)} on t.${key} = r.${key} and t.${key} = any(${lists[columns.indexOf(key)]})
    when matched then update set ${columns.filter((c) => c !== key).map((c) => `${c} = r.${c}`).join(', ')}
    when not matched then insert (${columns.join(', ')}) values (${columns.map((c) => `r.${c}`).join(', ')})`;
};

const statementOf = (table: InsertShape<never> | InsertShape<object>, rest: string, write: Write) => {
  const key = `${write.name} ${table.into} ${rest} ${Object.keys(table.columns).join()}`;
  let statement = statements.get(key);
  if (statement === undefined) {
    const columns = Object.keys(table.columns);
    const types = Object.values<ColumnType>(table.columns);
    statement = { columns, text: write(table.into, columns.map(columnOf), types.map((type, i) => DECODE[type](`$${i + 1}`)), rest) };
    statements.set(key, statement);
  }
  return statement;
};
const columnOf = (name: string): string => `"${name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}"`;

// Unit separator between texts, record separator for null: neither can stand in validated input or in JSON (which escapes them).
const SEPARATOR = '\x1f';
const NULL = '\x1e';
const DECODE: Record<ColumnType, (p: string) => string> = {
  uuid: (p) => `${p}::uuid[]`,
  int: (p) => `${p}::int[]`,
  bigint: (p) => `${p}::bigint[]`,
  boolean: (p) => `${p}::boolean[]`,
  // A list of one empty text is '', which string_to_array reads as a list of none.
  text: (p) => `case ${p}::text when '' then '{""}'::text[] else string_to_array(${p}::text, E'\\x1f', E'\\x1e') end`,
  json: (p) => `string_to_array(${p}::text, E'\\x1f', E'\\x1e')::json[]`,
  jsonb: (p) => `string_to_array(${p}::text, E'\\x1f', E'\\x1e')::jsonb[]`,
  bytea: (p) => `${p}::bytea[]`,
};

const encode = (type: ColumnType, column: string, rows: readonly Readonly<Record<string, unknown>>[]): unknown => {
  if (type === 'bytea') return byteaArray(rows.map((row) => row[column] as Buffer | null | undefined));
  if (type === 'text' || type === 'json' || type === 'jsonb') return rows.map((row) => encodeText(type, row[column])).join(SEPARATOR);
  return `{${rows.map((row) => encodePlain(type, row[column] as Plain)).join(',')}}`;
};

const encodeText = (type: ColumnType, value: unknown): string => {
  if (value === undefined || value === null) return NULL;
  const text = type === 'text' && typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes(SEPARATOR) || text === NULL) throw new RangeError('a text for the database holds a separator');
  return text;
};

type Plain = string | number | bigint | boolean | null | undefined;
const encodePlain = (type: ColumnType, value: Plain): string | number => {
  if (typeof value === 'number') return value;
  const text = String(value ?? 'null');
  if (text.includes(',')) throw new RangeError(`a ${type} for the database holds a separator`);
  return text;
};

const BYTEA = 17;
/** A bytea[] in PostgreSQL's binary form: dimensions, whether any is null, the type of the elements, how many from which index; then each with its length, -1 for null. */
export const byteaArray = (values: readonly (Buffer | null | undefined)[]): Buffer => {
  const list = Buffer.allocUnsafe(values.reduce((size, v) => size + 4 + (v?.length ?? 0), 20));
  let at = 0;
  for (const head of [1, values.some((v) => !v) ? 1 : 0, BYTEA, values.length, 1]) at = list.writeInt32BE(head, at);
  for (const value of values) {
    at = list.writeInt32BE(value?.length ?? -1, at);
    if (value) at += value.copy(list, at);
  }
  return list;
};
