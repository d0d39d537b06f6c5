import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, GroupDescription, Kafka } from 'kafkajs';
import type { Envelope } from '#contracts/envelope.js';
import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import type { FeedOptions } from '../dispatch.js';
import type { Group, UnreadableRecord } from '../group.js';
import type { GroupMember } from '../group-feed.js';
import { ParkingDispatch } from '../postgres/parking-dispatch.js';
import { PARTITIONS, UNREAD } from '../postgres/partitions.js';
import { latestOf, type Place } from '../postgres/postgres-history.js';
import { asAdmin } from './client.js';
import { Offsets } from './offsets.js';
import { bookmark, eventsOf, placeOf, readBookmark, Undecodable } from './record.js';
import { originOf, RELAY } from './relay.js';

/** How long the broker waits for a sign of life; a killed member's partitions go to others after it. */
const SESSION_MS = 8000;
/** An idle fetch is answered after this; a stop waits for it. */
const FETCH_WAIT_MS = 250;
/** A reader that has not been answered for so long is not alive, whatever else it says. */
const SILENT_MS = 30_000;
/** How long a stop waits for the broker, once the page under way is done. */
const LEAVE_MS = 2000;
/** What a broker may need, beyond a session, to notice that a member is gone. */
const GONE_MS = 1000;
/** How long the first page after an assignment waits to learn what of it is new. */
const ASK_MS = 3000;
/** How long a member waits before it asks again for a coordinator that was not found. */
const JOIN_AGAIN_MS = 500;
/**
 * After so many pages in a row of which nothing was left to do, a group whose reactions run before the commit rests after each such page, for so long, in
 * milliseconds: only what another process states is waiting for it then.
 */
const [QUIET_PAGES, REST_MS] = [8, 50];
/** A member whose page holds what is older, in milliseconds, is late: it works on what waits and prepares nothing ahead, for that page and so long after it. */
const [LATE_MS, CATCHES_UP_MS] = [300, 500];
/** How far back the log is looked through for the event of a record nobody can read. */
const LOOK_BACK = 1000;

export interface KafkaFeedOptions extends FeedOptions {
  readonly topic?: string;
  /** How long the broker waits for a sign of life of a member; 8 s when absent. */
  readonly sessionTimeoutMs?: number;
  readonly onUnreadable?: (record: UnreadableRecord) => void;
  /** A reader has ended and will not start again by itself: the process must end, so that its supervisor starts another. */
  readonly onFatal: (error: unknown) => void;
}

/** What the broker knew when it assigned partitions. */
interface Assignment {
  /** How long the topic was: records before that may have been worked on by an earlier owner. */
  readonly ends: ReadonlyMap<number, bigint>;
  /** How far into the log the group had read. */
  readonly places: ReadonlyMap<number, Place>;
}
interface Waiting { readonly payload: EachBatchPayload; readonly resolve: () => void; readonly reject: (error: unknown) => void }
/** A record that could not be read, and the first that could be after it. */
interface Unreadable { readonly partition: number; readonly offset: string; readonly part: string; next?: Envelope }

/** The library gives up for good on a group without a coordinator, which a broker may be without for a while after its start. */
const lacksCoordinator = (error: Error): boolean => error.name === 'KafkaJSGroupCoordinatorNotFound' || (error.cause instanceof Error && lacksCoordinator(error.cause));

/** What is promised, or undefined when it takes too long. */
const within = async <T>(ms: number, promised: Promise<T>): Promise<T | undefined> => {
  const waited = new AbortController();
  try {
    return await Promise.race([promised, sleep(ms, undefined, { ref: false, signal: waited.signal }).catch(() => undefined)]);
  } finally {
    waited.abort();
  }
};

/**
 * One group in this process, fed from the topic. Everything one fetch brings, of all partitions, is one page: applied in lists, in order
 * per case, and its offsets are committed a moment after the commit of its effects. The broker assigns the partitions; a member that lost
 * them without knowing is fenced by the cursor of the case, under its lock.
 */
export class KafkaMember implements GroupMember {
  readonly name: string;
  readonly groupId: string;
  private readonly dispatch: ParkingDispatch;
  /** Which log is read; records of another are passed over. */
  private origin = '';
  private consumer: Consumer | undefined;
  private joining: Promise<void> = Promise.resolve();
  private abort = new AbortController();
  private gathered: Waiting[] = [];
  private turn: Promise<void> = Promise.resolve();
  /** The page under way, without the commit of its offsets. */
  private working: Promise<unknown> = Promise.resolve();
  /** Set when partitions were assigned, until the first page after it. */
  private assigned: Promise<Assignment> | undefined;
  private suspectBefore: ReadonlyMap<number, bigint> = new Map();
  private readonly takenOver = new Map<number, Place>();
  /** How far into the log each partition was read. */
  private readonly places = new Map<number, Place>();
  private wakeUp: (() => void) | undefined;
  private ill = false;
  /** So many partitions, by the broker's last word. */
  private assignedNow = 0;
  private lateUntil = -Infinity;
  private readonly offsets: Offsets;
  /** Its reactions are run in this process before the commit of what they react to. */
  private readonly isFused: boolean;
  /** Pages in a row of which nothing was left to do. */
  private quiet = 0;
  private lastAnswer = Date.now();

  constructor(
    group: Group, private readonly db: Database, unitOfWork: UnitOfWork, private readonly clock: Clock,
    private readonly kafka: Kafka, private readonly topic: string, private readonly options: KafkaFeedOptions,
  ) {
    this.name = group.name;
    this.groupId = `${topic}.${group.name}`;
    this.dispatch = new ParkingDispatch(group, db, unitOfWork, clock, options, this.takenOver);
    this.offsets = new Offsets(topic);
    this.isFused = options.applied !== undefined;
  }

  private get sessionMs(): number {
    return this.options.sessionTimeoutMs ?? SESSION_MS;
  }

  get failing(): boolean {
    return this.consumer !== undefined && (this.ill || Date.now() - this.lastAnswer > SILENT_MS);
  }

  /** All or none. As far as it knows, and soon: one that has lost partitions without hearing of it is found out by whoever insists, and by the cursors. */
  get holdsAny(): boolean {
    return this.assignedNow === PARTITIONS && !this.isBehind;
  }

  holds(): boolean {
    return this.holdsAny;
  }

  get isBehind(): boolean {
    return performance.now() < this.lateUntil;
  }

  /** Resolves when it is connected; the broker assigns its partitions soon after. */
  async start(): Promise<void> {
    if (this.consumer) return;
    this.origin = await originOf(this.db);
    await this.dispatch.retryWhatIsKnownNow(this.abort.signal);
    const { signal } = this.abort;
    const sessionTimeout = this.sessionMs;
    const consumer = this.kafka.consumer({
      groupId: this.groupId, sessionTimeout, heartbeatInterval: sessionTimeout / 4, rebalanceTimeout: 30_000, maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: 2_000_000, maxBytesPerPartition: 131_072, allowAutoTopicCreation: false, metadataMaxAge: 10_000,
      retry: { retries: 6, restartOnFailure: async () => !signal.aborted },
    });
    const run = (): void => {
      this.joining = consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: PARTITIONS, eachBatch: (payload) => this.gather(payload, signal) });
      this.joining.catch((error: unknown) => this.options.onFatal(error));
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      this.ill = false;
      this.assignedNow = memberAssignment[this.topic]?.length ?? 0;
      this.offsets.drop();
      this.lastAnswer = Date.now();
      this.assigned = this.look();
    });
    consumer.on(consumer.events.REBALANCING, () => {
      this.assignedNow = 0;
      void this.offsets.flush(); // before it joins anew: whoever gets its partitions begins there
      this.offsets.drop();
    });
    consumer.on(consumer.events.FETCH, () => void (this.lastAnswer = Date.now()));
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      this.assignedNow = 0;
      if (signal.aborted) return;
      this.ill = true;
      this.options.onFailure?.(this.name, error);
      if (restart) return;
      if (lacksCoordinator(error)) setTimeout(() => signal.aborted || run(), JOIN_AGAIN_MS);
      else this.options.onFatal(error);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    this.consumer = consumer;
    this.lastAnswer = Date.now();
    run();
  }

  /** Finishes the page under way and commits the offsets; waits for the broker's goodbye, but not for a broker that is gone. */
  async stop(): Promise<void> {
    const { consumer } = this;
    if (!consumer) return;
    this.abort.abort();
    this.assignedNow = 0;
    this.wakeUp?.();
    const left = (async () => {
      await this.offsets.flush();
      await consumer.disconnect();
      await this.joining; // one that was still joining may have joined after all
      await consumer.disconnect();
    })().catch(() => undefined);
    await this.working.catch(() => undefined);
    await within(LEAVE_MS, left);
    this.offsets.drop();
    this.consumer = undefined;
    this.abort = new AbortController();
  }

  /** What the relay has not yet published, and what it has published since the group's place. */
  async lag(): Promise<number> {
    const rows = await this.db.rows<{ partition: number; published: string; unpublished: string }>(
      `select p::int as partition, coalesce(c.end_offset, 0) published,
        ${UNREAD} unpublished
       from generate_series(0, ${PARTITIONS - 1}) p left join log.checkpoint c on c.partition = p and c.group_name = $1`, [RELAY]);
    const places = await asAdmin(this.kafka, (admin) => admin.fetchOffsets({ groupId: this.groupId, topics: [this.topic] }));
    const read = new Map(places.flatMap(({ partitions }) => partitions).map((p) => [p.partition, Math.max(0, Number(p.offset))]));
    return rows.reduce((sum, r) => sum + Number(r.unpublished) + Math.max(0, Number(r.published) - (read.get(r.partition) ?? 0)), 0);
  }

  unpark(caseId: string): Promise<void> {
    return this.dispatch.unpark(caseId, this.abort.signal);
  }

  /**
   * Places first, rows then: whatever happens between is read again, and dropped by the cursors. A member that has just left or died counts
   * for as long as a session lasts; one that is there for longer is at work.
   */
  async rebuild(): Promise<void> {
    this.dispatch.mustBeRebuildable();
    const wasRunning = this.consumer !== undefined;
    await this.stop();
    try {
      await asAdmin(this.kafka, async (admin) => {
        const ask = async (): Promise<GroupDescription[]> => (await admin.describeGroups([this.groupId])).groups;
        const isRead = (list: readonly GroupDescription[]): boolean => list.some((g) => g.members.length > 0);
        let groups = await ask();
        for (const end = Date.now() + this.sessionMs + GONE_MS; isRead(groups) && Date.now() < end; groups = await ask()) await sleep(100);
        if (isRead(groups)) throw new Error(`another process reads the log for ${this.name} too: stop it there, then rebuild`);
        const begun = (await admin.fetchTopicOffsets(this.topic)).filter((o) => o.low !== '0');
        if (begun.length > 0) throw new Error(`the topic ${this.topic} no longer begins with the first event: wipe it, make it again with \`npm run topics\`, and let the relay fill it`);
        if (groups.some((g) => g.state !== 'Dead')) await admin.deleteGroups([this.groupId]);
      });
      await this.dispatch.reset();
    } finally {
      if (wasRunning) await this.start();
    }
  }

  private async look(): Promise<Assignment> {
    const asked = asAdmin(this.kafka, async (admin) => ({
      ends: await admin.fetchTopicOffsets(this.topic), read: (await admin.fetchOffsets({ groupId: this.groupId, topics: [this.topic] })).flatMap((t) => t.partitions),
    })).catch(() => undefined);
    const answer = await within(ASK_MS, asked);
    // If it cannot be told, any of it may have been worked on.
    if (!answer) return { ends: new Map(Array.from({ length: PARTITIONS }, (_, p) => [p, 2n ** 63n])), places: new Map() };
    const places = answer.read.map(({ partition, metadata }) => [partition, readBookmark(metadata, this.origin)] as const);
    return { ends: new Map(answer.ends.map((o) => [o.partition, BigInt(o.high)])), places: new Map(places.filter((p): p is readonly [number, Place] => p[1] !== undefined)) };
  }

  private async takeOver(assigned: Promise<Assignment>): Promise<void> {
    await this.dispatch.takeOver();
    const { ends, places } = await assigned;
    this.suspectBefore = ends;
    for (const known of [this.takenOver, this.places]) {
      known.clear();
      for (const [partition, place] of places) known.set(partition, place);
    }
    if (this.assigned === assigned) this.assigned = undefined;
  }

  /** The library hands over each partition of a fetch by itself, all in the same turn: they are put together again. */
  private gather(payload: EachBatchPayload, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.gathered.push({ payload, resolve, reject });
      if (this.gathered.length > 1) return;
      setImmediate(() => {
        const page = this.gathered;
        this.gathered = [];
        this.turn = this.turn.then(() => this.settle(page, signal));
      });
    });
  }

  private async settle(page: readonly Waiting[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      for (const { resolve } of page) resolve();
      return;
    }
    const { heartbeat } = page[0]!.payload;
    let lost: unknown;
    const pulse = setInterval(() => {
      this.lastAnswer = Date.now();
      heartbeat().catch((error: unknown) => {
        lost ??= error;
        this.wakeUp?.();
      });
    }, this.sessionMs / 8);
    try {
      this.offsets.check();
      const batches = page.map(({ payload }) => payload);
      const working = this.work(batches, () => lost);
      this.working = working;
      if (await working) {
        this.moveOn(batches);
        if (this.isStopping()) await this.offsets.flush();
        else if (this.isFused && this.quiet >= QUIET_PAGES) await this.pause(REST_MS);
      }
      for (const { resolve } of page) resolve();
    } catch (error) {
      for (const { reject } of page) reject(error); // the library joins the group again, and reads from the committed offsets
    } finally {
      clearInterval(pulse);
    }
  }

  /** Answers false when it was told to stop before it was done; throws when the membership is lost and nothing was done. */
  private async work(batches: readonly EachBatchPayload[], lost: () => unknown): Promise<boolean> {
    for (let [backOff, again] = [100, false]; ; [backOff, again] = [Math.min(backOff * 2, 5000), true]) {
      try {
        await this.apply(batches, again);
        this.ill = false;
        return true;
      } catch (error) {
        // Systemic: stop, back off, never skip, and stay a member meanwhile.
        if (this.isStopping()) return false;
        this.ill = true;
        this.options.onFailure?.(this.name, error);
        if (lost() === undefined) await this.pause(backOff);
        if (this.isStopping()) return false;
        if (lost() !== undefined) throw lost() as Error;
      }
    }
  }

  private async apply(batches: readonly EachBatchPayload[], again: boolean): Promise<void> {
    if (this.assigned) await this.takeOver(this.assigned);
    const [suspect, fresh, unreadable]: [Envelope[], Envelope[], Unreadable[]] = [[], [], []];
    for (const { batch: { partition, messages } } of batches) {
      const pending: Unreadable[] = [];
      for (const message of messages) {
        try {
          const events = eventsOf(message, this.origin);
          if (events.length === 0) continue;
          const at = placeOf(message);
          if (at) this.places.set(partition, at);
          for (const one of pending.splice(0)) one.next = events[0]!;
          (again || BigInt(message.offset) < (this.suspectBefore.get(partition) ?? 0n) ? suspect : fresh).push(...events);
        } catch (error) {
          if (!(error instanceof Undecodable)) throw error;
          const one: Unreadable = { partition, offset: message.offset, part: error.part };
          unreadable.push(one);
          pending.push(one);
        }
      }
    }
    const oldest = fresh[0] ?? suspect[0];
    if (oldest && this.clock.now() - Date.parse(oldest.time) > LATE_MS) this.lateUntil = performance.now() + CATCHES_UP_MS;
    suspect.unshift(...(await this.instead(unreadable)));
    let idle = true;
    for (const [page, redelivered] of [[suspect, true], [fresh, false]] as const) {
      if (page.length > 0) idle = (await this.dispatch.apply(page, { redelivered, signal: this.abort.signal })).isIdle && idle;
    }
    this.quiet = idle ? this.quiet + 1 : 0;
  }

  /**
   * Notes records nobody can read, and answers the events that stood about there in the log, theirs among them: what was applied is
   * dropped, what is early is only early. Should it have stood further back, the next event of its case reveals it.
   */
  private async instead(unreadable: readonly Unreadable[]): Promise<readonly Envelope[]> {
    const events: Envelope[] = [];
    for (const { partition, offset, part, next } of unreadable) {
      const known = await this.db.rows(
        'insert into log.unreadable (group_name, topic, partition, record_offset, part, since) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning partition',
        [this.name, this.topic, partition, offset, part, this.clock.now()]);
      if (known.length > 0) this.options.onUnreadable?.({ group: this.name, topic: this.topic, partition, offset, part });
      events.push(...(await latestOf(this.db, partition, next, LOOK_BACK)));
    }
    return events;
  }

  private moveOn(batches: readonly EachBatchPayload[]): void {
    const places = batches.map(({ batch }) => {
      const at = this.places.get(batch.partition);
      return { partition: batch.partition, offset: String(BigInt(batch.lastOffset()) + 1n), ...(at && { metadata: bookmark(this.origin, at) }) };
    });
    this.offsets.move(places, batches[0]!.commitOffsetsIfNecessary);
    for (const { batch, resolveOffset } of batches) resolveOffset(batch.lastOffset());
  }

  private isStopping(): boolean {
    return this.abort.signal.aborted;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakeUp = done;
      if (this.isStopping()) done();
    });
  }
}
