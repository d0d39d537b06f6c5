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

/**
 * Sends statements as one exchange of PostgreSQL's extended protocol: one Sync behind all of them, where pg puts one behind each, so that they leave in one
 * write and are answered by one. After the first that fails the server skips the rest: its error is the answer to all.
 */
export const exchange = (session: Session, statements: readonly Statement[]): Promise<Answers> =>
  new Promise((resolve, reject) => {
    const sent = new Exchange(statements, (error, results) => {
      if (error) reject(error);
      else resolve({ rows: sent.reads === 0 ? [] : [results].flat().map(({ rows }) => rows), last: sent.tag });
    });
    session.query(sent as unknown as pg.Submittable);
  });

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

/** To pg, one query with several results: of those of its statements that read. */
class Exchange extends PgQuery {
  readonly reads: number;
  tag = '';
  private at = 0;
  private readonly fresh: string[] = [];

  constructor(private readonly statements: readonly Statement[], heard: Heard) {
    super('', undefined, heard);
    this.reads = statements.filter(({ reads }) => reads).length;
  }

  submit(connection: Connection): null {
    const known = preparedOn(connection);
    const messages: Buffer[] = [];
    for (const { name, text, values, reads } of this.statements) {
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
    messages.push(serialize.sync());
    connection.stream.write(Buffer.concat(messages));
    return null;
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
