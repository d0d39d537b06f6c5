import { putUuid } from '#libs/kernel/index.js';

/** Lists as PostgreSQL takes them in binary: one parameter a column, which it need not read letter by letter, and in which any text may stand. */
export type ColumnType = 'uuid' | 'text' | 'int' | 'bigint' | 'boolean' | 'json' | 'jsonb' | 'bytea';

/** How values of a type lie in a list: the type's number in PostgreSQL (`pg_type.oid`), what a value is made ready as, the room it takes in bytes, and how it is put there. */
interface Element<T, Ready = T> {
  readonly oid: number;
  ready(value: T): Ready;
  size(ready: Ready): number;
  put(list: Buffer, ready: Ready, at: number): void;
}
type Whole = number | bigint | string;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const aText = (oid: number, ready: (value: unknown) => string): Element<unknown, string> => ({ oid, ready, size: (text) => Buffer.byteLength(text), put: (list, text, at) => list.write(text, at) });

const JSONB_VERSION = 1;
const UPPER = 2 ** 32;

const ELEMENTS: Readonly<Record<ColumnType, Element<unknown>>> = {
  uuid: { oid: 2950, ready: (id: string) => id, size: () => 16, put: putUuid } satisfies Element<string>,
  int: {
    oid: 23, ready: (n: Whole) => wholeOf(n), size: () => 4, put: (list, n, at) => list.writeInt32BE(n, at),
  } satisfies Element<Whole, number>,
  bigint: {
    oid: 20, ready: (n: Whole) => (typeof n === 'number' ? wholeOf(n) : BigInt(n)), size: () => 8,
    put: (list, n, at) => {
      if (typeof n === 'bigint') list.writeBigInt64BE(n, at);
      else list.writeUInt32BE(n >>> 0, list.writeInt32BE(Math.floor(n / UPPER), at));
    },
  } satisfies Element<Whole, number | bigint>,
  boolean: { oid: 16, ready: (flag: boolean) => flag, size: () => 1, put: (list, flag, at) => list.writeUInt8(flag ? 1 : 0, at) } satisfies Element<boolean>,
  text: aText(25, textOf),
  json: aText(114, JSON.stringify),
  jsonb: {
    oid: 3802, ready: JSON.stringify, size: (text) => 1 + Buffer.byteLength(text), put: (list, text, at) => list.write(text, list.writeUInt8(JSONB_VERSION, at)),
  } satisfies Element<unknown, string>,
  bytea: { oid: 17, ready: (bytes: Buffer) => bytes, size: (bytes) => bytes.length, put: (list, bytes, at) => bytes.copy(list, at) } satisfies Element<Buffer>,
};

const HEAD = 20;
const LENGTH = 4;
const ABSENT = -1;

/**
 * A list of one dimension: how many dimensions, whether any value is null, the type of the values, how many, from which index; then each value with its length before it,
 * -1 for null. Throws RangeError for what is no value of its type.
 */
export const arrayOf = (type: ColumnType, values: readonly unknown[]): Buffer => {
  const { oid, ready, size, put } = ELEMENTS[type];
  const [made, lengths] = [new Array<unknown>(values.length), new Array<number>(values.length)];
  let [room, absent] = [HEAD + LENGTH * values.length, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined || value === null) {
      lengths[i] = ABSENT;
      absent = 1;
      continue;
    }
    made[i] = ready(value);
    lengths[i] = size(made[i]);
    room += lengths[i]!;
  }
  const list = Buffer.allocUnsafe(room);
  let at = list.writeInt32BE(1, 0);
  at = list.writeInt32BE(absent, at);
  at = list.writeInt32BE(oid, at);
  at = list.writeInt32BE(values.length, at);
  at = list.writeInt32BE(1, at);
  for (let i = 0; i < values.length; i++) {
    at = list.writeInt32BE(lengths[i]!, at);
    if (lengths[i] === ABSENT) continue;
    put(list, made[i], at);
    at += lengths[i]!;
  }
  return list;
};

const wholeOf = (value: Whole): number => {
  const n = Number(value);
  if (!Number.isSafeInteger(n)) throw new RangeError(`${String(value)} is no whole number`);
  return n;
};
