/** Rows as a statement takes them. */
import { arrayOf, type ColumnType } from './arrays.js';

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
    return [text, few > 0 ? this.each(rows as readonly Values[]) : this.columns.map(([column, type]) => arrayOf(type, (rows as readonly Values[]).map((row) => row[column])))];
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
  const array = (i: number): string => `$${i + 1}::${columns[i]![1]}[]`;
  return {
    as: (name) => `unnest(${columns.map((_, i) => array(i)).join(', ')}) ${named(name, columns)}`,
    among: (column) => `= any(${array(placeOf(columns, column))})`,
  };
};

const encodeOne = (type: ColumnType, value: unknown): unknown => {
  if (value === undefined || value === null) return null;
  return type === 'json' || type === 'jsonb' || (type === 'text' && typeof value !== 'string') ? JSON.stringify(value) : value;
};
