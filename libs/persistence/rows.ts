/** Rows as a statement takes them. */
export type ColumnType = 'uuid' | 'text' | 'int' | 'bigint' | 'boolean' | 'json' | 'jsonb' | 'bytea';
/** Columns in the order they are written; in SQL each is called as `column_name`. */
export type Columns<Row extends object> = { readonly [C in keyof Row & string]-?: ColumnType };

/** How a list of rows stands in the text of a statement. */
export interface Listed {
  /** An item of FROM with these columns, called `name`. */
  as(name: string): string;
  /** That something is among what the rows have in a column. */
  among(column: string): string;
}
/** A statement and its parameters. */
export type Bound = readonly [text: string, values: readonly unknown[]];

/**
 * Up to so many rows are written out one by one: PostgreSQL takes a row of parameters as it is, where an array a column is a function to call and a
 * table to fill for each. More would be a text and a plan for each number of rows.
 */
const FEW = 2;

/** A statement over a list of rows, of any length but none. Its parameters are those of the rows, from $1 on. */
export class OverRows<Row extends object> {
  private readonly columns: readonly (readonly [column: string, type: ColumnType])[];
  /** By the number of rows; at 0 that for many. */
  private readonly texts: (string | undefined)[] = [];

  constructor(columns: Columns<Row>, private readonly write: (rows: Listed) => string) {
    this.columns = Object.entries<ColumnType>(columns);
  }

  of(rows: readonly Row[]): Bound {
    const few = rows.length <= FEW ? rows.length : 0;
    const text = (this.texts[few] ??= this.write(few > 0 ? writtenOut(this.columns, few) : asArrays(this.columns)));
    return [text, few > 0 ? this.each(rows as readonly Values[]) : this.columns.map(([column, type]) => encodeAll(type, column, rows as readonly Values[]))];
  }

  private each(rows: readonly Values[]): readonly unknown[] {
    const values: unknown[] = [];
    for (const row of rows) for (const [column, type] of this.columns) values.push(encodeOne(type, row[column]));
    return values;
  }
}

type Values = Readonly<Record<string, unknown>>;
type Entries = readonly (readonly [column: string, type: ColumnType])[];

export const columnOf = (name: string): string => `"${name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}"`;
const named = (name: string, columns: Entries): string => `${name}(${columns.map(([column]) => columnOf(column)).join(', ')})`;
const placeOf = (columns: Entries, name: string): number => columns.findIndex(([column]) => column === name);

const writtenOut = (columns: Entries, rows: number): Listed => {
  const parameter = (row: number, i: number): string => `$${row * columns.length + i + 1}::${columns[i]![1]}`;
  const each = <T>(make: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => make(row));
  return {
    as: (name) => `(values ${each((row) => `(${columns.map((_, i) => parameter(row, i)).join(', ')})`).join(', ')}) ${named(name, columns)}`,
    among: (column) => `in (${each((row) => parameter(row, placeOf(columns, column))).join(', ')})`,
  };
};

const asArrays = (columns: Entries): Listed => {
  const array = (i: number): string => DECODE[columns[i]![1]](`$${i + 1}`);
  return {
    as: (name) => `unnest(${columns.map((_, i) => array(i)).join(', ')}) ${named(name, columns)}`,
    among: (column) => `= any(${array(placeOf(columns, column))})`,
  };
};

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

const isText = (type: ColumnType): boolean => type === 'text' || type === 'json' || type === 'jsonb';

const encodeOne = (type: ColumnType, value: unknown): unknown => (value === undefined || value === null ? null : isText(type) ? encodeText(type, value) : value);

const encodeAll = (type: ColumnType, column: string, rows: readonly Values[]): unknown => {
  if (type === 'bytea') return byteaArray(rows.map((row) => row[column] as Buffer | null | undefined));
  if (isText(type)) return rows.map((row) => encodeText(type, row[column])).join(SEPARATOR);
  return `{${rows.map((row) => encodePlain(type, row[column] as Plain)).join(',')}}`;
};

const encodeText = (type: ColumnType, value: unknown): string => {
  if (value === undefined || value === null) return NULL;
  if (type !== 'text' || typeof value !== 'string') return JSON.stringify(value);
  if (value.includes(SEPARATOR) || value === NULL) throw new RangeError('a text for the database holds a separator');
  return value;
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
const byteaArray = (values: readonly (Buffer | null | undefined)[]): Buffer => {
  const list = Buffer.allocUnsafe(values.reduce((size, v) => size + 4 + (v?.length ?? 0), 20));
  let at = 0;
  for (const head of [1, values.some((v) => !v) ? 1 : 0, BYTEA, values.length, 1]) at = list.writeInt32BE(head, at);
  for (const value of values) {
    at = list.writeInt32BE(value?.length ?? -1, at);
    if (value) at += value.copy(list, at);
  }
  return list;
};
