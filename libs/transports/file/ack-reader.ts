import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readBatchEnded, readSubject } from '../messages/event.js';
import type { ExchangeKeys } from '../messages/exchange-keys.js';
import { readOutcomes, type Arrived } from '../messages/read-outcomes.js';
import type { Inbox } from '../transport.js';
import { ACK, asideFolder, inFolder, jurisdictionsOf, moveFile, outFolder, removeFile } from './folders.js';

/**
 * Reads what jurisdictions acknowledge: `{batch}.ndjson.ack` for a batch, any other `.ack` for later answers. A file is removed once every
 * line of it is kept, and with it the batch it acknowledges; read again it changes nothing. One without its end, without an
 * answer to a message of its batch, or with a line nobody can read, is reported and set aside after what could be read is kept.
 */
export class AckReader {
  constructor(private readonly dir: string, private readonly keys: ExchangeKeys, private readonly inbox: Inbox) {}

  /** Rejects while outcomes cannot be kept. */
  async read(): Promise<void> {
    for (const jurisdiction of jurisdictionsOf(this.dir)) {
      const folder = inFolder(this.dir, jurisdiction);
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder).filter((file) => file.endsWith(ACK)).sort()) await this.readFile(jurisdiction, name);
    }
  }

  private async readFile(jurisdiction: string, name: string): Promise<void> {
    const path = join(inFolder(this.dir, jurisdiction), name);
    const text = textOf(path);
    if (text === undefined) return; // another process was quicker
    const place = `${jurisdiction}/${name}`;
    const lines = linesOf(text, place);
    const batch = join(outFolder(this.dir, jurisdiction), basename(name, ACK));
    let isGood = lines !== undefined && (await readOutcomes('file', lines, this.keys, this.inbox)) === 0;
    if (lines === undefined || leavesOut(lines, textOf(batch) ?? '')) {
      await this.inbox.park([{ transport: 'file', place, reason: 'incomplete' }]);
      isGood = false;
    }
    // First what it acknowledges, so that a crash between the two cannot leave a batch that looks new. What was left out is asked about.
    if (lines !== undefined) removeFile(batch);
    if (isGood) removeFile(path);
    else moveFile(path, join(asideFolder(this.dir, jurisdiction), name));
  }
}

/** Whether a message of the batch has no answer here. */
const leavesOut = (answers: readonly Arrived[], batch: string): boolean => {
  const answered = new Set(answers.map(({ text }) => readSubject(text)));
  return batch.split('\n').some((line) => {
    const subject = readSubject(line);
    return subject !== undefined && !answered.has(subject);
  });
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Every line but the last, which says how many there are; undefined when it does not. */
const linesOf = (text: string, file: string): readonly Arrived[] | undefined => {
  const lines = text.split('\n').filter((line) => line !== '');
  const end = lines.pop();
  if (end === undefined || !text.endsWith('\n') || readBatchEnded(end) !== lines.length) return undefined;
  return lines.map((line, i) => ({ text: line, place: `${file}/${i + 1}` }));
};
