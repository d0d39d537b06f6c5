import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What is kept of one thing with an id: its members as last written. */
export type Kept = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * Keeps what must survive a kill: every change is appended to a file before anyone hears of it. One JSON object a line, the members
 * that changed and the id. Without a folder nothing is kept.
 */
export class Journal {
  private readonly file: number | undefined;

  private constructor(file?: number) {
    this.file = file;
  }

  /** Opens the journal and reads what it holds, in order of first appearance. A last line cut short by a kill is what nobody heard of. */
  static open(folder: string | undefined): { readonly journal: Journal; readonly kept: readonly Kept[] } {
    if (folder === undefined) return { journal: new Journal(), kept: [] };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'ledger.ndjson');
    const kept = existsSync(path) ? fold(readFileSync(path, 'utf8')) : [];
    // One line per thing again: the file grows with what was done, not with how often it changed.
    writeFileSync(`${path}.new`, kept.map((item) => `${JSON.stringify(item)}\n`).join(''), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return { journal: new Journal(openSync(path, 'a', 0o600)), kept };
  }

  write(change: Kept): void {
    if (this.file !== undefined) writeSync(this.file, `${JSON.stringify(change)}\n`);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }
}

const fold = (text: string): readonly Kept[] => {
  const kept = new Map<string, Kept>();
  for (const line of text.split('\n')) {
    let change: Kept;
    try {
      change = JSON.parse(line) as Kept;
    } catch {
      continue;
    }
    kept.set(change.id, { ...kept.get(change.id), ...change });
  }
  return [...kept.values()];
};
