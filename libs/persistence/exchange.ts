import pg from 'pg';
import { serialize } from 'pg-protocol';
import type { Session } from './database.js';

/** A statement prepared once a connection under its name, with its parameters as pg writes them. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Parameter[];
  /** Its rows are wanted; nobody is told those of the others. */
  readonly reads: boolean;
}
export type Parameter = string | Buffer | null;
/** What the server said to an exchange: the rows of each statement that reads, in order, and the command tag of the last of all. */
export interface Answers { readonly rows: readonly (readonly unknown[])[]; readonly last: string }

/** As pg turns a value into a parameter. */
export const parameterOf = (value: unknown): Parameter => (typeof value === 'string' || value === null ? value : typeof value === 'number' ? String(value) : prepareValue(value));

type Heard = (error: Error | null, results: Result | readonly Result[]) => void;
interface Result { readonly rows: readonly unknown[] }
interface Connection { readonly stream: { write(bytes: Buffer): boolean } }
/** What pg's client calls on a query it has in hand, as far as it is of interest here. */
interface Handling {
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: { readonly text: string }, connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}
const PgQuery = pg.Query as unknown as new (text: string, values: undefined, heard: Heard) => Handling;
const { prepareValue } = (pg as unknown as { readonly utils: { prepareValue(value: unknown): Parameter } }).utils;

/** The names each connection has prepared. */
const prepared = new WeakMap<Connection, Set<string>>();
const preparedOn = (connection: Connection): Set<string> => {
  let names = prepared.get(connection);
  if (!names) prepared.set(connection, (names = new Set()));
  return names;
};

/**
 * Statements that go to the server as one exchange of PostgreSQL's extended protocol: one Sync behind all of them, where pg puts one behind each, so that they are
 * answered together. All leave in one write, or some before by `send`: the server works on these while the next are made. After the first that fails it skips the rest: its error is
 * the answer to all.
 */
export class Exchange {
  readonly answers: Promise<Answers>;
  private readonly query: Several;

  constructor(private readonly session: Session) {
    let heard: Heard;
    this.answers = new Promise((resolve, reject) => {
      heard = (error, results) => {
        if (error) reject(error);
        else resolve({ rows: this.query.reads === 0 ? [] : [results].flat().map(({ rows }) => rows), last: this.query.tag });
      };
    });
    this.query = new Several(heard!);
  }

  /** The place of its rows among those of the statements that read. */
  add(statement: Statement): number {
    return this.query.add(statement);
  }

  /** What was added leaves. Nothing else may be asked on this session until the end. */
  send(): void {
    if (this.query.isSubmitted) this.query.write();
    else this.session.query(this.query as unknown as pg.Submittable);
  }

  /** What was added leaves, and is answered. */
  end(): void {
    this.query.isWhole = true;
    this.send();
  }
}

/** To pg, one query with several results: of those of its statements that read. */
class Several extends PgQuery {
  reads = 0;
  tag = '';
  isWhole = false;
  private readonly statements: Statement[] = [];
  private at = 0;
  private written = 0;
  private connection: Connection | undefined;
  private readonly fresh: string[] = [];

  constructor(heard: Heard) {
    super('', undefined, heard);
  }

  get isSubmitted(): boolean {
    return this.connection !== undefined;
  }

  add(statement: Statement): number {
    this.statements.push(statement);
    return statement.reads ? this.reads++ : -1;
  }

  submit(connection: Connection): null {
    this.connection = connection;
    this.write();
    return null;
  }

  write(): void {
    const connection = this.connection!;
    const known = preparedOn(connection);
    const messages: Buffer[] = [];
    for (; this.written < this.statements.length; this.written++) {
      const { name, text, values, reads } = this.statements[this.written]!;
      if (!known.has(name)) {
        known.add(name);
        this.fresh.push(name);
        // It may be there from an exchange that failed; to close what is not there is no error.
        messages.push(serialize.close({ type: 'S', name }), serialize.parse({ name, text }));
      }
      messages.push(serialize.bind({ statement: name, values: [...values] }));
      if (reads) messages.push(serialize.describe({ type: 'P' }));
      messages.push(serialize.execute());
    }
    if (this.isWhole) messages.push(serialize.sync());
    connection.stream.write(Buffer.concat(messages));
  }

  override handleDataRow(message: unknown): void {
    if (this.statements[this.at]!.reads) super.handleDataRow(message);
  }

  override handleCommandComplete(message: { readonly text: string }, connection: Connection): void {
    if (this.statements[this.at++]!.reads) super.handleCommandComplete(message, connection);
    this.tag = message.text;
  }

  override handleError(error: Error, connection: Connection): void {
    const known = preparedOn(connection);
    for (const name of this.fresh) known.delete(name);
    super.handleError(error, connection);
  }
}
