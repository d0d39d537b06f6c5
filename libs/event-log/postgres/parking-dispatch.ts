import type { Envelope } from '#contracts/envelope.js';
import type { Clock } from '#libs/kernel/index.js';
import type { Database, Unit, UnitOfWork } from '#libs/persistence/index.js';
import { everyType } from '../decode.js';
import { GroupDispatch, type Applied, type ApplyOptions, type FeedOptions, type Stuck } from '../dispatch.js';
import type { Group, ParkedCase } from '../group.js';
import { EVENT_COLUMNS, PostgresLogTable, toEnvelope, type EventRow, type Place } from './postgres-history.js';

interface ParkedRow { group_name: string; case_id: string; seq: number; reason: string; since: string }

/** Every case any group is stuck at. */
export const allParked = async (db: Database): Promise<readonly ParkedCase[]> => {
  const rows = await db.rows<ParkedRow>('select group_name, case_id, seq, reason, since from log.parked order by since');
  return rows.map((r) => ({ group: r.group_name, caseId: r.case_id, seq: r.seq, reason: r.reason, since: Number(r.since) }));
};

/** Applies pages of one group past its parked cases: parks what is stuck, and goes on with what was unparked. What every binding does with a page. */
export class ParkingDispatch {
  private readonly dispatch: GroupDispatch;
  /** Cases that were parked when last looked at. Another process may have unparked them since: the table decides. */
  private readonly parkedCases = new Set<string>();

  /** `takenOver`: where this member began in each partition it holds. */
  constructor(
    readonly group: Group, private readonly db: Database, private readonly unitOfWork: UnitOfWork, private readonly clock: Clock,
    private readonly options: FeedOptions, takenOver: ReadonlyMap<number, Place>,
  ) {
    this.dispatch = new GroupDispatch(group, unitOfWork, new PostgresLogTable(takenOver), { decoder: options.decoder, onGap: options.onGap, applied: options.applied });
  }

  /** A case parked for a type this build has learnt since is offered again. */
  async retryWhatIsKnownNow(signal: AbortSignal): Promise<void> {
    const decoder = this.options.decoder ?? everyType;
    const rows = await this.db.rows<{ case_id: string; reason: string; type: string | null }>(
      'select p.case_id, p.reason, e.type from log.parked p left join log.event e using (case_id, seq) where p.group_name = $1', [this.group.name]);
    for (const row of rows) {
      if (row.type !== null && ['unknown-type', 'unknown-version'].includes(row.reason) && decoder.knows(row.type)) await this.unpark(row.case_id, signal);
      else this.parkedCases.add(row.case_id);
    }
  }

  /** New partitions: what came by is void, and the member that had them before may have parked some of their cases. */
  async takeOver(): Promise<void> {
    this.dispatch.forget();
    for (const row of await this.db.rows<{ case_id: string }>('select case_id from log.parked where group_name = $1', [this.group.name])) this.parkedCases.add(row.case_id);
  }

  /** The types whose data the group reads. */
  get wanted(): ReadonlySet<string> {
    return this.dispatch.wanted;
  }

  hasSeen(caseId: string, seq: number): boolean {
    return this.dispatch.hasSeen(caseId, seq);
  }

  async apply(page: readonly Envelope[], offer: ApplyOptions): Promise<Omit<Applied, 'stuck'>> {
    await this.resume(page, offer.signal);
    const { stuck, ...rest } = await this.dispatch.apply(this.parkedCases.size === 0 ? page : page.filter((e) => !this.parkedCases.has(e.caseId)), offer);
    await this.park(stuck);
    return rest;
  }

  async unpark(caseId: string, signal: AbortSignal): Promise<void> {
    await this.db.rows('delete from log.parked where group_name = $1 and case_id = $2', [this.group.name, caseId]);
    await this.replay(caseId, signal);
  }

  /** Throws where effects have left the system. */
  mustBeRebuildable(): void {
    if (this.group.kind !== 'rebuildable' || !this.group.reset) throw new Error(`${this.group.name} has effects outside this system and is never replayed`);
  }

  /** Empties the group: its rows, its cursors, its parked cases, and what `also` names. */
  async reset(also: (unit: Unit) => void = () => undefined): Promise<void> {
    this.mustBeRebuildable();
    await this.unitOfWork.join([], async (unit) => {
      // A fused reaction that read a cursor before it is emptied must not write it back afterwards.
      if (this.group.fused === true) await unit.tx.rows('lock table log.entry in access exclusive mode');
      await this.group.reset!(unit);
      unit.tx.write('delete from log.parked where group_name = $1', [this.group.name]);
      also(unit);
    });
    this.parkedCases.clear();
    this.dispatch.forget();
  }

  /** A case that was unparked since its last event came by, perhaps by another process, is offered whole: newer ones were passed over. */
  private async resume(page: readonly Envelope[], signal: AbortSignal): Promise<void> {
    if (this.parkedCases.size === 0) return;
    const hinted = [...new Set(page.map((e) => e.caseId))].filter((caseId) => this.parkedCases.has(caseId));
    if (hinted.length === 0) return;
    const still = await this.db.rows<{ case_id: string }>('select case_id from log.parked where group_name = $1 and case_id = any($2::uuid[])', [this.group.name, `{${hinted.join(',')}}`]);
    const parked = new Set(still.map((r) => r.case_id));
    for (const caseId of hinted) {
      if (parked.has(caseId)) continue;
      this.parkedCases.delete(caseId);
      try {
        await this.replay(caseId, signal);
      } catch (error) {
        this.parkedCases.add(caseId);
        throw error;
      }
    }
  }

  private async replay(caseId: string, signal: AbortSignal): Promise<void> {
    const rows = await this.db.rows<EventRow>(`select ${EVENT_COLUMNS} from log.event where case_id = $1 order by seq`, [caseId]);
    await this.park((await this.dispatch.apply(rows.map(toEnvelope), { redelivered: true, signal })).stuck);
  }

  private async park(stuck: readonly Stuck[]): Promise<void> {
    for (const one of stuck) {
      await this.db.rows('insert into log.parked (group_name, case_id, seq, reason, since) values ($1, $2, $3, $4, $5) on conflict do nothing', [this.group.name, one.caseId, one.seq, one.reason, this.clock.now()]);
      this.parkedCases.add(one.caseId);
    }
  }
}
