import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uuidv7, type Clock } from '#libs/kernel/index.js';
import { JURISDICTIONS } from '../programmes.js';
import { AGAIN, type Mailroom } from './mailroom.js';

/** Jurisdictions that are told in files: reads `{jurisdiction}/out/*.ndjson` and acknowledges each in `{jurisdiction}/in/`. */
export class FileExchange {
  private readonly timer: NodeJS.Timeout;
  private stopped = false;
  /** Files at which agencies are. */
  private readonly busy = new Map<string, Promise<void>>();
  /** Answers to files that are not taken as a whole yet, by line; after a restart they are asked for again. */
  private readonly partly = new Map<string, (string | typeof AGAIN | undefined)[]>();

  constructor(private readonly dir: string, everyMs: number, private readonly mailroom: Mailroom, private readonly clock: Clock) {
    this.timer = setInterval(() => this.look(), everyMs);
  }

  /** A later answer, in a file of its own. */
  writeLater(jurisdiction: string, line: string): void {
    this.write(jurisdiction, `later-${uuidv7()}.ack`, [line]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.all(this.busy.values());
  }

  private look(): void {
    for (const jurisdiction of JURISDICTIONS) {
      const out = join(this.dir, jurisdiction, 'out');
      if (!existsSync(out)) continue;
      for (const name of readdirSync(out).filter((file) => file.endsWith('.ndjson')).sort()) {
        const path = join(out, name);
        if (this.stopped || this.busy.has(path) || existsSync(join(this.dir, jurisdiction, 'in', `${name}.ack`))) continue;
        this.busy.set(path, this.acknowledge(jurisdiction, name).catch(() => undefined).finally(() => this.busy.delete(path))); // tried again at the next look
      }
    }
  }

  /** A file is acknowledged when every line of it is taken. A programme that takes none now delays its own lines: the others are answered meanwhile. */
  private async acknowledge(jurisdiction: string, name: string): Promise<void> {
    const lines = readFileSync(join(this.dir, jurisdiction, 'out', name), 'utf8').trimEnd().split('\n');
    const end = JSON.parse(lines.pop()!) as { data?: { lines?: number } };
    if (end.data?.lines !== lines.length) return; // not the whole of it
    const answers = this.partly.get(name) ?? lines.map(() => AGAIN);
    const waiting = [...lines.keys()].filter((i) => answers[i] === AGAIN);
    const opened = await Promise.all(waiting.map((i) => this.mailroom.open(lines[i]!, jurisdiction)));
    await Promise.all(waiting.map(async (i, n) => {
      answers[i] = opened[n] && (await this.mailroom.act(opened[n], 'file').catch((): typeof AGAIN => AGAIN));
    }));
    const fresh = waiting.flatMap((i) => (answers[i] === AGAIN ? [] : (answers[i] ?? [])));
    if (!answers.includes(AGAIN)) {
      this.write(jurisdiction, `${name}.ack`, answers.filter((line) => typeof line === 'string'));
      this.partly.delete(name);
    } else {
      this.partly.set(name, answers);
      if (fresh.length > 0) this.write(jurisdiction, `later-${uuidv7()}.ack`, fresh);
    }
  }

  private write(jurisdiction: string, name: string, lines: readonly string[]): void {
    const folder = join(this.dir, jurisdiction, 'in');
    mkdirSync(folder, { recursive: true });
    const end = JSON.stringify({
      specversion: '1.0', id: uuidv7(), source: `/agencies/${jurisdiction}`, type: 'tell-us-once.batch.ended.v1', time: new Date(this.clock.now()).toISOString(), datacontenttype: 'application/json',
      data: { lines: lines.length },
    });
    writeFileSync(join(folder, `${name}.part`), `${[...lines, end].join('\n')}\n`, { flush: true });
    renameSync(join(folder, `${name}.part`), join(folder, name));
    const handle = openSync(folder, 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}
