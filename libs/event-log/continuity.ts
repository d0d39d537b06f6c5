import type { Envelope } from '#contracts/envelope.js';
import { groupBy } from '#libs/kernel/index.js';
import { Remembered, type Unit } from '#libs/persistence/index.js';

export interface Range {
  readonly caseId: string;
  readonly after: number;
  readonly before: number;
}

export interface Found extends Envelope {
  /** It came by before this reader took over: what had no effect then has none now, also when a newer build would react to it. */
  readonly passed?: boolean;
}

/** The log's own table, asked by number: what a reader has missed is there, whichever binding brought the rest. */
export interface LogTable {
  between(unit: Unit, ranges: readonly Range[]): Promise<readonly Found[]>;
}

/** The events of one case on a page, in order and without gaps. */
export interface Strip {
  readonly caseId: string;
  readonly events: readonly Envelope[];
  /** Numbers fetched from the log's table because the page lacked them. */
  readonly filled: ReadonlySet<number>;
  /** This reader had seen the case before, or the page itself has the hole: the numbers filled were lost on their way. */
  readonly lost: boolean;
  /** The first number that not even the log has; what comes after it is left out. */
  readonly missing?: number;
}

const REMEMBERED = 16_384;
const NONE: ReadonlySet<number> = new Set();

const isInOrder = (events: readonly Envelope[]): boolean => {
  for (let i = 1; i < events.length; i++) if (events[i]!.seq <= events[i - 1]!.seq) return false;
  return true;
};

/**
 * Watches the numbers of every case, of any type, as they come by: they have no gaps, so a reader that skips one has lost an event.
 * A group's cursor stands still over types it has no reaction for, so it alone cannot tell; what came by is remembered here. A case
 * out of memory (just taken over, or long ago) costs one look into the log's table.
 */
export class Continuity {
  private readonly seen = new Remembered<number>(REMEMBERED);

  constructor(private readonly log: LogTable) {}

  /** A page by case, as it came: sorted, a number twice counted once. */
  strips(page: readonly Envelope[]): Strip[] {
    return [...groupBy(page, (e) => e.caseId)].map(([caseId, list]) => {
      const events = isInOrder(list) ? list : [...new Map(list.map((e) => [e.seq, e])).values()].sort((a, b) => a.seq - b.seq);
      const holed = events.at(-1)!.seq - events[0]!.seq >= events.length;
      return { caseId, events, filled: NONE, lost: holed || this.seen.get(caseId) !== undefined };
    });
  }

  /** This event came by and is done with. */
  hasSeen(caseId: string, seq: number): boolean {
    return seq <= (this.seen.get(caseId) ?? 0);
  }

  /** Numbers may be missing before or within this strip. */
  isDoubtful({ caseId, events }: Strip): boolean {
    const [first, last] = [events[0]!.seq, events.at(-1)!.seq];
    return first > (this.seen.get(caseId) ?? 0) + 1 || last - first >= events.length;
  }

  /** Strips of what comes after the group's cursor, with what they lacked. */
  async fill(unit: Unit, strips: readonly Strip[], cursors: ReadonlyMap<string, number>): Promise<readonly Strip[]> {
    const lacking = strips.filter((s) => this.isDoubtful(s) && s.events.at(-1)!.seq - (cursors.get(s.caseId) ?? 0) > s.events.length);
    if (lacking.length === 0) return strips;
    const found = groupBy(await this.log.between(unit, lacking.map(({ caseId, events }) => ({ caseId, after: cursors.get(caseId) ?? 0, before: events.at(-1)!.seq }))), (e) => e.caseId);
    const whole = lacking.map((strip) => {
      const next = (cursors.get(strip.caseId) ?? 0) + 1;
      const here = new Set(strip.events.map((e) => e.seq));
      const fetched = (found.get(strip.caseId) ?? []).filter((e) => !here.has(e.seq));
      const passed = new Set(strip.lost ? [] : fetched.filter((e) => e.passed).map((e) => e.seq));
      const all = [...fetched, ...strip.events].sort((a, b) => a.seq - b.seq);
      const gap = all.findIndex((e, i) => e.seq !== next + i);
      const events = (gap < 0 ? all : all.slice(0, gap)).filter((e) => !passed.has(e.seq));
      return { ...strip, events, filled: new Set(events.map((e) => e.seq).filter((seq) => !here.has(seq))), ...(gap >= 0 && { missing: next + gap }) };
    });
    return [...strips.filter((s) => !lacking.includes(s)), ...whole];
  }

  /** These strips are done with: applied, or parked. */
  remember(strips: readonly Strip[]): void {
    for (const { caseId, events } of strips) this.seen.keep(caseId, Math.max(events.at(-1)?.seq ?? 0, this.seen.get(caseId) ?? 0));
  }

  forget(): void {
    this.seen.clear();
  }
}
