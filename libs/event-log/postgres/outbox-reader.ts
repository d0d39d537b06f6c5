import type { Envelope } from '#contracts/envelope.js';
import { ask, type Database, type Session } from '#libs/persistence/index.js';
import { ATTENDANCE } from './attendance.js';
import type { Commit } from './outbox.js';
import { OwnCommits } from './own-commits.js';
import { anOrder, PARTITIONS, partitionOfCase, UNREAD } from './partitions.js';
import type { Bell, EntryRow, Place as LogPlace } from './postgres-history.js';

const IDLE_MS = 1000;
const BALANCE_MS = 500;
const SAVE_MS = 500;
/** How long what was handed over may wait to be read as well. */
const READ_MS = 500;
/** How long the next page of a backlog gives way at the most, and how often is looked whether it still has to. */
const GIVES_WAY_MS = 200;
const LOOKS_MS = 2;
/** Entries of a page that concern the group. Of a backlog a larger one would be worked on by hardly fewer statements a case, but each of its steps would wait for all of them. */
const PAGE = 128;
/** Of a page at the most, however few concern the group. */
const MOST = 1024;
/** Of a page that is only copied. */
const COPIED = 4096;
/** Events that wait to be worked on in memory; what comes then is read. */
const HANDED = 4096;

/** How far a partition was read; `endOffset` is what a copier also remembers: how long its copy was then. */
export interface Place extends LogPlace { readonly endOffset?: string | undefined }
export interface FeedRow extends EntryRow, LogPlace { partition: number }

/** What comes after a place, and in which order. */
export interface After { readonly where: string; readonly order: string }
/** Only transactions before every open one, so that none can still commit between. */
const FENCED: After = { where: '(e.txid, e.position) > (p.txid, p.position) and e.txid < pg_snapshot_xmin(pg_current_snapshot())', order: 'e.txid, e.position' };

/** The next page of every partition owned. */
const pageOf = (data: string, { where, order }: After): string => `
  select e.case_id, e.seq, e.events, e.types, e.at, ${data} as data, e.traceparent, p.partition, e.txid::text txid, e.position::text as position
  from unnest($1::smallint[], $2::xid8[], $3::bigint[]) as p(partition, txid, position)
  cross join lateral (select * from log.entry e where e.partition = p.partition and ${where} order by ${order} limit $4) e order by p.partition, ${order}`;
/** Of entries with a type that is asked for. */
const WANTED = `case when $5::text is null or string_to_array(e.types, ',') && string_to_array($5, ',') then e.data end`;
/** As it is written. */
const WHOLE = 'e.data::text';

const AFTER_PLACES = `e.partition = p.partition and (e.txid, e.position) > (p.txid, p.position) and e.txid <= $4::xid8 and e.txid < pg_snapshot_xmin(now)`;
/**
 * Which transactions have entries after these places, of those up to $4 and before every open one. Null where the first of a partition is none of $5: then there is
 * something to read, perhaps a backlog, and the rest is not gone through. "offset 0" keeps the planner from joining the places with all there is before $4,
 * as it does while it holds the log for small.
 */
export const BETWEEN = `
  select pg_snapshot_xmin(now)::text fence, case when not exists (
    select from unnest($1::smallint[], $2::xid8[], $3::bigint[]) as p(partition, txid, position)
    cross join lateral (select e.txid from log.entry e where ${AFTER_PLACES} order by e.txid, e.position limit 1) e
    where e.txid <> all ($5::xid8[])
  ) then array(
    select distinct e.txid from unnest($1::smallint[], $2::xid8[], $3::bigint[]) as p(partition, txid, position)
    cross join lateral (select e.txid from log.entry e where ${AFTER_PLACES} offset 0) e
  )::text[] end txids
  from pg_current_snapshot() now`;
/** After every event of its transaction. */
const LAST = '9223372036854775807';

/** What is done with what is read. Whatever throws here is systemic: nothing of the page counts as done, and it is read again. */
export interface PageWork {
  /** New partitions: what is remembered of them is void. Answers their places where they are not as they were saved. */
  taken(places: ReadonlyMap<number, Place>): Promise<ReadonlyMap<number, Place> | undefined>;
  /** Answers, for a copier, how long its copy of each partition is now. */
  page(rows: readonly FeedRow[], on: { readonly session: Session; readonly suspectBefore: bigint }): Promise<ReadonlyMap<number, string> | undefined>;
  /**
   * What this process has just committed of cases in the partitions held, in memory; in the log it is passed by, later. Only what was committed since they are
   * held: no earlier owner can have worked on that. Answers false where some of it was left to the reading.
   */
  handed?(events: readonly Envelope[], on: { readonly session: Session }): Promise<boolean>;
  /** It was handed over and is done with: it need not be read. */
  hasSeen?(caseId: string, seq: number): boolean;
  /** The session is lost or given back. */
  left?(): Promise<void>;
}

export interface OutboxReaderOptions {
  /** Entries of one partition in a page; an equal share of a page when absent. */
  readonly pageSize?: number | undefined;
  readonly after?: After | undefined;
  /** The types whose data is read; of every type when absent. */
  readonly wanted?: Iterable<string> | undefined;
  /** In which order partitions are taken and kept; some order when absent. */
  readonly order?: readonly number[] | undefined;
  /** Kept up to date: where this member began in each partition it holds. */
  readonly takenOver?: Map<number, Place>;
  /** The work copies the log: it is given data as text, and how long its copy is, is kept with each place. */
  readonly copies?: boolean;
  /** While it says so, the next page of a backlog waits a while. */
  readonly givesWay?: (() => boolean) | undefined;
  readonly onFailure?: ((name: string, error: unknown) => void) | undefined;
}

/**
 * Reads the outbox itself, fenced, as one of the members that share its partitions: each is held by a session advisory lock, so
 * that who loses its session has lost them.
 */
export class OutboxReader {
  private readonly lockKey: number;
  private session: Session | undefined;
  private readonly places = new Map<number, Place>();
  private readonly takenOver: Map<number, Place>;
  private readonly moved = new Set<number>();
  /** This transaction and those after it were not committed when the partitions were taken: an earlier owner may have worked on events of others, and on none of theirs. */
  private suspectBefore = 0n;
  private abort = new AbortController();
  private loop: Promise<void> | undefined;
  /** There is something to read. */
  private rung = false;
  /** The last page may not have been all there is. */
  private more = false;
  /** So many that, by the last page, PAGE of the next are of types that are wanted. */
  private pageSize = PAGE;
  private handed: Envelope[] = [];
  private readonly own = new OwnCommits();
  private lastRead = 0;
  private lastWorked = 0;
  private wakeUp: (() => void) | undefined;
  private lastBalance = 0;
  private lastSave = 0;
  private readonly copies: boolean;
  private readonly order: readonly number[];
  private readonly wanted: string | null;
  failing = false;

  constructor(readonly name: string, private readonly db: Database, private readonly bell: Bell, private readonly work: PageWork, private readonly options: OutboxReaderOptions) {
    this.copies = options.copies ?? false;
    this.order = options.order ?? anOrder();
    this.takenOver = options.takenOver ?? new Map<number, Place>();
    this.wanted = options.wanted ? [...options.wanted].join(',') : null;
    this.lockKey = Buffer.from(name).reduce((h, byte) => (Math.imul(h, 31) + byte) | 0, 7);
  }

  /** Aborted when it is told to stop; a new one for its next start. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get isStarted(): boolean {
    return this.loop !== undefined;
  }

  /** Resolves when it has asked for its share of the partitions once: alone, it is handed what its process commits from then on. */
  async start(): Promise<void> {
    if (this.loop) return;
    const stopListening = this.bell.onWake((commit, partitions) => {
      if (commit ? this.hear(commit) : this.hearOf(partitions)) this.wakeUp?.();
    });
    await new Promise<void>((hasAsked) => {
      this.loop = this.run(hasAsked).finally(stopListening);
    });
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.wakeUp?.();
    await this.loop;
    this.loop = undefined;
    this.abort = new AbortController();
  }

  /** Entries not yet read, by any member. */
  async lag(): Promise<number> {
    const [row] = await this.db.rows<{ n: string }>(
      `select sum(${UNREAD}) n from generate_series(0, ${PARTITIONS - 1}) p left join log.checkpoint c on c.partition = p and c.group_name = $1`, [this.name],
    );
    return Number(row?.n ?? 0);
  }

  /** Runs while no member of any process reads under this name; throws when one does. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const guard = await this.db.connect();
    try {
      const { rows } = await guard.query<{ alone: boolean }>('select pg_try_advisory_lock($1, $2) alone', [this.lockKey, ATTENDANCE]);
      if (!rows[0]!.alone) throw new Error(`another process reads the log for ${this.name} too: stop it there, then rebuild`);
      return await work();
    } finally {
      await guard.query('select pg_advisory_unlock_all()');
      guard.release();
    }
  }

  /** What this process has just committed. Answers whether there is something to do. */
  private hear({ events, txid }: Commit): boolean {
    const held = this.places.size === PARTITIONS ? events : events.filter((e) => this.places.has(partitionOfCase(e.caseId)));
    if (held.length === 0) return false;
    if (this.holdsAny && BigInt(txid) >= this.suspectBefore && this.handed.length + held.length <= HANDED) {
      this.handed.push(...held);
      this.own.add({ events: held, txid });
    } else this.rung = true;
    return true;
  }

  /** What others have committed there. */
  private hearOf(partitions: ReadonlySet<number> | undefined): boolean {
    if (partitions && !this.order.some((p) => partitions.has(p) && this.places.has(p))) return false;
    this.rung = true;
    return true;
  }

  private isStopping(): boolean {
    return this.abort.signal.aborted;
  }

  private async run(hasAsked: () => void): Promise<void> {
    let backOff = 100;
    while (!this.isStopping()) {
      try {
        await this.attend().finally(hasAsked);
        const worked = await this.workOnHanded();
        const found = this.isToRead() && (await this.readAndWork());
        this.failing = false;
        backOff = 100;
        if (!worked && !found) await this.idle();
      } catch (error) {
        if (this.isStopping()) break;
        // Systemic: stop, back off, never skip. The session may be gone; a new one starts from the saved places.
        this.failing = true;
        this.options.onFailure?.(this.name, error);
        await this.letGo(error as Error);
        await this.sleep(backOff);
        backOff = Math.min(backOff * 2, 5000);
      }
    }
    try {
      await this.savePlaces();
      await this.session?.query('select pg_advisory_unlock_all()');
      await this.letGo();
    } catch (error) {
      await this.letGo(error as Error);
    }
  }

  /** What this process commits of some cases is handed to this member, unless too much waits already. */
  get holdsAny(): boolean {
    return this.work.handed !== undefined && this.places.size > 0;
  }

  /** Of this case too. */
  holds(caseId: string): boolean {
    return this.holdsAny && (this.places.size === PARTITIONS || this.places.has(partitionOfCase(caseId)));
  }

  /** Events handed over that nobody has begun with. */
  get waiting(): number {
    return this.handed.length;
  }

  /** Answers whether there was anything. */
  private async workOnHanded(): Promise<boolean> {
    if (this.handed.length === 0) return false;
    const events = this.handed;
    this.handed = [];
    this.lastWorked = Date.now();
    if (!(await this.work.handed!(events, { session: this.session! }))) this.rung = true;
    return true;
  }

  /** What is handed over goes first, for a while. */
  private isToRead(): boolean {
    return this.rung || this.hasMore || Date.now() - this.lastRead >= (this.handed.length > 0 ? 2 * READ_MS : READ_MS);
  }

  private get hasMore(): boolean {
    return this.more && (this.options.givesWay?.() !== true || Date.now() - this.lastRead >= GIVES_WAY_MS);
  }

  /** One page of everything owned. Answers whether there was one, and then there may be another. */
  private async readAndWork(): Promise<boolean> {
    if (this.places.size === 0) return false;
    const woken = this.rung;
    const rung = () => woken || this.rung;
    this.rung = false;
    this.lastRead = Date.now();
    // Whoever was rung for by another process has something to read; and so has who read a full page.
    if (!woken && (await this.passBy()) && !this.more) { // of others at the most what came after it, and that rings or is found the next time
      if (Date.now() - this.lastSave > SAVE_MS) await this.savePlaces();
      return false;
    }
    let rows = await this.read();
    // Any open writing transaction hides later events behind the fence: after a ring, look again shortly.
    for (const wait of [2, 4, 8]) {
      if (rows.length > 0 || !rung()) break;
      if (this.handed.length > 0) {
        this.rung = true;
        break;
      }
      await new Promise((r) => setTimeout(r, wait));
      rows = await this.read();
    }
    this.more = rows.length > 0 && (woken || rows.length >= this.limit);
    if (rows.length === 0) return false;
    this.pageSize = Math.min(MOST, Math.ceil((PAGE * rows.length) / Math.max(1, rows.filter((row) => row.data !== null).length)));
    const ends = await this.work.page(rows, { session: this.session!, suspectBefore: this.suspectBefore });
    for (const [i, { partition, txid, position }] of rows.entries()) {
      if (rows[i + 1]?.partition === partition) continue;
      this.places.set(partition, { txid, position, endOffset: ends?.get(partition) });
      this.moved.add(partition);
    }
    if (Date.now() - this.lastSave > SAVE_MS) await this.savePlaces();
    return true;
  }

  /** Of each partition. */
  private get limit(): number {
    return this.options.pageSize ?? Math.ceil((this.copies ? COPIED : this.pageSize) / Math.max(1, this.places.size));
  }

  /**
   * Moves on past what this process has committed, handed over and done with, up to the first transaction that is not its own: its own need not be read.
   * Answers false where another's lies between, or may lie.
   */
  private async passBy(): Promise<boolean> {
    const done = this.own.doneWith((caseId, seq) => this.work.hasSeen?.(caseId, seq) === true);
    if (done.length === 0) return false;
    const { rows: [found] } = await ask<{ fence: string; txids: string[] | null }>(this.session!, {
      name: 'feed_between', text: BETWEEN, values: [...this.placesOwned(), String(done.at(-1)), `{${done.join(',')}}`],
    });
    if (!found!.txids) return false;
    const own = new Set(done);
    const others = found!.txids.map(BigInt).filter((txid) => !own.has(txid));
    const end = others.reduce((first, txid) => (txid < first ? txid : first), BigInt(found!.fence));
    const upTo = done.findLast((txid) => txid < end);
    if (upTo === undefined) return false;
    for (const [partition, { txid }] of this.places) {
      if (BigInt(txid) > upTo) continue;
      this.places.set(partition, { txid: String(upTo), position: LAST });
      this.moved.add(partition);
    }
    this.own.dropUpTo(upTo);
    return others.length === 0;
  }

  private async read(): Promise<FeedRow[]> {
    const [after, values] = [this.options.after ?? FENCED, [...this.placesOwned(), this.limit]];
    const page = this.copies ? { name: 'copy_read', text: pageOf(WHOLE, after), values } : { name: 'feed_read', text: pageOf(WANTED, after), values: [...values, this.wanted] };
    return (await ask<FeedRow>(this.session!, page)).rows;
  }

  /** As three lists of the same length. */
  private placesOwned(): readonly string[] {
    const owned = [...this.places];
    return [`{${owned.map(([p]) => p).join(',')}}`, `{${owned.map(([, at]) => at.txid).join(',')}}`, `{${owned.map(([, at]) => at.position).join(',')}}`];
  }

  /** Holds a session and a fair share of the partitions: all of them divided by the members present. */
  private async attend(): Promise<void> {
    if (this.session && Date.now() - this.lastBalance < BALANCE_MS) return;
    this.lastBalance = Date.now();
    if (!this.session) {
      this.session = await this.db.connect();
      await this.session.query('select pg_advisory_lock_shared($1, $2)', [this.lockKey, ATTENDANCE]);
    }
    const members = await this.present(this.session);
    const share = Math.ceil(PARTITIONS / members);
    if (this.places.size > share) {
      await this.savePlaces();
      const given = this.order.filter((p) => this.places.has(p)).slice(share);
      // Before anybody else can have them: what was handed over of theirs is not begun with here any more.
      for (const partition of given) {
        this.places.delete(partition);
        this.takenOver.delete(partition);
      }
      this.leaveToReading();
      for (const partition of given) await this.session.query('select pg_advisory_unlock($1, $2)', [this.lockKey, partition]);
    } else if (this.places.size < share) {
      const got: number[] = [];
      for (const partition of this.order) {
        if (this.places.has(partition)) continue;
        if (this.places.size + got.length >= share) break;
        const lock = await this.session.query<{ ok: boolean }>('select pg_try_advisory_lock($1, $2) ok', [this.lockKey, partition]);
        if (lock.rows[0]!.ok) got.push(partition);
      }
      if (got.length > 0) await this.take(got);
    }
  }

  /** How many members there are. One alone is told so by the lock that all share: it can have it for itself. */
  private async present(session: Session): Promise<number> {
    const [{ alone } = { alone: false }] = (await ask<{ alone: boolean }>(session, {
      name: 'feed_alone', text: 'select case when pg_try_advisory_lock($1, $2) then pg_advisory_unlock($1, $2) else false end alone', values: [this.lockKey, ATTENDANCE],
    })).rows;
    if (alone) return 1;
    const { rows } = await session.query<{ n: string }>(
      `select count(*) n from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = ($1::bigint & 4294967295)::oid and objid = $2 and granted
       and database = (select oid from pg_database where datname = current_database())`, [this.lockKey, ATTENDANCE]);
    return Math.max(1, Number(rows[0]!.n));
  }

  private async take(partitions: readonly number[]): Promise<void> {
    const saved = await this.session!.query<{ partition: number; txid: string; position: string; end_offset?: string | null }>(
      `select partition, txid::text txid, position::text as position${this.copies ? ', end_offset' : ''} from log.checkpoint where group_name = $1 and partition = any($2::smallint[])`, [this.name, `{${partitions.join(',')}}`]);
    const bySaved = new Map(saved.rows.map((r) => [r.partition, { txid: r.txid, position: r.position, endOffset: r.end_offset ?? undefined }]));
    const places = new Map<number, Place>(partitions.map((p) => [p, bySaved.get(p) ?? FIRST]));
    const [now] = (await this.session!.query<{ xmax: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text xmax')).rows;
    const corrected = await this.work.taken(places);
    for (const [partition, place] of [...places, ...(corrected ?? [])]) {
      this.places.set(partition, place);
      this.takenOver.set(partition, place);
    }
    this.suspectBefore = BigInt(now!.xmax);
    this.leaveToReading();
  }

  private leaveToReading(): void {
    this.handed = [];
    this.own.clear();
    this.rung = true;
  }

  /** Places are saved now and then: the cursors under the cases' locks make a second reading harmless. */
  private async savePlaces(): Promise<void> {
    this.lastSave = Date.now();
    if (this.moved.size === 0 || !this.session) return;
    const list = [...this.moved].filter((p) => this.places.has(p)).map((p) => [p, this.places.get(p)!] as const);
    this.moved.clear();
    await ask(this.session, {
      name: this.copies ? 'copy_save' : 'feed_save',
      text: `insert into log.checkpoint (group_name, partition, txid, position${this.copies ? ', end_offset' : ''})
             select $1, * from unnest($2::smallint[], $3::xid8[], $4::bigint[]${this.copies ? ', $5::bigint[]' : ''})
             on conflict (group_name, partition) do update set txid = excluded.txid, position = excluded.position${this.copies ? ', end_offset = excluded.end_offset' : ''}`,
      values: [this.name, `{${list.map(([p]) => p).join(',')}}`, `{${list.map(([, at]) => at.txid).join(',')}}`, `{${list.map(([, at]) => at.position).join(',')}}`,
        ...(this.copies ? [`{${list.map(([, at]) => at.endOffset ?? 'null').join(',')}}`] : [])],
    });
  }

  private async idle(): Promise<void> {
    if (this.rung || this.hasMore || this.handed.length > 0 || this.isStopping()) return;
    const now = Date.now();
    if (this.more) {
      await this.sleep(LOOKS_MS);
      return;
    }
    if (this.moved.size > 0) {
      if (await this.sleep(Math.max(1, SAVE_MS - (now - this.lastSave))) === 'timeout') await this.savePlaces();
      return;
    }
    await this.sleep(this.places.size === 0 ? 50 : this.lastWorked > this.lastRead ? Math.max(1, READ_MS - (now - this.lastRead)) : Math.min(IDLE_MS, BALANCE_MS));
  }

  private sleep(ms: number): Promise<'woken' | 'timeout'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done('timeout'), ms);
      const wake = () => done('woken');
      const done = (why: 'woken' | 'timeout') => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve(why);
      };
      this.wakeUp = wake;
      if (this.isStopping()) done('woken');
    });
  }

  private async letGo(broken?: Error): Promise<void> {
    this.session?.release(broken);
    this.session = undefined;
    this.places.clear();
    this.takenOver.clear();
    this.moved.clear();
    this.lastBalance = 0;
    this.leaveToReading();
    await this.work.left?.();
  }
}

/** Before the first event. */
export const FIRST: Place = { txid: '0', position: '-1' };
