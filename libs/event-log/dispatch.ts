import type { PoolClient } from 'pg';
import type { Envelope } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import { DomainError, Poison, groupBy } from '#libs/kernel/index.js';
import type { Fuser, Unit, UnitOfWork } from '#libs/persistence/index.js';
import { Decoder, type Decoded } from './decode.js';
import type { Group, Occurred } from './group.js';

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

/** Applies pages of events to one group: what was applied before is dropped, what is next runs in one transaction with its cursor. */
export class GroupDispatch {
  private readonly interests: ReadonlySet<EventType>;
  private readonly decoder: Decoder;

  constructor(readonly group: Group, private readonly unitOfWork: UnitOfWork, decoder?: Decoder) {
    this.interests = interests(group);
    this.decoder = decoder ?? new Decoder();
  }

  /** Answers the cases that are stuck; throws when the failure is systemic, and then nothing of the page counts as done. */
  async apply(page: readonly Envelope[], options: { session?: PoolClient; redelivered: boolean; signal: AbortSignal }): Promise<readonly Stuck[]> {
    const stuck = new Map<string, Stuck>();
    const decoded: Decoded[] = [];
    for (const envelope of page) {
      if (stuck.has(envelope.caseId)) continue;
      try {
        const one = this.decoder.decode(envelope);
        if (this.interests.has(one.type)) decoded.push(one);
      } catch (error) {
        const reason = poisonOf(error);
        if (reason === undefined) throw error;
        stuck.set(envelope.caseId, { caseId: envelope.caseId, seq: envelope.seq, reason });
      }
    }
    const fresh = await this.unapplied(decoded);
    if (fresh.length === 0) return [...stuck.values()];

    const last = new Map<string, number>();
    for (const { event } of fresh) last.set(event.caseId, event.seq);
    const sourceOf = new Map<object, Occurred<unknown> | undefined>();
    for (const { type, event } of fresh) {
      for (const reaction of this.group.reactions ?? []) {
        if (reaction.on !== type) continue;
        for (const command of reaction.then(event as Occurred<never>)) sourceOf.set(command, event);
      }
    }
    if (this.group.outward) {
      const typeOf = new Map(fresh.map(({ type, event }) => [event, type]));
      const events = fresh.filter(({ type }) => this.group.outward!.on.includes(type)).map(({ event }) => event);
      if (events.length > 0) {
        for (const command of await this.group.outward.work({ events, typeOf: (e) => typeOf.get(e)!, redelivered: options.redelivered, signal: options.signal })) {
          sourceOf.set(command, undefined);
        }
      }
    }
    const commands = [...sourceOf.keys()];
    const answers = await this.unitOfWork.executeAll(commands, {
      session: options.session,
      filter: (unit, list) => this.underCursors(unit, list, sourceOf, last),
    });
    for (const [i, answer] of answers.entries()) {
      if (answer.ok) continue;
      const reason = poisonOf(answer.error);
      if (reason === undefined) throw answer.error;
      const caseId = this.unitOfWork.caseOf(commands[i]!)!;
      stuck.set(caseId, { caseId, seq: sourceOf.get(commands[i]!)?.seq ?? last.get(caseId) ?? 0, reason });
    }
    return [...stuck.values()];
  }

  /** A read without a lock: nearly everything a fused group is fed was applied before its commit. */
  private async unapplied(decoded: readonly Decoded[]): Promise<readonly Decoded[]> {
    if (decoded.length === 0) return decoded;
    const caseIds = [...new Set(decoded.map(({ event }) => event.caseId))];
    const cursors = await this.unitOfWork.read((unit) => this.group.cursors.load(unit, caseIds));
    return decoded.filter(({ event }) => event.seq > (cursors.get(event.caseId) ?? 0));
  }

  /** Under the locks: what another member applied meanwhile is dropped, and the cursors move with the effects. */
  private async underCursors(unit: Unit, commands: readonly object[], sourceOf: ReadonlyMap<object, Occurred<unknown> | undefined>, last: ReadonlyMap<string, number>): Promise<readonly object[]> {
    const caseIds = [...new Set(commands.map((c) => this.unitOfWork.caseOf(c)!))];
    const cursors = await this.group.cursors.load(unit, caseIds);
    const kept = commands.filter((command) => {
      const caseId = this.unitOfWork.caseOf(command)!;
      const at = sourceOf.get(command)?.seq ?? last.get(caseId) ?? 0;
      return at > (cursors.get(caseId) ?? 0);
    });
    const moved = new Map<string, number>();
    for (const command of kept) {
      const caseId = this.unitOfWork.caseOf(command)!;
      moved.set(caseId, last.get(caseId)!);
    }
    if (moved.size > 0) this.group.cursors.advance(unit, moved);
    return kept;
  }
}

/** Runs reactions of groups on the same database before the commit, where the group has nothing older of that case to apply. */
export class FusedReactions implements Fuser {
  private readonly groups: { group: Group; interests: ReadonlySet<EventType> }[] = [];
  private readonly decoder = new Decoder();

  add(group: Group): void {
    if (group.fused === true && group.outward === undefined) this.groups.push({ group, interests: interests(group) });
  }

  async follow(unit: Unit, stated: readonly Envelope[]): Promise<readonly object[]> {
    const commands: object[] = [];
    const decoded = stated.map((e) => this.decoder.decode(e));
    for (const { group, interests: types } of this.groups) {
      const byCase = groupBy(decoded, ({ event }) => event.caseId);
      const concerned = [...byCase].filter(([caseId, list]) => list.some(({ type }) => types.has(type)) || group.cursors.held?.(unit, caseId) === true);
      if (concerned.length === 0) continue;
      const cursors = await group.cursors.load(unit, concerned.map(([caseId]) => caseId));
      const moved = new Map<string, number>();
      for (const [caseId, list] of concerned) {
        if ((cursors.get(caseId) ?? 0) !== list[0]!.event.seq - 1) continue; // something older is still to come from the feed
        moved.set(caseId, list.at(-1)!.event.seq);
        for (const { type, event } of list) {
          for (const reaction of group.reactions ?? []) if (reaction.on === type) commands.push(...reaction.then(event as Occurred<never>));
        }
      }
      if (moved.size > 0) group.cursors.advance(unit, moved);
    }
    return commands;
  }
}
