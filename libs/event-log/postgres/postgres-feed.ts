import type { PoolClient } from 'pg';
import type { Envelope } from '#contracts/envelope.js';
import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import { Decoder } from '../decode.js';
import { FusedReactions, GroupDispatch, type Stuck } from '../dispatch.js';
import { Feed, type Group, type ParkedCase } from '../group.js';
import { toEnvelope, type Bell, type EventRow } from './postgres-history.js';

export const PARTITIONS = 64;
const IDLE_MS = 1000;
const BALANCE_MS = 500;
const SAVE_MS = 250;
const ATTENDANCE = 1000; // the second key of the shared lock every member of a group holds

interface Place { txid: string; position: string }
interface FeedRow extends EventRow { partition: number; txid: string; position: string }

/** What a restored cluster's log looks like: its transaction ids are ahead of the cluster's own, and the fence would lose events. */
export class LogNeedsRebase extends Error {
  override readonly name = 'LogNeedsRebase';
  constructor() {
    super('this database was restored from a copy: its log is numbered ahead of the cluster. Run `npm run log:rebase` once, then start again');
  }
}

export const assertNotRestored = async (db: Database): Promise<void> => {
  const [row] = await db.rows<{ ahead: boolean }>(
    `select coalesce(max(e.txid) >= pg_snapshot_xmax(pg_current_snapshot()), false) ahead from generate_series(0, ${PARTITIONS - 1}) p
     cross join lateral (select txid from log.event where partition = p order by txid desc limit 1) e`,
  );
  if (row?.ahead === true) throw new LogNeedsRebase();
};

/** Old transaction ids become 0, and every checkpoint the place before its first unread event. Needs the owner's role. */
export const rebaseLog = async (db: Database): Promise<void> => {
  const client = await db.connect();
  try {
    await client.query('begin');
    await client.query('lock table log.event, log.checkpoint in exclusive mode');
    await client.query(`
      update log.checkpoint c set txid = '0', position = coalesce(
        (select min(e.position) - 1 from log.event e where e.partition = c.partition and (e.txid, e.position) > (c.txid, c.position)),
        (select max(e.position) from log.event e where e.partition = c.partition), 0)`);
    await client.query(`update log.event set txid = '0' where txid <> '0'`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
};

export interface FeedOptions {
  /** Events of one partition in a page. */
  readonly pageSize?: number;
  readonly onFailure?: (group: string, error: unknown) => void;
}

/** The embedded binding: reads the outbox itself, fenced; members share partitions by session locks and run their transactions on that session. */
export class PostgresFeed extends Feed {
  private readonly runners = new Map<string, GroupRunner>();
  readonly fused = new FusedReactions();
  private running = false;

  constructor(private readonly db: Database, private readonly unitOfWork: UnitOfWork, private readonly bell: Bell, private readonly clock: Clock, private readonly options: FeedOptions = {}) {
    super();
  }

  subscribe(group: Group): void {
    if (this.runners.has(group.name)) throw new Error(`two groups are called ${group.name}`);
    this.runners.set(group.name, new GroupRunner(group, this.db, this.unitOfWork, this.bell, this.clock, this.options));
    this.fused.add(group);
    if (this.running) void this.runners.get(group.name)!.start();
  }

  async start(): Promise<void> {
    await assertNotRestored(this.db);
    await this.bell.start();
    this.running = true;
    await Promise.all([...this.runners.values()].map((r) => r.start()));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all([...this.runners.values()].map((r) => r.stop()));
    await this.bell.stop();
  }

  async parked(): Promise<readonly ParkedCase[]> {
    const rows = await this.db.rows<{ group_name: string; case_id: string; seq: number; reason: string; since: string }>('select group_name, case_id, seq, reason, since from log.parked order by since');
    return rows.map((r) => ({ group: r.group_name, caseId: r.case_id, seq: r.seq, reason: r.reason, since: Number(r.since) }));
  }

  unpark(group: string, caseId: string): Promise<void> {
    return this.runner(group).unpark(caseId);
  }

  rebuild(group: string): Promise<void> {
    return this.runner(group).rebuild();
  }

  async lag(): Promise<ReadonlyMap<string, number>> {
    const lag = new Map<string, number>();
    for (const runner of this.runners.values()) lag.set(runner.name, await runner.lag());
    return lag;
  }

  /** Which groups are stopped by a systemic failure, for readiness. */
  failing(): readonly string[] {
    return [...this.runners.values()].filter((r) => r.failing).map((r) => r.name);
  }

  private runner(group: string): GroupRunner {
    const runner = this.runners.get(group);
    if (!runner) throw new Error(`no group is called ${group}`);
    return runner;
  }
}

const READ = `
  select e.case_id, e.seq, e.type, e.at, e.data, p.partition, e.txid::text txid, e.position::text as position
  from unnest($1::smallint[], $2::xid8[], $3::bigint[]) as p(partition, txid, position)
  cross join lateral (
    select * from log.event e where e.partition = p.partition and (e.txid, e.position) > (p.txid, p.position) and e.txid < pg_snapshot_xmin(pg_current_snapshot())
    order by e.txid, e.position limit $4
  ) e order by p.partition, e.txid, e.position`;

class GroupRunner {
  readonly name: string;
  private readonly dispatch: GroupDispatch;
  private readonly lockKey: number;
  private session: PoolClient | undefined;
  private readonly places = new Map<number, Place>();
  private readonly moved = new Set<number>();
  private readonly parkedCases = new Set<string>();
  /** Events of transactions before this one may have been worked on by an earlier owner. */
  private suspectBefore = 0n;
  private abort = new AbortController();
  private loop: Promise<void> | undefined;
  private rung = false;
  private wakeUp: (() => void) | undefined;
  private lastBalance = 0;
  private lastSave = 0;
  failing = false;

  constructor(
    private readonly group: Group, private readonly db: Database, private readonly unitOfWork: UnitOfWork, private readonly bell: Bell,
    private readonly clock: Clock, private readonly options: FeedOptions,
  ) {
    this.name = group.name;
    this.dispatch = new GroupDispatch(group, unitOfWork);
    this.lockKey = [...group.name].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) | 0, 7);
  }

  async start(): Promise<void> {
    if (this.loop) return;
    this.abort = new AbortController();
    await this.retryWhatIsKnownNow();
    const stopListening = this.bell.onWake(() => {
      this.rung = true;
      this.wakeUp?.();
    });
    this.loop = this.run().finally(stopListening);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.wakeUp?.();
    await this.loop;
    this.loop = undefined;
  }

  async lag(): Promise<number> {
    const [row] = await this.db.rows<{ n: string }>(
      `select count(*) n from generate_series(0, ${PARTITIONS - 1}) p left join log.checkpoint c on c.partition = p and c.group_name = $1
       join log.event e on e.partition = p and (e.txid, e.position) > (coalesce(c.txid, '0'::xid8), coalesce(c.position, -1))`, [this.name],
    );
    return Number(row?.n ?? 0);
  }

  async unpark(caseId: string): Promise<void> {
    await this.db.rows('delete from log.parked where group_name = $1 and case_id = $2', [this.name, caseId]);
    this.parkedCases.delete(caseId);
    await this.replay(caseId);
  }

  async rebuild(): Promise<void> {
    if (this.group.kind !== 'rebuildable' || !this.group.reset) throw new Error(`${this.name} has effects outside this system and is never replayed`);
    const wasRunning = this.loop !== undefined;
    await this.stop();
    await this.unitOfWork.join([], async (unit) => {
      await this.group.reset!(unit);
      unit.tx.write('delete from log.checkpoint where group_name = $1', [this.name]);
      unit.tx.write('delete from log.parked where group_name = $1', [this.name]);
    });
    if (wasRunning) await this.start();
  }

  /** A case parked for a type this build has learnt since is offered again. */
  private async retryWhatIsKnownNow(): Promise<void> {
    const decoder = new Decoder();
    const rows = await this.db.rows<{ case_id: string; reason: string; type: string | null }>(
      'select p.case_id, p.reason, e.type from log.parked p left join log.event e using (case_id, seq) where p.group_name = $1', [this.name]);
    for (const row of rows) {
      if (row.type !== null && ['unknown-type', 'unknown-version'].includes(row.reason) && decoder.knows(row.type)) await this.unpark(row.case_id);
      else this.parkedCases.add(row.case_id);
    }
  }

  private async replay(caseId: string): Promise<void> {
    const rows = await this.db.rows<EventRow>('select case_id, seq, type, at, data from log.event where case_id = $1 order by seq', [caseId]);
    await this.park(await this.dispatch.apply(rows.map(toEnvelope), { redelivered: true, signal: this.abort.signal }));
  }

  private async run(): Promise<void> {
    let backOff = 100;
    while (!this.abort.signal.aborted) {
      try {
        await this.attend();
        const found = await this.readAndApply();
        this.failing = false;
        backOff = 100;
        if (!found) await this.idle();
      } catch (error) {
        if (this.abort.signal.aborted) break;
        // Systemic: stop, back off, never skip. The session may be gone; a new one starts from the saved places.
        this.failing = true;
        this.options.onFailure?.(this.name, error);
        this.letGo(error as Error);
        await this.sleep(backOff);
        backOff = Math.min(backOff * 2, 5000);
      }
    }
    try {
      await this.savePlaces();
      await this.session?.query('select pg_advisory_unlock_all()');
      this.letGo();
    } catch (error) {
      this.letGo(error as Error);
    }
  }

  /** One page of everything owned. Answers whether there was one. */
  private async readAndApply(): Promise<boolean> {
    if (this.places.size === 0) return false;
    this.rung = false;
    let rows = await this.read();
    // Any open writing transaction hides later events behind the fence: after a ring, look again shortly.
    for (const wait of [2, 4, 8]) {
      if (rows.length > 0 || !this.rung) break;
      await new Promise((r) => setTimeout(r, wait));
      rows = await this.read();
    }
    if (rows.length === 0) return false;
    const [before, since] = [rows.filter((r) => BigInt(r.txid) < this.suspectBefore), rows.filter((r) => BigInt(r.txid) >= this.suspectBefore)];
    for (const [part, redelivered] of [[before, true], [since, false]] as const) {
      if (part.length === 0) continue;
      const page: Envelope[] = part.filter((r) => !this.parkedCases.has(r.case_id)).map(toEnvelope);
      await this.park(await this.dispatch.apply(page, { session: this.session!, redelivered, signal: this.abort.signal }));
    }
    for (const row of rows) {
      this.places.set(row.partition, { txid: row.txid, position: row.position });
      this.moved.add(row.partition);
    }
    if (Date.now() - this.lastSave > SAVE_MS) await this.savePlaces();
    return true;
  }

  private async read(): Promise<FeedRow[]> {
    const owned = [...this.places];
    const result = await this.session!.query<FeedRow>({
      name: 'feed_read', text: READ,
      values: [`{${owned.map(([p]) => p).join(',')}}`, `{${owned.map(([, at]) => at.txid).join(',')}}`, `{${owned.map(([, at]) => at.position).join(',')}}`, this.options.pageSize ?? 64],
    });
    return result.rows;
  }

  private async park(stuck: readonly Stuck[]): Promise<void> {
    for (const one of stuck) {
      await this.db.rows('insert into log.parked (group_name, case_id, seq, reason, since) values ($1, $2, $3, $4, $5) on conflict do nothing', [this.name, one.caseId, one.seq, one.reason, this.clock.now()]);
      this.parkedCases.add(one.caseId);
    }
  }

  /** Holds a session and a fair share of the partitions: all of them divided by the members present. */
  private async attend(): Promise<void> {
    if (this.session && Date.now() - this.lastBalance < BALANCE_MS) return;
    this.lastBalance = Date.now();
    if (!this.session) {
      this.session = await this.db.connect();
      await this.session.query('select pg_advisory_lock_shared($1, $2)', [this.lockKey, ATTENDANCE]);
    }
    const present = await this.session.query<{ n: string }>(
      `select count(*) n from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = ($1::bigint & 4294967295)::oid and objid = $2 and granted
       and database = (select oid from pg_database where datname = current_database())`, [this.lockKey, ATTENDANCE]);
    const members = Math.max(1, Number(present.rows[0]!.n));
    const share = Math.ceil(PARTITIONS / members);
    if (this.places.size > share) {
      await this.savePlaces();
      for (const partition of [...this.places.keys()].slice(share)) {
        this.places.delete(partition);
        await this.session.query('select pg_advisory_unlock($1, $2)', [this.lockKey, partition]);
      }
    } else if (this.places.size < share) {
      const start = Math.floor(Math.random() * PARTITIONS);
      const wanted = Array.from({ length: PARTITIONS }, (_, i) => (start + i) % PARTITIONS).filter((p) => !this.places.has(p));
      const got: number[] = [];
      for (const partition of wanted) {
        if (this.places.size + got.length >= share) break;
        const lock = await this.session.query<{ ok: boolean }>('select pg_try_advisory_lock($1, $2) ok', [this.lockKey, partition]);
        if (lock.rows[0]!.ok) got.push(partition);
      }
      if (got.length > 0) await this.take(got);
    }
  }

  private async take(partitions: readonly number[]): Promise<void> {
    const saved = await this.session!.query<{ partition: number; txid: string; position: string }>(
      'select partition, txid::text txid, position::text as position from log.checkpoint where group_name = $1 and partition = any($2::smallint[])', [this.name, `{${partitions.join(',')}}`]);
    const bySaved = new Map(saved.rows.map((r) => [r.partition, { txid: r.txid, position: r.position }]));
    for (const partition of partitions) this.places.set(partition, bySaved.get(partition) ?? { txid: '0', position: '-1' });
    const [now] = (await this.session!.query<{ xmax: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text xmax')).rows;
    this.suspectBefore = BigInt(now!.xmax);
    // Parked by the member that had these partitions before.
    for (const row of (await this.session!.query<{ case_id: string }>('select case_id from log.parked where group_name = $1', [this.name])).rows) this.parkedCases.add(row.case_id);
  }

  /** Places are saved now and then: the cursors under the cases' locks make a second reading harmless. */
  private async savePlaces(): Promise<void> {
    this.lastSave = Date.now();
    if (this.moved.size === 0 || !this.session) return;
    const list = [...this.moved].filter((p) => this.places.has(p)).map((p) => [p, this.places.get(p)!] as const);
    this.moved.clear();
    await this.session.query({
      name: 'feed_save',
      text: `insert into log.checkpoint (group_name, partition, txid, position) select $1, * from unnest($2::smallint[], $3::xid8[], $4::bigint[])
             on conflict (group_name, partition) do update set txid = excluded.txid, position = excluded.position`,
      values: [this.name, `{${list.map(([p]) => p).join(',')}}`, `{${list.map(([, at]) => at.txid).join(',')}}`, `{${list.map(([, at]) => at.position).join(',')}}`],
    });
  }

  private async idle(): Promise<void> {
    if (this.rung || this.abort.signal.aborted) return;
    if (this.moved.size > 0) {
      const saved = await this.sleep(Math.max(1, SAVE_MS - (Date.now() - this.lastSave)));
      if (saved === 'woken') return;
      await this.savePlaces();
      return;
    }
    await this.sleep(this.places.size === 0 ? 50 : Math.min(IDLE_MS, BALANCE_MS));
  }

  private sleep(ms: number): Promise<'woken' | 'timeout'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done('timeout'), ms);
      const done = (why: 'woken' | 'timeout') => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve(why);
      };
      this.wakeUp = () => done('woken');
      if (this.abort.signal.aborted) done('woken');
    });
  }

  private letGo(broken?: Error): void {
    this.session?.release(broken);
    this.session = undefined;
    this.places.clear();
    this.moved.clear();
    this.lastBalance = 0;
  }
}

