import { closeSync, createReadStream, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason, Taken } from '#services/intake/index.js';

/** Bytes of a line, at most: what a body over HTTP may have. */
const LONGEST = 64 * 1024;
const LIST = 256;
/** Entries of the log the slowest reader may be behind before no more births are taken. */
const MOST_UNREAD = 2048;
const NEWLINE = 0x0a;

export interface Line {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** Undefined when it cannot be read. */
  readonly text: string | undefined;
  readonly unreadable?: 'request.too-large' | 'request.malformed-json';
  /** Bytes of the file up to and with it. */
  readonly end: number;
}

/** Lines of a file that hold something, one after another; of one that is too long nothing is kept. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let [number, end, length] = [1, 0, 0];
  let parts: Buffer[] = [];
  const finish = (): Line | undefined => {
    const bytes = Buffer.concat(parts);
    const tooLong = length > LONGEST;
    [parts, length] = [[], 0];
    const at = number++;
    if (tooLong) return { number: at, text: undefined, unreadable: 'request.too-large', end };
    try {
      const text = utf8.decode(bytes).replace(/^\uFEFF/, '').trim();
      return text === '' ? undefined : { number: at, text, end };
    } catch {
      return { number: at, text: undefined, unreadable: 'request.malformed-json', end };
    }
  };
  const keep = (bytes: Buffer): void => {
    length += bytes.length;
    end += bytes.length;
    if (length <= LONGEST) parts.push(bytes);
    else parts = [];
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      end++;
      from = at + 1;
      const line = finish();
      if (line) yield line;
    }
    keep(chunk.subarray(from));
  }
  const last = length > 0 ? finish() : undefined;
  if (last) yield last;
}

export interface Progress {
  readonly lines: number;
  readonly accepted: number;
  readonly known: number;
  readonly rejected: number;
  readonly bytes: number;
  readonly ofBytes: number;
  /** Entries of the log the slowest reader is behind. */
  readonly unread: number;
  /** No more is taken until the readers have caught up. */
  readonly holding: boolean;
}

export interface BacklogImport {
  readonly file: string;
  readonly registry: string;
  readonly take: (registry: string, lines: readonly string[]) => Promise<readonly Taken[]>;
  readonly unread: () => Promise<number>;
  readonly onProgress?: (progress: Progress) => void;
  /** The list under way is finished. */
  readonly signal?: AbortSignal;
  readonly list?: number;
  readonly mostUnread?: number;
}

/** `births.ndjson` → `births.rejects.ndjson` */
export const rejectsOf = (file: string): string => `${file.replace(/\.ndjson$/, '')}.rejects.ndjson`;

/**
 * Takes a file of births a list at a time, no faster than they are worked on. Nothing but the file and the cases on file says how far it
 * came: run again, it adds what is not there yet. Rejected lines are named, with reasons and without values, in a file beside it.
 */
export const importBacklog = async ({ file, registry, take, unread, onProgress, signal, list = LIST, mostUnread = MOST_UNREAD }: BacklogImport): Promise<Progress> => {
  const ofBytes = statSync(file).size;
  const counts = { accepted: 0, known: 0, rejected: 0 };
  let [lines, bytes, behind] = [0, 0, 0];
  const progress = (holding = false): Progress => ({ lines, ...counts, bytes, ofBytes, unread: behind, holding });
  rmSync(rejectsOf(file), { force: true });
  let rejects: number | undefined;
  const reject = (line: number, reasons: readonly Reason[]): void => {
    rejects ??= openSync(rejectsOf(file), 'w');
    writeSync(rejects, `${JSON.stringify({ line, reasons })}\n`);
  };

  const takeList = async (some: readonly Line[]): Promise<void> => {
    const readable = some.filter((l) => l.text !== undefined);
    const taken = await take(registry, readable.map((l) => l.text!));
    const answers = new Map(readable.map((l, i) => [l.number, taken[i]!]));
    for (const { number, unreadable } of some) {
      const answer = answers.get(number) ?? { kind: 'rejected', reasons: [{ pointer: '', code: unreadable! }] };
      counts[answer.kind]++;
      if (answer.kind === 'rejected') reject(number, answer.reasons);
    }
    lines += some.length;
    bytes = some.at(-1)!.end;
    behind = await unread();
    onProgress?.(progress());
    while (behind > mostUnread && signal?.aborted !== true) {
      await sleep(50);
      behind = await unread();
      onProgress?.(progress(true));
    }
  };

  try {
    let forming: Line[] = [];
    for await (const line of linesOf(file)) {
      if (signal?.aborted === true) return progress();
      forming.push(line);
      if (forming.length === list) {
        await takeList(forming);
        forming = [];
      }
    }
    if (forming.length > 0 && signal?.aborted !== true) await takeList(forming);
    return progress();
  } finally {
    if (rejects !== undefined) closeSync(rejects);
  }
};
