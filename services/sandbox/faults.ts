import { uuidv7, type Clock } from '#libs/kernel/index.js';
import { BadRequest, isObject } from './http.js';

/** What can go wrong, by when it strikes: one of each group strikes a request, the oldest first. */
const GROUPS = {
  /** The answer takes `ms` longer (real time). */
  latency: 'delay',
  /** Refused with `status` (default 503) and `retryAfter`, before anything is done. */
  status: 'before',
  /** The line is cut before anything is done. */
  'hang-up': 'before',
  /** 503 until the instant `until` of the sandbox's clock; without one, until it is taken away. */
  outage: 'before',
  /** Done, then the line is cut. */
  'hang-up-after': 'ending',
  /** Done, then answered 200 with something that is no answer. */
  garbage: 'ending',
  /** The later answer comes twice. */
  duplicate: 'timing',
  /** Received now, the answer comes by callback `ms` later by the sandbox's clock. */
  late: 'timing',
  /** The final answer comes by callback, and after it an older one that says in-progress. */
  'out-of-order': 'timing',
  /** `answer` in place of the agency's own. */
  answer: 'answer',
} as const;
type Group = (typeof GROUPS)[keyof typeof GROUPS];

/** A fault to inject: `POST /faults`. */
export interface Fault {
  /** `ca/sin`, `ca-on/*`, `*` …; for an authority its jurisdiction. `*` when absent. */
  readonly programme?: string;
  readonly fault: keyof typeof GROUPS;
  /** How many requests it strikes; every one until it is taken away when absent. */
  readonly times?: number;
  /** Chance, 0 to 1, that a request is struck; 1 when absent. */
  readonly probability?: number;
  readonly ms?: number;
  readonly status?: number;
  /** Seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  readonly until?: number;
  readonly answer?: object;
  /** Whose requests: the agencies' when absent. */
  readonly for?: 'agency' | 'authority';
}

/** Reads a fault someone posted. Throws BadRequest when a member is not as it must be. */
export const readFault = (body: unknown): Fault => {
  const rules: Readonly<Record<string, (value: unknown) => boolean>> = {
    programme: (v) => typeof v === 'string', fault: (v) => typeof v === 'string' && Object.hasOwn(GROUPS, v),
    times: (v) => Number.isInteger(v) && Number(v) > 0, probability: (v) => typeof v === 'number' && v >= 0 && v <= 1, ms: (v) => typeof v === 'number' && v >= 0,
    status: (v) => Number.isInteger(v) && Number(v) >= 400 && Number(v) <= 599, retryAfter: (v) => typeof v === 'number' || typeof v === 'string',
    until: (v) => typeof v === 'number', answer: isObject, for: (v) => v === 'agency' || v === 'authority',
  };
  if (!isObject(body) || body['fault'] === undefined) throw new BadRequest(400, 'FAULT', `A fault needs "fault": one of ${Object.keys(GROUPS).join(', ')}.`);
  for (const [name, value] of Object.entries(body)) if (rules[name]?.(value) !== true) throw new BadRequest(400, 'FAULT', `"${name}" is unknown or not as it must be.`);
  return body as unknown as Fault;
};

const matches = (pattern: string, programme: string): boolean =>
  pattern === '*' || pattern === programme || (pattern.includes('*') && pattern.split('/').every((part, i) => part === '*' || part === programme.split('/')[i]));

/** Mulberry32: the same seed gives the same run of chances. */
const chances = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

/** The faults in force. Kept in memory: a restart mends everything. */
export class Faults {
  private readonly active = new Map<string, { readonly fault: Fault; left: number }>();
  private chance: () => number;

  constructor(private readonly clock: Clock, seed = 1) {
    this.chance = chances(seed);
  }

  /** Begins the run of chances anew, so that a run can be repeated. */
  seed(seed: number): void {
    this.chance = chances(seed);
  }

  add(fault: Fault): string {
    const id = uuidv7();
    this.active.set(id, { fault, left: fault.times ?? Infinity });
    return id;
  }

  /** Takes one fault away, or all of them. */
  clear(id?: string): boolean {
    if (id !== undefined) return this.active.delete(id);
    this.active.clear();
    return true;
  }

  list(): readonly (Fault & { readonly id: string })[] {
    return [...this.active].map(([id, { fault, left }]) => ({ id, ...fault, ...(left !== Infinity && { times: left }) }));
  }

  /** The fault of this group that strikes this request, used up once. */
  strike(group: Group, whose: 'agency' | 'authority', programme: string): Fault | undefined {
    for (const [id, item] of this.active) {
      const { fault } = item;
      if (fault.until !== undefined && fault.until <= this.clock.now()) {
        this.active.delete(id);
        continue;
      }
      if (GROUPS[fault.fault] !== group || (fault.for ?? 'agency') !== whose || !matches(fault.programme ?? '*', programme)) continue;
      if (fault.probability !== undefined && this.chance() >= fault.probability) continue;
      if (--item.left <= 0) this.active.delete(id);
      return fault;
    }
    return undefined;
  }

  /** Something that is no answer: broken JSON, a web page, or JSON of another shape, in turn by chance. */
  garbage(): string {
    const kinds = ['{"state":"final","co', '<html><body>Maintenance / Entretien</body></html>', '[]', '{"status":"OK"}', 'null'];
    return kinds[Math.floor(this.chance() * kinds.length)]!;
  }
}
