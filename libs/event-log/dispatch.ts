import type { Envelope } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import { DomainError, Poison, groupBy } from '#libs/kernel/index.js';
import { carry, isTracing, openSpan, type OpenSpan } from '#libs/tracing/index.js';
import { Remembered, type Fuser, type Session, type Unit, type UnitOfWork } from '#libs/persistence/index.js';
import { Continuity, type LogTable, type Strip } from './continuity.js';
import { everyType, type Decoded, type Decoder } from './decode.js';
import type { Cursors, Gap, Group, Occurred, Outward } from './group.js';

/** A case its group cannot go on with, found while a page was applied. */
export interface Stuck {
  readonly caseId: string;
  readonly seq: number;
  readonly reason: string;
}

/** The one place that decides what a failure means: this case can never succeed, or the system is ill. */
export const poisonOf = (error: unknown): string | undefined =>
  error instanceof Poison ? error.reason : error instanceof DomainError ? error.code.replaceAll('.', '-') : undefined;

const interests = (group: Group): ReadonlySet<EventType> => new Set([...(group.reactions ?? []).map((r) => r.on), ...(group.outward?.on ?? [])]);

const follow = (group: Group, type: EventType, event: Occurred<unknown>): readonly object[] => {
  const commands: object[] = [];
  for (const { on, then } of group.reactions ?? []) if (on === type) commands.push(...then(event as Occurred<never>));
  if (event.traceparent !== undefined) for (const command of commands) carry(command, event.traceparent);
  return commands;
};

/** What a group does about an event is a span of the event's trace, and whatever follows from it is part of that span. */
const asSpan = (group: Group, { type, event }: Decoded): { readonly event: Occurred<unknown>; readonly span?: OpenSpan } => {
  if (event.traceparent === undefined || !isTracing()) return { event };
  const span = openSpan({ name: `${group.name} follows ${type.type}`, kind: 'consumer', parent: event.traceparent, group: group.name, caseId: event.caseId, eventId: `${event.caseId}/${event.seq}` });
  return span ? { event: { ...event, traceparent: span.traceparent }, span } : { event };
};

/** One event that concerns the group, and what follows from it. */
interface Step {
  readonly type: EventType;
  readonly event: Occurred<unknown>;
  readonly commands: readonly object[];
  readonly span?: OpenSpan;
}
/** What is to be applied of one case. */
interface Run {
  readonly caseId: string;
  readonly steps: readonly Step[];
  /** The number the cursor moves to when it is written: the page's last, of any type. */
  readonly upTo: number;
}

type Decode = (envelope: Envelope) => Decoded | { readonly fault: unknown };

export interface DispatchOptions {
  readonly decoder?: Decoder | undefined;
  /** An alarm: events had to be fetched because the feed never offered them. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
  /** What the group has applied before the commit, in this process. */
  readonly applied?: AppliedHere | undefined;
}
export interface FeedOptions extends DispatchOptions {
  /** Entries of one partition in a page. */
  readonly pageSize?: number;
  readonly onFailure?: (group: string, error: unknown) => void;
}
export interface ApplyOptions {
  readonly session?: Session;
  readonly redelivered: boolean;
  readonly signal: AbortSignal;
  /** Committed by this process a moment ago, and not read from the log: only who has held its partition since before may be handed it. */
  readonly handed?: boolean;
}
export interface Applied {
  /** The cases that are stuck. */
  readonly stuck: readonly Stuck[];
  /** Of what was handed, some was left for the reading: something older of its case has not come by. */
  readonly left: boolean;
  /** Nothing of it was left to do. */
  readonly isIdle: boolean;
}

const REMEMBERED = 16_384;

/** Up to which number a fused group has applied a case, as committed by this process: so much need not be asked of the database. */
export class AppliedHere {
  private readonly upTo = new Remembered<number>(REMEMBERED);

  has(caseId: string, seq: number): boolean {
    return seq <= (this.upTo.get(caseId) ?? 0);
  }

  note(moved: ReadonlyMap<string, number>): void {
    for (const [caseId, seq] of moved) this.upTo.keep(caseId, seq);
  }

  forget(): void {
    this.upTo.clear();
  }
}

/** Applies pages of events to one group: what was applied before is dropped, what is next runs in one transaction with its cursor. */
export class GroupDispatch {
  private readonly interests: ReadonlySet<EventType>;
  private readonly decoder: Decoder;
  private readonly continuity: Continuity;
  /** The types it reacts to, at every version: of any other known type only the number matters. */
  readonly wanted: ReadonlySet<string>;

  constructor(readonly group: Group, private readonly unitOfWork: UnitOfWork, log: LogTable, private readonly options: DispatchOptions = {}) {
    this.interests = interests(group);
    this.decoder = options.decoder ?? everyType;
    this.continuity = new Continuity(log);
    this.wanted = new Set(this.decoder.readAs(this.interests));
  }

  /** A new owner of partitions starts without memory of what came by. */
  forget(): void {
    this.continuity.forget();
    this.options.applied?.forget();
  }

  /** This event came by and is done with. */
  hasSeen(caseId: string, seq: number): boolean {
    return this.continuity.hasSeen(caseId, seq);
  }

  /** Throws when the failure is systemic, and then nothing of the page counts as done. */
  async apply(page: readonly Envelope[], options: ApplyOptions): Promise<Applied> {
    const stuck = new Map<string, Stuck>();
    const offered = this.continuity.strips(options.handed ? page.filter((e) => !this.hasSeen(e.caseId, e.seq)) : page);
    const strips = options.handed ? offered.filter((s) => !this.continuity.isDoubtful(s)) : offered;
    const decode = this.decodeOnce();
    const fresh = options.handed && !this.group.fused ? strips : await this.unapplied(strips);
    const runs = fresh.map((strip) => this.read(strip, decode, stuck)).filter((run) => run.steps.length > 0);
    this.alarm(fresh, runs);
    try {
      await this.workAndRun(fresh, runs, options, stuck);
    } catch (error) {
      endSpans(runs, () => true);
      throw error;
    }
    endSpans(runs, (caseId) => stuck.has(caseId));
    this.continuity.remember(strips);
    return { stuck: [...stuck.values()], left: strips.length < offered.length, isIdle: runs.length === 0 };
  }

  private async workAndRun(fresh: readonly Strip[], runs: readonly Run[], options: ApplyOptions, stuck: Map<string, Stuck>): Promise<void> {
    const outward = await this.workOutside(runs, { ...options, redelivered: options.redelivered || fresh.some((s) => s.filled.size > 0) }, stuck);
    await this.run(runs.filter((r) => !outward.failed.has(r.caseId)), outward.commands, options, stuck);
  }

  /**
   * What the group has not applied, gaps filled. Cursors are read without a lock, and only where they matter: nearly everything a
   * fused group is fed was applied before its commit.
   */
  private async unapplied(strips: readonly Strip[]): Promise<readonly Strip[]> {
    const concerned = strips.filter((strip) => this.options.applied?.has(strip.caseId, strip.events.at(-1)!.seq) !== true
      && (this.continuity.isDoubtful(strip) || strip.events.some((e) => !this.passesOver(e))));
    if (concerned.length === 0) return [];
    return this.unitOfWork.read(async (unit) => {
      const cursors = await this.group.cursors.load(unit, concerned.map((s) => s.caseId));
      const rest = concerned.map((s) => ({ ...s, events: s.events.filter((e) => e.seq > (cursors.get(s.caseId) ?? 0)) })).filter((s) => s.events.length > 0);
      return this.continuity.fill(unit, rest, cursors);
    });
  }

  /** A type that is known and concerns nobody here. */
  private passesOver({ type }: Envelope): boolean {
    return !this.wanted.has(type) && this.decoder.knows(type);
  }

  private decodeOnce(): Decode {
    const known = new Map<Envelope, ReturnType<Decode>>();
    return (envelope) => {
      let one = known.get(envelope);
      if (one === undefined) {
        try {
          one = this.decoder.once(envelope);
        } catch (fault) {
          one = { fault };
        }
        known.set(envelope, one);
      }
      return one;
    };
  }

  /** Decodes a strip and asks the reactions, up to the first event that cannot be. */
  private read({ caseId, events, missing }: Strip, decode: Decode, stuck: Map<string, Stuck>): Run {
    const steps: Step[] = [];
    let upTo = 0;
    for (const envelope of events) {
      try {
        if (!this.passesOver(envelope)) {
          const one = decode(envelope);
          if ('fault' in one) throw one.fault;
          steps.push(this.stepOf(one));
        }
        upTo = envelope.seq;
      } catch (error) {
        const reason = poisonOf(error);
        if (reason === undefined) throw error;
        stuck.set(caseId, { caseId, seq: envelope.seq, reason });
        return { caseId, steps, upTo };
      }
    }
    if (missing !== undefined) stuck.set(caseId, { caseId, seq: missing, reason: 'event-missing' });
    return { caseId, steps, upTo };
  }

  private stepOf(one: Decoded): Step {
    const { event, span } = asSpan(this.group, one);
    try {
      return { type: one.type, event, commands: this.followed(one.type, event), ...(span && { span }) };
    } catch (error) {
      span?.end({ failed: true });
      throw error;
    }
  }

  private followed(type: EventType, event: Occurred<unknown>): readonly object[] {
    const commands = follow(this.group, type, event);
    for (const command of commands) this.mustBeAbout(command, (caseId) => caseId === event.caseId);
    return commands;
  }

  /** Lost for certain: the cursor would stand behind an event that had commands, and outside work is told by what was seen. */
  private alarm(strips: readonly Strip[], runs: readonly Run[]): void {
    const holed = strips.filter(({ filled }) => filled.size > 0);
    if (holed.length === 0) return;
    const stepsOf = new Map(runs.map((r) => [r.caseId, r.steps]));
    for (const { caseId, filled, lost } of holed) {
      const seqs = (stepsOf.get(caseId) ?? []).filter(({ event, commands }) => filled.has(event.seq) && (lost || commands.length > 0)).map(({ event }) => event.seq);
      if (seqs.length > 0) this.options.onGap?.({ group: this.group.name, caseId, seqs });
    }
  }

  /** The group's work outside the database. Where it meets poison, each case is worked on alone, to find which it was. */
  private async workOutside(runs: readonly Run[], options: ApplyOptions, stuck: Map<string, Stuck>): Promise<{ commands: readonly object[]; failed: ReadonlySet<string> }> {
    const failed = new Set<string>();
    const concerned = runs.filter((r) => r.steps.some(({ type }) => this.group.outward?.on.includes(type)));
    if (concerned.length === 0) return { commands: [], failed };
    try {
      return { commands: await this.work(concerned, options), failed };
    } catch (error) {
      if (poisonOf(error) === undefined) throw error;
    }
    const commands: object[] = [];
    for (const run of concerned) {
      try {
        commands.push(...(await this.work([run], { ...options, redelivered: true })));
      } catch (error) {
        const reason = poisonOf(error);
        if (reason === undefined) throw error;
        failed.add(run.caseId);
        stuck.set(run.caseId, { caseId: run.caseId, seq: run.steps[0]!.event.seq, reason });
      }
    }
    return { commands, failed };
  }

  private async work(runs: readonly Run[], { redelivered, signal }: ApplyOptions): Promise<readonly object[]> {
    const { on, work } = this.group.outward!;
    const steps = runs.flatMap((r) => r.steps).filter(({ type }) => on.includes(type));
    const typeOf = new Map(steps.map(({ type, event }) => [event, type]));
    const commands = await work({ events: steps.map(({ event }) => event), typeOf: (event) => typeOf.get(event)!, redelivered, signal });
    const cases = new Set(runs.map((r) => r.caseId));
    for (const command of commands) this.mustBeAbout(command, (caseId) => cases.has(caseId));
    if (isTracing()) {
      const traces = new Map(steps.map(({ event }) => [event.caseId, event.traceparent]));
      for (const command of commands) carry(command, traces.get(this.unitOfWork.caseOf(command)!));
    }
    return commands;
  }

  /** What runs outside the lock and the cursor of its event's case could run twice, or never. */
  private mustBeAbout(command: object, isOffered: (caseId: string) => boolean): void {
    const caseId = this.unitOfWork.caseOf(command);
    if (caseId === undefined || !isOffered(caseId)) throw new Error(`${this.group.name} answers an event with ${command.constructor.name} about another case`);
  }

  /** All runs in one transaction; a case that fails is run again event by event, up to the one it is stuck at. */
  private async run(runs: readonly Run[], outward: readonly object[], { session }: ApplyOptions, stuck: Map<string, Stuck>): Promise<void> {
    const failures = await this.execute(runs, outward, session);
    for (const [caseId, reason] of failures) {
      const { steps } = runs.find((r) => r.caseId === caseId)!;
      if (outward.some((command) => this.unitOfWork.caseOf(command) === caseId)) {
        stuck.set(caseId, { caseId, seq: steps[0]!.event.seq, reason });
        continue;
      }
      for (const step of steps) {
        const seq = step.event.seq;
        const again = steps.length === 1 ? reason : (await this.execute([{ caseId, steps: [step], upTo: seq }], [], session)).get(caseId);
        if (again === undefined) continue;
        stuck.set(caseId, { caseId, seq, reason: again });
        break;
      }
    }
  }

  /** Answers the cases that met poison; throws when a failure is systemic. */
  private async execute(runs: readonly Run[], outward: readonly object[], session: Session | undefined): Promise<ReadonlyMap<string, string>> {
    const seqOf = new Map<object, number>(runs.flatMap(({ steps }) => steps.flatMap(({ event, commands }) => commands.map((c) => [c, event.seq] as const))));
    const last = new Map(runs.map(({ caseId, steps }) => [caseId, steps.at(-1)!.event.seq]));
    const upTo = new Map(runs.map((r) => [r.caseId, r.upTo]));
    const commands = [...seqOf.keys(), ...outward];
    const answers = await this.unitOfWork.executeAll(commands, {
      session,
      filter: (unit, list) => this.underCursors(unit, list, (command, caseId) => seqOf.get(command) ?? last.get(caseId) ?? 0, upTo),
    });
    const failures = new Map<string, string>();
    for (const [i, answer] of answers.entries()) {
      if (answer.ok) continue;
      const reason = poisonOf(answer.error);
      if (reason === undefined) throw answer.error;
      failures.set(this.unitOfWork.caseOf(commands[i]!)!, reason);
    }
    return failures;
  }

  /** Under the locks: what another member applied meanwhile is dropped, and the cursors move with the effects. */
  private async underCursors(unit: Unit, commands: readonly object[], seqOf: (command: object, caseId: string) => number, upTo: ReadonlyMap<string, number>): Promise<readonly object[]> {
    const cursors = await this.group.cursors.load(unit, [...new Set(commands.map((c) => this.unitOfWork.caseOf(c)!))]);
    const kept = commands.filter((command) => {
      const caseId = this.unitOfWork.caseOf(command)!;
      return seqOf(command, caseId) > (cursors.get(caseId) ?? 0);
    });
    const moved = new Map<string, number>();
    for (const command of kept) {
      const caseId = this.unitOfWork.caseOf(command)!;
      moved.set(caseId, upTo.get(caseId) ?? seqOf(command, caseId));
    }
    if (moved.size > 0) this.group.cursors.advance(unit, moved);
    return kept;
  }
}

const endSpans = (runs: readonly Run[], failed: (caseId: string) => boolean): void => {
  if (!isTracing()) return;
  for (const { caseId, steps } of runs) for (const { span } of steps) span?.end({ failed: failed(caseId) });
};

/** How a member of a group is fed what its process commits. */
export interface Fed {
  /** What is stated of some cases comes to this member. */
  readonly holdsAny?: boolean;
  /** What is stated of this case comes to this member, and to no other of its group. */
  holds?(caseId: string): boolean;
  /** So much is to be worked on that what is new gives way: cases that are opened, and those of a backlog. */
  readonly isBehind?: boolean;
}

/** Runs reactions of groups on the same database before the commit, where the group has nothing older of that case to apply. */
export class FusedReactions implements Fuser {
  private readonly groups: { group: Group; interests: ReadonlySet<EventType>; applied: AppliedHere }[] = [];
  private readonly prepared: { cursors: Cursors; types: ReadonlySet<EventType>; prepare: NonNullable<Outward['prepare']>; expect: Outward['expect']; member: Fed }[] = [];

  constructor(private readonly decoder = everyType) {}

  /** Answers what of it will have been applied here; undefined for a group that is not fused. */
  add(group: Group): AppliedHere | undefined {
    if (group.fused !== true || group.outward !== undefined) return undefined;
    const applied = new AppliedHere();
    this.groups.push({ group, interests: interests(group), applied });
    return applied;
  }

  /** Its outward work is prepared before the commit while it is this process that will do it. */
  prepareFor({ outward, cursors }: Group, member: Fed): void {
    if (outward?.prepare) this.prepared.push({ cursors, types: new Set(outward.on), prepare: outward.prepare, expect: outward.expect, member });
  }

  get holdsAny(): boolean {
    return this.prepared.length > 0 && this.prepared.every(({ member }) => member.holdsAny === true);
  }

  holds(caseIds: readonly string[]): boolean {
    return this.holdsAny && this.prepared.every(({ member }) => caseIds.every((caseId) => member.holds?.(caseId) === true));
  }

  get isBehind(): boolean {
    return this.areBehind();
  }

  /** Whether any is behind, but for this one. */
  areBehind(butFor?: Fed): boolean {
    return this.prepared.some(({ member }) => member !== butFor && member.isBehind === true);
  }

  expect(unit: Unit, caseIds: readonly string[]): void {
    // What fails here fails again where it is needed.
    for (const { group } of this.groups) group.cursors.load(unit, caseIds).catch(() => undefined);
    for (const { expect, member } of this.prepared) {
      const held = expect ? caseIds.filter((caseId) => member.holds?.(caseId) === true) : [];
      if (held.length > 0) unit.within(() => expect!(held));
    }
  }

  async follow(unit: Unit, stated: readonly Envelope[]): Promise<readonly object[]> {
    const commands: object[] = [];
    const decoded = stated.map((e) => this.decoder.once(e));
    const byCase = groupBy(decoded, ({ event }) => event.caseId);
    const begun = decoded.flatMap(({ event }) => (event.seq === 1 ? [event.caseId] : []));
    for (const { group, interests: types, applied } of this.groups) {
      const concerned = [...byCase].filter(([caseId, list]) => list.some(({ type }) => types.has(type)) || group.cursors.held?.(unit, caseId) === true);
      if (concerned.length === 0) continue;
      if (begun.length > 0) group.cursors.begin?.(unit, begun);
      const cursors = await group.cursors.load(unit, concerned.map(([caseId]) => caseId));
      const moved = new Map<string, number>();
      for (const [caseId, list] of concerned) {
        if ((cursors.get(caseId) ?? 0) !== list[0]!.event.seq - 1) continue; // something older is still to come from the feed
        moved.set(caseId, list.at(-1)!.event.seq);
        for (const one of list) commands.push(...(types.has(one.type) ? this.followAs(unit, group, one) : []));
      }
      if (moved.size === 0) continue;
      group.cursors.advance(unit, moved);
      unit.afterCommit(() => applied.note(moved));
    }
    return commands;
  }

  async prepare(unit: Unit, stated: readonly Envelope[]): Promise<void> {
    const decoded = stated.map((e) => this.decoder.once(e));
    const begun = decoded.flatMap(({ event }) => (event.seq === 1 ? [event.caseId] : []));
    for (const { cursors, types, prepare, member } of this.prepared) {
      if (begun.length > 0) cursors.begin?.(unit, begun);
      const events = decoded.flatMap(({ type, event }) => (types.has(type) && member.holds?.(event.caseId) === true ? [event] : []));
      if (events.length > 0) await prepare(unit, events);
    }
  }

  /** Should the list be run again without it, there was no such span. */
  private followAs(unit: Unit, group: Group, one: Decoded): readonly object[] {
    const { event, span } = asSpan(group, one);
    if (span) unit.afterCommit(() => span.end());
    return follow(group, one.type, event);
  }
}
