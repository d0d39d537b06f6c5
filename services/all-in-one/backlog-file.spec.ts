import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Taken } from '#services/intake/index.js';
import { importBacklog, linesOf, rejectsOf, type Line, type Progress } from './backlog-file.js';

const folder = mkdtempSync(join(tmpdir(), 'tou-backlog-'));
const file = join(folder, 'births.ndjson');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = async (content: string | Buffer): Promise<Line[]> => {
  writeFileSync(file, content);
  const lines: Line[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return lines;
};
const told = async (lines: number, change: Partial<Parameters<typeof importBacklog>[0]> = {}) => {
  writeFileSync(file, Array.from({ length: lines }, (_, i) => `line ${i + 1}\n`).join(''));
  const lists: string[][] = [];
  const seen: Progress[] = [];
  const done = await importBacklog({
    file, registry: 'r', list: 10, unread: async () => 0, onProgress: (p) => seen.push(p),
    take: async (_, some) => {
      lists.push([...some]);
      return some.map((): Taken => ({ kind: 'accepted' }));
    }, ...change,
  });
  return { done, lists, seen };
};

describe('the lines of a backlog', () => {
  it('are numbered as an editor numbers them; empty ones, a byte order mark and a missing last newline do not matter', async () => {
    expect(await read('\uFEFF{"a":1}\r\n\n  \n{"b":2}')).toEqual([{ number: 1, text: '{"a":1}', end: 12 }, { number: 4, text: '{"b":2}', end: 23 }]);
  });

  it('in another encoding than UTF-8 are named, and the rest is read', async () => {
    expect(await read(Buffer.concat([Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from('{}\n')]))).toMatchObject([{ number: 1, unreadable: 'request.malformed-json' }, { number: 2, text: '{}' }]);
  });

  it('that are too long are named without being kept, however long they are', async () => {
    const lines = await read(`${'x'.repeat(65_536)}\n${'é'.repeat(40_000_000)}\n{}\n`);
    expect(lines).toMatchObject([{ number: 1, text: expect.any(String) }, { number: 2, text: undefined, unreadable: 'request.too-large' }, { number: 3, text: '{}' }]);
  });

  it('are the same wherever the file is cut into chunks', async () => {
    const texts = Array.from({ length: 3000 }, (_, i) => `{"n":"${'ü€'.repeat(i % 97)}"}`);
    expect((await read(`${texts.join('\n')}\n`)).map((l) => l.text)).toEqual(texts);
  });
});

describe('a backlog', () => {
  it('is taken in lists, in order, to the last line', async () => {
    const { done, lists } = await told(25);
    expect(lists.map((l) => l.length)).toEqual([10, 10, 5]);
    expect(lists.flat()).toEqual(Array.from({ length: 25 }, (_, i) => `line ${i + 1}`));
    expect(done).toMatchObject({ lines: 25, accepted: 25, known: 0, rejected: 0, bytes: done.ofBytes });
  });

  it('is not taken faster than it is worked on: beyond the limit the next list waits', async () => {
    const behind = [0, 500, 300, 50, 0];
    let [asked, atSecondList] = [0, 0];
    let lists = 0;
    const { seen } = await told(20, {
      mostUnread: 100, unread: async () => behind[Math.min(asked++, behind.length - 1)]!,
      take: async (_, some) => {
        if (++lists === 2) atSecondList = asked;
        return some.map((): Taken => ({ kind: 'accepted' }));
      },
    });
    expect([lists, atSecondList]).toEqual([2, 1]);
    expect(seen.filter((p) => p.holding).map((p) => p.unread)).toEqual([300, 50]);
  });

  it('stops after the list under way when asked to', async () => {
    const stop = new AbortController();
    const { done, lists } = await told(100, { signal: stop.signal, onProgress: (p) => p.lines === 30 && stop.abort() });
    expect([lists.length, done.lines]).toEqual([3, 30]);
  });

  it('names rejected lines with their reasons in a file beside it, anew at each run; without any there is no file', async () => {
    const reasons = [{ pointer: '/notification/birth/date', code: 'date.in-future' }];
    await told(12, { take: async (_, some) => some.map((text): Taken => (text === 'line 11' ? { kind: 'rejected', reasons } : { kind: 'known' })) });
    expect(rejectsOf(file)).toBe(join(folder, 'births.rejects.ndjson'));
    expect(readFileSync(rejectsOf(file), 'utf8')).toBe(`${JSON.stringify({ line: 11, reasons })}\n`);
    await told(12);
    expect(existsSync(rejectsOf(file))).toBe(false);
  });

  it('ends when the system fails, and says so', async () => {
    await expect(told(12, { take: async () => Promise.reject(new Error('no database')) })).rejects.toThrow('no database');
  });
});
