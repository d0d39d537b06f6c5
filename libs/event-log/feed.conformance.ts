import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import { Poison, uuidv7 } from '#libs/kernel/index.js';
import type { UnitOfWork } from '#libs/persistence/index.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { ForgetfulCursors } from '#libs/testing/safety-off/feeds.js';
import { Add, Count, CountedV1, NotedV1, registerTally, Tell, tallyGroup, tallyTypes, WeighedV1, type Mood, type Sum, type TallyOptions } from '#libs/testing/tally.js';
import type { TestDatabase } from '#libs/testing/test-database.js';
import { when, type Feed, type Gap, type Group } from './index.js';

/** One process that reads the log. */
export interface Member {
  readonly unitOfWork: UnitOfWork;
  readonly feed: Feed;
  readonly gaps: readonly Gap[];
  /** Groups that met a systemic failure, as often as they did. */
  readonly failures: readonly string[];
  /** Ends as a killed process does: connections cut, nothing saved, nothing unlocked. */
  crash(): Promise<void>;
}

/** What a binding of the feed brings to its test: the log of a fresh database (see `openTally`), read by as many processes as wanted. */
export interface FeedHarness {
  readonly database: TestDatabase;
  /** Milliseconds within which others take over what a killed member had. */
  readonly takeover: number;
  member(name: string, options?: { readonly types?: readonly EventType[] }): Promise<Member>;
  /** Offers a group everything once more, as after a crash before its place was kept. No member of it runs. */
  rewind(group: string): Promise<void>;
  /** Puts an event on the log where no member will be offered it any more. */
  lose(caseId: string, seq: number, event: NewEvent): Promise<void>;
  /** Ends every member. */
  close(): Promise<void>;
}

const cases = (n: number): string[] => Array.from({ length: n }, () => uuidv7());
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const counted = (caseId: string, n = 1): NewEvent => CountedV1(caseId, { n });

/** Every clause of the feed, for any binding. */
export const describeFeed = (binding: string, openHarness: () => Promise<FeedHarness>): void => {
  jest.setTimeout(20_000);
  describe(`the feed (${binding})`, () => {
    let harness: FeedHarness;
    let moods: Map<string, Mood>;
    /** States facts as a service of another process does. */
    let writer: Member;

    beforeEach(async () => {
      harness = await openHarness();
      moods = new Map();
      writer = await member('writer');
      await writer.feed.start(); // it reads nothing, and wakes those who do
    }, 60_000);
    afterEach(() => harness.close(), 60_000);

    const member = async (name: string, options: TallyOptions & { types?: readonly EventType[] } = {}, groups: readonly Group[] = []): Promise<Member> => {
      const one = await harness.member(name, { types: options.types ?? tallyTypes });
      registerTally(one.unitOfWork, { by: name, moods, ...options });
      for (const group of groups) one.feed.subscribe(group);
      return one;
    };
    const reader = async (name = 'reader', groups: readonly Group[] = [tallyGroup('left')], options: Parameters<typeof member>[1] = {}): Promise<Member> => {
      const one = await member(name, options, groups);
      await one.feed.start();
      return one;
    };
    const tell = async (caseId: string, ...events: NewEvent[]): Promise<void> => {
      const [answer] = await writer.unitOfWork.executeAll([new Tell(caseId, events)]);
      if (!answer!.ok) throw answer!.error;
    };
    const sums = async (group: string): Promise<Map<string, Sum>> =>
      new Map((await harness.database.db.rows<{ case_id: string; doc: Sum }>('select case_id, doc from tally.sum where group_name = $1', [group])).map((r) => [r.case_id, r.doc]));
    const seqsOf = async (caseId: string, group = 'left'): Promise<readonly number[] | undefined> => (await sums(group)).get(caseId)?.seqs;
    const applied = (caseId: string, seqs: readonly number[], group = 'left'): Promise<void> =>
      eventuallyHolds(async () => expect(await seqsOf(caseId, group)).toEqual(seqs), { within: 18_000 });
    const parked = async (feed: Feed): Promise<{ caseId: string; seq: number; reason: string }[]> => (await feed.parked()).map(({ caseId, seq, reason }) => ({ caseId, seq, reason }));

    describe('an event', () => {
      it('reaches the group whether it was stated before the group started or after', async () => {
        const [before, after] = [uuidv7(), uuidv7()];
        await tell(before, counted(before, 7));
        await reader();
        await tell(after, counted(after, 9));
        await applied(before, [1]);
        await applied(after, [1]);
        expect((await sums('left')).get(before)?.total).toBe(7);
      });

      it('is not lost when its transaction commits after one that began later', async () => {
        const [late, others] = [uuidv7(), cases(200)];
        await reader();
        let commit = (): void => undefined;
        const held = new Promise<void>((resolve) => (commit = resolve));
        const committed = writer.unitOfWork.join([late], async (unit) => {
          await unit.tx.rows('select pg_current_xact_id()');
          unit.append(counted(late));
          await held;
        });
        const second = await member('second writer');
        for (const answer of await second.unitOfWork.executeAll(others.map((c) => new Tell(c, [counted(c)])))) expect(answer).toMatchObject({ ok: true });
        await sleep(300); // a feed that reads past the open transaction has by now
        commit();
        await committed;
        await applied(late, [1]);
        await eventuallyHolds(async () => expect((await sums('left')).size).toBe(201));
      });

      it('comes after those of its case that were before it, whoever stated them', async () => {
        const list = cases(20);
        await reader();
        const second = await member('second writer');
        for (let n = 0; n < 10; n++) {
          await Promise.all([writer, second].map((m) => m.unitOfWork.executeAll(list.map((c) => new Count(c)))));
        }
        for (const caseId of list) await applied(caseId, upTo(20));
      });

      it('of a type that concerns nobody is passed over, and the next one is not held up', async () => {
        const caseId = uuidv7();
        const one = await reader();
        await tell(caseId, counted(caseId), NotedV1(caseId, {}), counted(caseId));
        await applied(caseId, [1, 3]);
        await tell(caseId, NotedV1(caseId, {}));
        await tell(caseId, counted(caseId));
        await applied(caseId, [1, 3, 5]);
        expect(one.gaps).toEqual([]);
      });

      it('stated with others of its case in one transaction comes by itself, with its own data', async () => {
        const caseId = uuidv7();
        await tell(caseId, NotedV1(caseId, {}), counted(caseId, 2), counted(caseId, 4));
        const one = await reader();
        await applied(caseId, [2, 3]);
        await tell(caseId, counted(caseId, 8), NotedV1(caseId, {}), counted(caseId, 16));
        await applied(caseId, [2, 3, 4, 6]);
        expect((await sums('left')).get(caseId)?.total).toBe(30);
        expect(one.gaps).toEqual([]);
      });

      it('reaches every group, each at its own pace', async () => {
        const list = cases(30);
        let open = (): void => undefined;
        const held = new Promise<void>((resolve) => (open = resolve));
        await reader('slow', [tallyGroup('right', {
          kind: 'once', reactions: [],
          outward: { on: [CountedV1 as unknown as EventType], work: async ({ events }) => {
            await held;
            return events.map((e) => new Add('right', e.caseId, e.seq, 1));
          } },
        })]);
        await reader('quick');
        for (const caseId of list) await tell(caseId, counted(caseId));
        await eventuallyHolds(async () => expect((await sums('left')).size).toBe(30));
        expect((await sums('right')).size).toBe(0);
        open();
        await eventuallyHolds(async () => expect((await sums('right')).size).toBe(30));
      });
    });

    describe('a crash', () => {
      it('in the middle of a page leaves nothing half done: the next member does it, once', async () => {
        const list = cases(20);
        let [began, release] = [false, (): void => undefined];
        const held = new Promise<void>((resolve) => (release = resolve));
        const crashing = await reader('crashing', [tallyGroup('left')], {
          gate: () => {
            began = true;
            return held;
          },
        });
        for (const caseId of list) await tell(caseId, counted(caseId));
        await eventually(() => began);
        await crashing.crash();
        release();
        expect((await sums('left')).size).toBe(0);
        await reader('next');
        for (const caseId of list) await applied(caseId, [1]);
      });

      it('before its place was kept has events offered again, and they have one effect', async () => {
        const list = cases(20);
        const crashing = await reader('crashing');
        for (const caseId of list) await tell(caseId, counted(caseId));
        for (const caseId of list) await applied(caseId, [1]);
        await crashing.crash();
        await harness.rewind('left');
        const offered = countLoads(tallyGroup('left'));
        await reader('next', [offered.group]);
        await tell(list[0]!, counted(list[0]!));
        await applied(list[0]!, [1, 2]);
        await eventuallyHolds(() => expect(offered.cases().size).toBe(20));
        expect(new Set([...(await sums('left'))].filter(([c]) => c !== list[0]).map(([, s]) => s.total))).toEqual(new Set([1]));
      });

      it('would do things twice if a group kept no cursor per case', async () => {
        const caseId = uuidv7();
        const forgetful = tallyGroup('left', { cursors: new ForgetfulCursors() });
        const crashing = await reader('crashing', [forgetful]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        await crashing.crash();
        await harness.rewind('left');
        await reader('next', [forgetful]);
        await applied(caseId, [1, 1]);
      });

      it('tells a group that works outside that its page may have been worked on already', async () => {
        const caseId = uuidv7();
        const seen: boolean[] = [];
        const outside = tallyGroup('left', {
          kind: 'once', reactions: [],
          outward: { on: [CountedV1 as unknown as EventType], work: async ({ events, redelivered }) => {
            seen.push(redelivered);
            return events.map((e) => new Add('left', e.caseId, e.seq, 1));
          } },
        });
        const crashing = await reader('crashing', [outside]);
        await eventually(async () => (await crashing.feed.lag()).get('left') === 0);
        await sleep(700); // its partitions are taken
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        expect(seen).toEqual([false]);
        moods.set(caseId, 'ill'); // so that the second is worked on, and its commands never committed
        await tell(caseId, counted(caseId));
        await eventually(() => seen.length > 1);
        await crashing.crash();
        moods.clear();
        seen.length = 0;
        await reader('next', [outside]);
        await applied(caseId, [1, 2]);
        expect(seen[0]).toBe(true);
      });
    });

    describe('two members of a group', () => {
      it('share its cases, and each event is applied once and in order', async () => {
        const list = cases(120);
        const [one, other] = [await reader('one'), await reader('other')];
        await eventually(async () => {
          await writer.unitOfWork.executeAll(list.map((c) => new Count(c)));
          await sleep(150);
          const names = [...(await sums('left')).values()].map((s) => s.by.at(-1));
          return ['one', 'other'].every((name) => names.filter((n) => n === name).length > list.length / 4);
        }, { within: 25_000 });
        const told = (await harness.database.db.rows<{ n: number }>('select max(seq)::int n from log.event'))[0]!.n;
        for (const caseId of list) await applied(caseId, upTo(told));
        expect([one.gaps, other.gaps]).toEqual([[], []]);
      }, 60_000);

      it('stand in for each other: what a killed one had is taken over in the time promised', async () => {
        const list = cases(200);
        const doomed = await reader('doomed');
        await reader('heir');
        await eventually(async () => {
          await writer.unitOfWork.executeAll(list.map((c) => new Count(c)));
          await sleep(150);
          return new Set([...(await sums('left')).values()].map((s) => s.by.at(-1))).size === 2;
        }, { within: 25_000 });
        const told = (await harness.database.db.rows<{ n: number }>('select max(seq)::int n from log.event'))[0]!.n;
        await doomed.crash();
        const since = performance.now();
        await writer.unitOfWork.executeAll(list.map((c) => new Count(c)));
        await eventuallyHolds(async () => expect([...(await sums('left')).values()].filter((s) => s.seqs.length === told + 1)).toHaveLength(200), { within: 15_000 });
        expect(performance.now() - since).toBeLessThan(harness.takeover);
        for (const caseId of list) expect(await seqsOf(caseId)).toEqual(upTo(told + 1));
      }, 60_000);
    });

    describe('a message that can never succeed', () => {
      const neverDone = async (spoil: (caseId: string) => Promise<void>, reason: string, groups?: readonly Group[]): Promise<{ one: Member; caseId: string }> => {
        const [caseId, other] = [uuidv7(), uuidv7()];
        const one = await reader('reader', groups);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        await spoil(caseId);
        await tell(other, counted(other));
        await applied(other, [1]);
        await eventuallyHolds(async () => expect(await parked(one.feed)).toEqual([{ caseId, seq: 2, reason }]));
        await tell(caseId, counted(caseId));
        await tell(other, counted(other));
        await applied(other, [1, 2]);
        expect(await seqsOf(caseId)).toEqual([1]);
        expect(one.failures).toEqual([]);
        return { one, caseId };
      };
      /** Mends what was wrong, and lets the case go on. */
      const goesOn = async ({ one, caseId }: { one: Member; caseId: string }, seqs: readonly number[]): Promise<void> => {
        await one.feed.unpark('left', caseId);
        await applied(caseId, seqs);
        expect(await parked(one.feed)).toEqual([]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [...seqs, seqs.at(-1)! + 1]);
        expect(one.gaps).toEqual([]);
      };

      it('because its type is unknown parks its case for the group; a newer build that knows it goes on by itself', async () => {
        const { one, caseId } = await neverDone((c) => tell(c, WeighedV1(c, { n: 5 })), 'unknown-type');
        await one.feed.unpark('left', caseId); // this build still does not know it
        await eventuallyHolds(async () => expect(await parked(one.feed)).toEqual([{ caseId, seq: 2, reason: 'unknown-type' }]));
        await one.feed.stop();
        const newer = tallyGroup('left');
        const two = await reader('newer build', [{ ...newer, reactions: [...newer.reactions!, when(WeighedV1, (e) => new Add('left', e.caseId, e.seq, e.data.n))] }],
          { types: [...tallyTypes, WeighedV1 as unknown as EventType] });
        await applied(caseId, [1, 2, 3]);
        expect(await parked(two.feed)).toEqual([]);
      });

      it('because its version is unknown parks its case for the group', async () => {
        await neverDone((c) => tell(c, { caseId: c, type: 'tally.counted.v9', data: { n: 1 } }), 'unknown-version');
      });

      it('because it does not fit its schema parks its case for the group', async () => {
        await neverDone((c) => tell(c, { caseId: c, type: 'tally.counted.v1', data: { n: 'many' } }), 'wrong-schema');
      });

      it('because the reaction says so parks its case until somebody mends it', async () => {
        let broken = true;
        const group = tallyGroup('left', { reactions: [when(CountedV1, (e) => {
          if (e.data.n === 13 && broken) throw new Poison('unlucky', 'thirteen');
          return new Add('left', e.caseId, e.seq, e.data.n);
        })] });
        const stuck = await neverDone((c) => tell(c, counted(c, 13)), 'unlucky', [group]);
        broken = false;
        await goesOn(stuck, [1, 2, 3]);
      });

      it.each([['poison', 'too-heavy'], ['refused', 'tally-closed']] as const)('because its command is met with %s parks its case until somebody mends it', async (mood, reason) => {
        const stuck = await neverDone(async (c) => {
          moods.set(c, mood);
          await tell(c, counted(c));
        }, reason);
        moods.clear();
        await goesOn(stuck, [1, 2, 3]);
      });

      it('leaves those before it on the same page done', async () => {
        const caseId = uuidv7();
        await tell(caseId, counted(caseId), counted(caseId), NotedV1(caseId, {}), { caseId, type: 'tally.counted.v1', data: {} }, counted(caseId));
        const one = await reader();
        await applied(caseId, [1, 2]);
        await eventuallyHolds(async () => expect(await parked(one.feed)).toEqual([{ caseId, seq: 4, reason: 'wrong-schema' }]));
      });

      it('is found among the commands of its case, one event after another', async () => {
        const caseId = uuidv7();
        await tell(caseId, counted(caseId, 1), counted(caseId, 2), counted(caseId, 3));
        const group = tallyGroup('left', { reactions: [when(CountedV1, (e) => new Add('left', e.caseId, e.seq, e.data.n === 2 ? 2 ** 40 : 1))] });
        const refusing = await reader('reader', [group], {
          gate: (commands) => {
            if (commands.some((c) => c.n > 2 ** 30)) throw new Poison('too-many', 'no sum is that high');
          },
        });
        await eventuallyHolds(async () => expect(await parked(refusing.feed)).toEqual([{ caseId, seq: 2, reason: 'too-many' }]));
        expect(await seqsOf(caseId)).toEqual([1]);
      });

      it('parks its case for one group only', async () => {
        const caseId = uuidv7();
        const strict = tallyGroup('right', { reactions: [when(CountedV1, () => {
          throw new Poison('strict', 'never');
        })] });
        const one = await reader('reader', [tallyGroup('left'), strict]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        await eventuallyHolds(async () => expect((await one.feed.parked()).map((p) => p.group)).toEqual(['right']));
      });

      it('met outside parks its case, and the others of its page are worked on', async () => {
        const list = cases(10);
        for (const caseId of list) await tell(caseId, counted(caseId));
        const one = await reader('reader', [tallyGroup('left', {
          kind: 'once', reactions: [],
          outward: { on: [CountedV1 as unknown as EventType], work: async ({ events }) => {
            if (events.some((e) => e.caseId === list[4])) throw new Poison('unsendable', 'no agency takes it');
            return events.map((e) => new Add('left', e.caseId, e.seq, 1));
          } },
        })]);
        await eventuallyHolds(async () => expect((await sums('left')).size).toBe(9));
        expect(await parked(one.feed)).toEqual([{ caseId: list[4], seq: 1, reason: 'unsendable' }]);
      });

      it('unparked from another process goes on there and here, with what came while it was parked', async () => {
        const stuck = await neverDone(async (c) => {
          moods.set(c, 'refused');
          await tell(c, counted(c));
        }, 'tally-closed');
        moods.clear();
        const office = await member('office', {}, [tallyGroup('left')]); // does not read; an operator's request reaches it
        await office.feed.unpark('left', stuck.caseId);
        await applied(stuck.caseId, [1, 2, 3]);
        await tell(stuck.caseId, counted(stuck.caseId));
        await applied(stuck.caseId, [1, 2, 3, 4]);
        expect(stuck.one.gaps).toEqual([]);
      });
    });

    describe('lists', () => {
      it('are applied in one transaction: a page of many cases costs about one commit', async () => {
        const list = cases(256);
        await writer.unitOfWork.executeAll(list.map((c) => new Tell(c, [counted(c)])));
        const one = await reader();
        await eventuallyHolds(async () => expect((await sums('left')).size).toBe(256));
        expect(one.unitOfWork.counters.commits).toBeLessThanOrEqual(4);
      });

      it('that fail are applied one by one: one bad case of 64 is parked and 63 are done', async () => {
        const list = cases(64);
        moods.set(list[9]!, 'refused');
        await writer.unitOfWork.executeAll(list.map((c) => new Tell(c, [counted(c)])));
        const one = await reader();
        await eventuallyHolds(async () => expect((await sums('left')).size).toBe(63));
        expect(await parked(one.feed)).toEqual([{ caseId: list[9], seq: 1, reason: 'tally-closed' }]);
      });
    });

    describe('a failure of the system', () => {
      it('stops the group, is tried again, and skips nothing', async () => {
        const list = cases(5);
        const one = await reader();
        moods.set(list[2]!, 'ill');
        for (const caseId of list) await tell(caseId, counted(caseId, 1));
        await eventually(() => one.failures.length >= 2);
        await tell(list[2]!, counted(list[2]!));
        await sleep(200);
        expect(await seqsOf(list[2]!)).toBeUndefined();
        expect(await one.feed.parked()).toEqual([]);
        moods.clear();
        await applied(list[2]!, [1, 2]);
        for (const caseId of list) await applied(caseId, caseId === list[2] ? [1, 2] : [1]);
      }, 60_000);

      it('of one group does not stop another', async () => {
        const caseId = uuidv7();
        const one = await reader('reader', [tallyGroup('left'), tallyGroup('right', { reactions: [when(CountedV1, () => {
          throw new Error('not a poison');
        })] })]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        await eventually(() => one.failures.includes('right'));
        expect(one.failures).not.toContain('left');
      });

      it('is met when a reaction answers with a command about another case', async () => {
        const caseId = uuidv7();
        const one = await reader('reader', [tallyGroup('left', { reactions: [when(CountedV1, (e) => new Add('left', uuidv7(), e.seq, 1))] })]);
        await tell(caseId, counted(caseId));
        await eventually(() => one.failures.length > 0);
        expect((await sums('left')).size).toBe(0);
      });
    });

    it('does not go back over what was passed when a newer build reacts to it', async () => {
      const caseId = uuidv7();
      const older = await reader('older build');
      await tell(caseId, counted(caseId));
      await applied(caseId, [1]);
      await tell(caseId, NotedV1(caseId, {}));
      await eventually(async () => (await older.feed.lag()).get('left') === 0);
      await older.feed.stop();
      const left = tallyGroup('left');
      const newer = await reader('newer build', [{ ...left, reactions: [...left.reactions!, when(NotedV1, (e) => new Add('left', e.caseId, e.seq, 0))] }]);
      await tell(caseId, counted(caseId), NotedV1(caseId, {}));
      await applied(caseId, [1, 3, 4]);
      expect(newer.gaps).toEqual([]);
    });

    describe('stopping', () => {
      it('finishes the page under way, and leaves its place and its partitions to the next', async () => {
        const [early, late] = [cases(10), cases(3)];
        let open = (): void => undefined;
        const held = new Promise<void>((resolve) => (open = resolve));
        const begun = new Set<string>();
        const one = await reader('one', [tallyGroup('left')], {
          gate: (commands) => {
            for (const { caseId } of commands) begun.add(caseId);
            return held;
          },
        });
        await writer.unitOfWork.executeAll(early.map((c) => new Tell(c, [counted(c)])));
        await eventually(() => begun.size > 0); // whether one page brings them all, or a few, is the binding's affair
        await writer.unitOfWork.executeAll(late.map((c) => new Tell(c, [counted(c)])));
        await sleep(500);
        const underWay = [...begun];
        const stopping = one.feed.stop();
        open();
        await stopping;
        const done = await sums('left');
        for (const caseId of underWay) expect(done.get(caseId)?.seqs).toEqual([1]);
        const again = underWay[0]!;
        await tell(again, counted(again));
        await sleep(200);
        expect(await sums('left')).toEqual(done); // nobody reads any more
        const offered = countLoads(tallyGroup('left'));
        await reader('next', [offered.group]);
        await applied(again, [1, 2]);
        for (const caseId of [...early, ...late]) if (caseId !== again) await applied(caseId, [1]);
        expect(offered.cases()).toEqual(new Set([again, ...[...early, ...late].filter((c) => !done.has(c))]));
      });

      it('keeps the place it has just come to', async () => {
        const [before, last, after] = [uuidv7(), uuidv7(), uuidv7()];
        const one = await reader();
        for (const caseId of [before, last]) {
          await tell(caseId, counted(caseId));
          await applied(caseId, [1]);
        }
        await one.feed.stop();
        const offered = countLoads(tallyGroup('left'));
        await reader('next', [offered.group]);
        await tell(after, counted(after));
        await applied(after, [1]);
        expect(offered.cases()).toEqual(new Set([after]));
      });

      it('is quick when there is nothing to do', async () => {
        const one = await reader('one', [tallyGroup('left'), tallyGroup('right')]);
        await sleep(100);
        const since = performance.now();
        await one.feed.stop();
        expect(performance.now() - since).toBeLessThan(500);
      });
    });

    describe('a rebuild', () => {
      it('empties a rebuildable group and replays every event, while new ones come in', async () => {
        const list = cases(20);
        const one = await reader();
        for (const caseId of list) await tell(caseId, counted(caseId), counted(caseId, 2));
        for (const caseId of list) await applied(caseId, [1, 2]);
        await harness.database.db.rows(`update tally.sum set doc = '{"total":-1,"seqs":[],"by":[]}'`);
        const [rebuilt] = [one.feed.rebuild('left')];
        await tell(list[0]!, counted(list[0]!));
        await rebuilt;
        for (const caseId of list) await applied(caseId, caseId === list[0] ? [1, 2, 3] : [1, 2]);
        expect((await sums('left')).get(list[1]!)?.total).toBe(3);
        expect(one.gaps).toEqual([]);
      });

      it('is refused where effects have left the system', async () => {
        const one = await reader('reader', [tallyGroup('left', { kind: 'once' })]);
        await expect(one.feed.rebuild('left')).rejects.toThrow('never replayed');
      });

      it('is refused while another process reads for the group', async () => {
        const caseId = uuidv7();
        const [one, other] = [await reader('one'), await reader('other')];
        await sleep(600);
        await expect(one.feed.rebuild('left')).rejects.toThrow('another process');
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]); // it went on where it was
        await other.feed.stop();
        await one.feed.rebuild('left');
        await applied(caseId, [1]);
      }, 60_000); // a member that may be dying is waited for
    });

    describe('an event that never came', () => {
      it('is fetched from the log when the next of its case comes, applied first, and an alarm is raised', async () => {
        const [caseId, other] = [uuidv7(), uuidv7()];
        const one = await reader();
        await tell(other, counted(other));
        await applied(other, [1]);
        await harness.lose(caseId, 1, counted(caseId, 5));
        await sleep(300);
        expect(await seqsOf(caseId)).toBeUndefined();
        await tell(caseId, counted(caseId));
        await applied(caseId, [1, 2]);
        expect(one.gaps).toEqual([{ group: 'left', caseId, seqs: [1] }]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1, 2, 3]);
        expect(one.gaps).toHaveLength(1);
      });

      it('is fetched also when what reveals it concerns nobody', async () => {
        const caseId = uuidv7();
        const one = await reader();
        await tell(caseId, counted(caseId), NotedV1(caseId, {}));
        await applied(caseId, [1]);
        await harness.lose(caseId, 3, counted(caseId));
        await tell(caseId, NotedV1(caseId, {}));
        await applied(caseId, [1, 3]);
        expect(one.gaps).toEqual([{ group: 'left', caseId, seqs: [3] }]);
      });

      it('is fetched and alarmed for a group that works outside, too', async () => {
        const caseId = uuidv7();
        const one = await reader('reader', [tallyGroup('left', {
          kind: 'once', reactions: [],
          outward: { on: [CountedV1 as unknown as EventType], work: async ({ events }) => events.map((e) => new Add('left', e.caseId, e.seq, 1)) },
        })]);
        await tell(caseId, counted(caseId));
        await applied(caseId, [1]);
        await harness.lose(caseId, 2, counted(caseId));
        await tell(caseId, counted(caseId));
        await applied(caseId, [1, 2, 3]);
        expect(one.gaps).toEqual([{ group: 'left', caseId, seqs: [2] }]);
      });

      it('and is not on the log either parks its case: nothing is skipped', async () => {
        const caseId = uuidv7();
        const one = await reader();
        await harness.lose(caseId, 1, counted(caseId));
        await harness.lose(caseId, 3, counted(caseId));
        await tell(caseId, counted(caseId));
        await eventuallyHolds(async () => expect(await parked(one.feed)).toEqual([{ caseId, seq: 2, reason: 'event-missing' }]));
        expect(await seqsOf(caseId)).toEqual([1]);
        await harness.lose(caseId, 2, counted(caseId));
        await one.feed.unpark('left', caseId);
        await applied(caseId, upTo(4));
      });

      it('is not suspected where a member has just taken over', async () => {
        const caseId = uuidv7();
        const first = await reader('first');
        await tell(caseId, counted(caseId), NotedV1(caseId, {}), NotedV1(caseId, {}));
        await applied(caseId, [1]);
        await first.feed.stop();
        const next = await reader('next');
        await tell(caseId, counted(caseId));
        await applied(caseId, [1, 4]);
        expect(next.gaps).toEqual([]);
      });
    });

    it('says how many entries each group has still to read', async () => {
      const one = await member('reader', {}, [tallyGroup('left')]);
      const caseId = uuidv7();
      await tell(caseId, counted(caseId));
      await tell(caseId, counted(caseId), counted(caseId));
      expect(await one.feed.lag()).toEqual(new Map([['left', 2]]));
      await one.feed.start();
      await eventually(async () => (await one.feed.lag()).get('left') === 0);
    });
  });
};

/** Which cases a group looked up: those it was offered something of that concerns it. */
const countLoads = (group: Group): { group: Group; cases: () => Set<string> } => {
  const seen = new Set<string>();
  return {
    cases: () => seen,
    group: {
      ...group,
      cursors: {
        load: (unit, caseIds) => {
          for (const caseId of caseIds) seen.add(caseId);
          return group.cursors.load(unit, caseIds);
        },
        advance: (unit, moved) => group.cursors.advance(unit, moved),
      },
    },
  };
};
