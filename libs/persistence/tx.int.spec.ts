import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { uuidv7 } from '#libs/kernel/index.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Tx, type InsertShape, type Session } from './index.js';

interface Row {
  readonly id: string;
  readonly word?: string | null;
  readonly n?: number | null;
  readonly big?: number | bigint | null;
  readonly flag?: boolean | null;
  readonly doc?: unknown;
  readonly binaryDoc?: unknown;
  readonly bytes?: Buffer | null;
}
const ROW: InsertShape<Row> = {
  into: 'kept', columns: { id: 'uuid', word: 'text', n: 'int', big: 'bigint', flag: 'boolean', doc: 'json', binaryDoc: 'jsonb', bytes: 'bytea' },
};

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.db.rows('create table kept (id uuid primary key, word text, n int, big bigint, flag boolean, doc json, binary_doc jsonb, bytes bytea)');
}, 30_000);
afterAll(() => database.close());

/** Few rows are written one by one, many as arrays: so every rule is seen with the others beside them and without. */
let others = 0;
const beside = (rows: readonly Row[]): readonly Row[] => (rows.length === 0 ? rows : [...rows, ...Array.from({ length: others }, () => row())]);

const kept = async (rows: readonly Row[], tail?: string): Promise<unknown[]> => {
  const session = await database.db.connect();
  const tx = new Tx(session);
  try {
    tx.write('begin');
    tx.insertMany(ROW, beside(rows), tail);
    const back = await tx.rows<Record<string, unknown>>('select * from kept where id = any($1::uuid[])', [`{${rows.map((r) => r.id).join(',')}}`]);
    await tx.settled();
    const byId = new Map(back.map((r) => [r['id'], r]));
    return rows.map((r) => byId.get(r.id));
  } finally {
    await tx.settled().catch(() => undefined);
    await session.query('rollback');
    session.release();
  }
};
const row = (change: Partial<Row> = {}): Row => ({ id: uuidv7(), ...change });
const nothing = { word: null, n: null, big: null, flag: null, doc: null, binary_doc: null, bytes: null };

describe.each([['few', 0], ['many', 3]])('%s rows written by one statement', (_, added) => {
  beforeAll(() => {
    others = added;
  });

  it('come back as they were: numbers, flags, documents and bytes', async () => {
    const full = row({ word: 'Iqaluit', n: -7, big: 2n ** 60n, flag: false, doc: { a: [1, null, 'é'] }, binaryDoc: { b: true }, bytes: Buffer.from([0, 31, 30, 255]) });
    expect(await kept([full, row({ n: 0, flag: true, bytes: Buffer.alloc(0) })])).toEqual([
      { id: full.id, word: 'Iqaluit', n: -7, big: String(2n ** 60n), flag: false, doc: { a: [1, null, 'é'] }, binary_doc: { b: true }, bytes: Buffer.from([0, 31, 30, 255]) },
      expect.objectContaining({ ...nothing, n: 0, flag: true, bytes: Buffer.alloc(0) }),
    ]);
  });

  it('keep bytes of any length, among those that are empty or absent', async () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)), { nil: null });
    await fc.assert(fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 20 }), async (list) => {
      expect(((await kept(list.map((b) => row({ bytes: b })))) as { bytes: Buffer | null }[]).map((r) => r.bytes)).toEqual(list);
    }), { numRuns: 40 });
    const long = Buffer.alloc(200_000, 92);
    expect(await kept([row(), row({ bytes: long })])).toEqual([expect.objectContaining(nothing), expect.objectContaining({ bytes: long })]);
  });

  it('keep null and undefined as null, beside values and alone', async () => {
    expect(await kept([row({ word: null, doc: null, bytes: null })])).toEqual([expect.objectContaining(nothing)]);
    expect(await kept([row({ word: 'x' }), row(), row({ word: 'null', doc: 'null' })])).toEqual(
      [expect.objectContaining({ word: 'x' }), expect.objectContaining(nothing), expect.objectContaining({ word: 'null', doc: 'null' })]);
  });

  it('keep an empty text empty, also when it is the only one', async () => {
    expect(await kept([row({ word: '' })])).toEqual([expect.objectContaining({ word: '' })]);
    expect(await kept([row({ word: '' }), row({ word: '' })])).toEqual([expect.objectContaining({ word: '' }), expect.objectContaining({ word: '' })]);
  });

  it('keep every text a person may type, in any script', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !s.includes('\0'));
    await fc.assert(fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 20 }), async (words) => {
      const back = (await kept(words.map((w) => row({ word: w, doc: { w } })))) as { word: string; doc: unknown }[];
      expect(back.map((r) => [r.word, r.doc])).toEqual(words.map((w) => [w, { w }]));
    }), { numRuns: 60 });
    for (const typed of ['ᐃᖃᓗᐃᑦ', 'Łutselkʼe', 'O’Connor-Doyle', '{"a",b}', 'back\\slash', '%_$1', '😀👨‍👩‍👧', ' lead and trail ']) {
      expect(await kept([row({ word: typed }), row()])).toEqual([expect.objectContaining({ word: typed }), expect.objectContaining(nothing)]);
    }
  });

  it('keep what once stood between texts, in a text and in a document', async () => {
    for (const typed of ['a\x1fb', '\x1f', '\x1e', '']) {
      expect(await kept([row({ word: typed, doc: { a: typed } }), row()])).toEqual([expect.objectContaining({ word: typed, doc: { a: typed } }), expect.objectContaining(nothing)]);
    }
  });

  it('refuse an id that would count as two', async () => {
    await expect(kept([{ id: `${uuidv7()},${uuidv7()}` }])).rejects.toThrow();
    await expect(kept([{ id: uuidv7().slice(1) }])).rejects.toThrow();
    await expect(kept([{ id: `${uuidv7().slice(1)}g` }])).rejects.toThrow();
  });

  it('take an id with hyphens or without, in capitals too', async () => {
    const id = uuidv7();
    const session = await database.db.connect();
    const tx = new Tx(session);
    tx.write('begin');
    const other = uuidv7();
    tx.insertMany(ROW, beside([row({ id: id.replaceAll('-', ''), n: 1 }), row({ id: other.toUpperCase(), n: 2 })]));
    expect(await tx.rows('select n from kept where id in ($1, $2) order by n', [id, other])).toEqual([{ n: 1 }, { n: 2 }]);
    await session.query('rollback');
    session.release();
  });

  it('keep whole numbers to the last, below zero and beyond 32 bits, and refuse what is none', async () => {
    const big = [0, -1, 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1, 2 ** 31, 2 ** 53 - 1, 1 - 2 ** 53, 2n ** 63n - 1n, -(2n ** 63n)];
    expect(((await kept(big.map((n) => row({ big: n })))) as { big: string }[]).map((r) => r.big)).toEqual(big.map(String));
    expect(((await kept([2 ** 31 - 1, -(2 ** 31)].map((n) => row({ n })))) as { n: number }[]).map((r) => r.n)).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    for (const none of [row({ n: 0.5 }), row({ n: 2 ** 31 }), row({ big: 0.5 }), row({ big: Number.NaN })]) await expect(kept([none])).rejects.toThrow();
  });

  it('do nothing when there are none, and may be written twice in one transaction', async () => {
    expect(await kept([])).toEqual([]);
    const session = await database.db.connect();
    const tx = new Tx(session);
    const [one, other] = [row({ n: 1 }), row({ n: 2 })];
    tx.write('begin');
    tx.insertMany(ROW, [one]);
    tx.insertMany(ROW, [other]);
    expect(await tx.rows('select n from kept where id in ($1, $2) order by n', [one.id, other.id])).toEqual([{ n: 1 }, { n: 2 }]);
    await session.query('rollback');
    session.release();
  });

  it('are changed where they are there already, and inserted where they are not', async () => {
    const session = await database.db.connect();
    const tx = new Tx(session);
    const [one, other] = [row({ n: 1, word: 'before', doc: [1] }), row({ n: 2, bytes: Buffer.from([7]) })];
    tx.write('begin');
    tx.mergeMany(ROW, [], 'id');
    tx.insertMany(ROW, [one]);
    tx.mergeMany(ROW, beside([{ ...one, n: 3, word: null }, other]), 'id');
    expect(await tx.rows('select n, word, doc, bytes from kept where id in ($1, $2) order by n', [one.id, other.id])).toEqual([{ n: 2, word: null, doc: null, bytes: Buffer.from([7]) }, { n: 3, word: null, doc: [1], bytes: null }]);
    tx.mergeMany(ROW, beside([one, one]), 'id'); // which of the two would be kept?
    await expect(tx.settled()).rejects.toMatchObject({ code: '21000' });
    await session.query('rollback');
    session.release();
  });

  it('take what the statement’s tail says of conflicts', async () => {
    const first = row({ n: 1 });
    expect(await kept([first, { ...first, n: 2 }], 'on conflict (id) do nothing')).toEqual([expect.objectContaining({ n: 1 }), expect.objectContaining({ n: 1 })]);
  });
});

describe('what is asked and written in one turn', () => {
  let writes: string[];
  let tx: Tx;
  const SYNC = 'S\0\0\0\x04';
  const turn = (): Promise<void> => new Promise((over) => process.nextTick(over));
  const many = Array.from({ length: 200 }, (_, n) => row({ n }));
  beforeEach(() => {
    writes = [];
    const connection = { stream: { write: (bytes: Buffer) => writes.push(bytes.toString('latin1')) } };
    tx = new Tx({ query: (query: { submit(on: object): void }) => query.submit(connection) } as unknown as Session);
    tx.write('begin');
  });

  it('leaves in one write when it is little', async () => {
    tx.insist('select not exists (select from kept where id = $1)', [uuidv7()]);
    tx.insertMany(ROW, [row()]);
    tx.write('commit');
    expect(writes).toEqual([]);
    await turn();
    expect(writes).toEqual([expect.stringMatching(/begin.*select 1 \/.*insert into kept.*commit/s)]);
    expect(writes[0]!.endsWith(SYNC)).toBe(true);
  });

  it('leaves as it is made when it is much, and is answered as one', async () => {
    tx.insertMany(ROW, many);
    expect(writes).toEqual([expect.stringMatching(/begin.*insert into kept/s)]);
    tx.write('commit');
    await turn();
    expect(writes).toEqual([expect.stringContaining('insert'), expect.stringMatching(/^(?!.*insert).*commit/s)]);
    expect(writes.map((bytes) => bytes.endsWith(SYNC))).toEqual([false, true]);
    tx.write('select 1'); // of the next turn
    await turn();
    expect(writes).toHaveLength(3);
  });

  it('is insisted on at once when it is much', () => {
    const each = `{${many.map(({ id }) => id).join(',')}}`;
    tx.insist('select count(*) = 0 from kept where id = any($1::uuid[])', [each]);
    expect(writes).toEqual([expect.stringMatching(/begin.*select 1 \//s)]);
    tx.sendInsisted();
    tx.insist('select count(*) = 0 from kept where n = any($1::int[])', ['{1}']);
    tx.insertMany(ROW, many);
    expect(writes[1]).toMatch(/select 1 \/ .*kept where n = any.*insert into kept/s);
    expect(writes).toHaveLength(2);
  });
});

describe('a statement that fails', () => {
  it('is the reason of all of a long list, also of what had not left', async () => {
    const session = await database.db.connect();
    const tx = new Tx(session);
    const many = Array.from({ length: 200 }, (_, n) => row({ n }));
    tx.write('begin');
    tx.insertMany(ROW, [...many, many[0]!]);
    const read = tx.rows('select 1');
    tx.write('commit');
    await expect(read).rejects.toMatchObject({ code: '23505' });
    await expect(tx.settled()).rejects.toMatchObject({ code: '23505' });
    await session.query('rollback');
    expect((await session.query('select from kept where id = $1', [many[1]!.id])).rowCount).toBe(0);
    session.release();
  });

  it('is the reason given to all that was sent with it', async () => {
    const session = await database.db.connect();
    const tx = new Tx(session);
    tx.write('begin');
    tx.write('select 1 / 0');
    await expect(tx.rows('select 1')).rejects.toMatchObject({ code: '22012' });
    await expect(tx.settled()).rejects.toMatchObject({ code: '22012' });
    await session.query('rollback');
    session.release();
  });
});

describe('what a transaction insists on', () => {
  const isThere = 'select count(*) = cardinality($1::uuid[]) from kept where id = any($1::uuid[])';
  const inTransaction = async (work: (tx: Tx) => void): Promise<void> => {
    const session = await database.db.connect();
    try {
      const tx = new Tx(session);
      tx.write('begin');
      work(tx);
      tx.sendInsisted();
      await tx.settled();
    } finally {
      await session.query('rollback');
      session.release();
    }
  };

  it('is one statement, each condition with its own parameters', async () => {
    const [here, there] = [uuidv7(), uuidv7()];
    await database.db.rows('insert into kept (id, n) values ($1, 1), ($2, 2)', [here, there]);
    const insist = (tx: Tx, n: number): void => {
      tx.insist(isThere, [`{${here},${there}}`]);
      tx.insist('select n = $2 and $2 = $2 from kept where id = $1', [there, n]);
      tx.insist(isThere, [`{${here}}`]);
    };
    await inTransaction((tx) => insist(tx, 2));
    await expect(inTransaction((tx) => insist(tx, 3))).rejects.toMatchObject({ code: '22012' });
    await expect(inTransaction((tx) => {
      insist(tx, 2);
      tx.insist(isThere, [`{${uuidv7()}}`]);
    })).rejects.toMatchObject({ code: '22012' });
  });

  it('is what was there before anything was written', async () => {
    const id = uuidv7();
    await inTransaction((tx) => {
      tx.insist('select not exists (select from kept where id = $1)', [id]);
      tx.insertMany(ROW, [{ id }]);
    });
  });
});
