import type { Database } from '#libs/persistence/index.js';
import type { Decoder } from './decode.js';
import { FusedReactions, type AppliedHere, type Fed } from './dispatch.js';
import { Feed, type Group, type ParkedCase, type UnreadableRecord } from './group.js';
import { allParked } from './postgres/parking-dispatch.js';
import type { Bell } from './postgres/postgres-history.js';

/** One group in this process, however it is fed. */
export interface GroupMember extends Fed {
  readonly name: string;
  /** Stopped by a systemic failure, and trying again. */
  readonly failing: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  lag(): Promise<number>;
  unpark(caseId: string): Promise<void>;
  rebuild(): Promise<void>;
}

/** What both bindings of the feed are: groups by name, started and stopped together, and the bell that wakes them. */
export abstract class GroupFeed extends Feed {
  private readonly members = new Map<string, GroupMember>();
  readonly fused: FusedReactions;
  private running = false;

  constructor(protected readonly db: Database, protected readonly bell: Bell, decoder: Decoder | undefined) {
    super();
    this.fused = new FusedReactions(decoder);
  }

  protected abstract memberOf(group: Group, applied: AppliedHere | undefined): GroupMember;
  /** Refuses a database, or a broker, on which this feed would lose events or share its work wrongly. */
  protected abstract inspect(): Promise<void>;

  subscribe(group: Group): void {
    if (this.members.has(group.name)) throw new Error(`two groups are called ${group.name}`);
    const member = this.memberOf(group, this.fused.add(group));
    this.members.set(group.name, member);
    this.fused.prepareFor(group, member);
    if (this.running) void member.start();
  }

  /** Whether anything is read here at all. */
  get reads(): boolean {
    return this.members.size > 0;
  }

  async start(): Promise<void> {
    if (this.reads) await this.inspect();
    await this.bell.start();
    this.running = true;
    await Promise.all([...this.members.values()].map((m) => m.start()));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all([...this.members.values()].map((m) => m.stop()));
    await this.bell.stop();
  }

  parked(): Promise<readonly ParkedCase[]> {
    return allParked(this.db);
  }

  /** Those read in this process. */
  get groups(): readonly string[] {
    return [...this.members.keys()];
  }

  unreadable(): Promise<readonly UnreadableRecord[]> {
    return this.db.rows<UnreadableRecord>('select group_name "group", topic, partition, record_offset::text "offset", part from log.unreadable order by since desc limit 1000');
  }

  /** How many cases are parked, and how many records could not be read since an instant, of the groups of this process. */
  async stuck(since: number): Promise<readonly { readonly group: string; readonly reason: string; readonly cases: number; readonly records: number }[]> {
    const rows = await this.db.rows<{ group: string; reason: string; cases: string; records: string }>(
      `select group_name "group", reason, count(*) cases, 0 records from log.parked where group_name = any(string_to_array($1, ',')) group by 1, 2
       union all select group_name, part, 0, count(*) from log.unreadable where group_name = any(string_to_array($1, ',')) and since >= $2 group by 1, 2`, [this.groups.join(','), since]);
    return rows.map((r) => ({ ...r, cases: Number(r.cases), records: Number(r.records) }));
  }

  unpark(group: string, caseId: string): Promise<void> {
    return this.member(group).unpark(caseId);
  }

  rebuild(group: string): Promise<void> {
    return this.member(group).rebuild();
  }

  async lag(): Promise<ReadonlyMap<string, number>> {
    const lag = new Map<string, number>();
    for (const member of this.members.values()) lag.set(member.name, await member.lag());
    return lag;
  }

  /** Which groups are stopped by a systemic failure, for readiness. */
  failing(): readonly string[] {
    return [...this.members.values()].filter((m) => m.failing).map((m) => m.name);
  }

  private member(group: string): GroupMember {
    const member = this.members.get(group);
    if (!member) throw new Error(`no group is called ${group}`);
    return member;
  }
}
