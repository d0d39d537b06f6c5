import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isSettledCase } from '#contracts/words.js';
import { OverRows, PerUnit, Remembered, type InsertShape, type Unit } from '#libs/persistence/index.js';
import type { Cursors } from '#libs/event-log/index.js';
import type { CaseState, TargetState } from '../domain/case-state.js';
import { shared } from '../domain/planned.js';
import { packCase, unpackCase, type PackedCase, type PackedCaseV1 } from './plan-codec.js';
import { ShapeNames, type PlanShape } from './plan-shape.js';

interface Row { caseId: string; cursor: number; nextDue: number | undefined; shape: string | undefined; stamp: number; doc: PackedCase | undefined }
/** What a unit knows of a case. `row`: whether it has one; nothing of that is known before it was read. `before`: the state it had then; `due`: when it was due then. */
interface Held { readonly caseId: string; cursor: number; state: CaseState | undefined; before: CaseState | undefined; row: boolean | undefined; due: number | undefined; dirty: boolean }
interface Holding { readonly cases: Map<string, Held>; readonly reads: Map<string, Promise<void>> }
interface Kept { readonly stamp: number; readonly state: CaseState; readonly cursor: number; readonly due: number | undefined }
interface Found { case_id: string; cursor: number; next_due: string | null; shape: string | null; stamp: string; doc: PackedCase | PackedCaseV1 | null }
const PLAN: InsertShape<Row> = { into: 'bundling.plan', columns: { caseId: 'uuid', cursor: 'int', nextDue: 'bigint', shape: 'uuid', stamp: 'bigint', doc: 'json' } };
interface ShapeRow { id: string; doc: PlanShape }
const SHAPE: InsertShape<ShapeRow> = { into: 'bundling.plan_shape', columns: { id: 'uuid', doc: 'json' } };

interface OpenRow { caseId: string; target: string; programme: string; status: string; reason: string | undefined; since: number; attempts: number; overdue: boolean }
const OPEN: InsertShape<OpenRow> = {
  into: 'bundling.open_target',
  columns: { caseId: 'uuid', target: 'text', programme: 'text', status: 'text', reason: 'text', since: 'bigint', attempts: 'int', overdue: 'boolean' },
};
/** What operators list: everything whose first answer was not its last word, and whatever is late. */
const LISTED: readonly TargetState['status'][] = ['acknowledged', 'in-progress', 'action-required', 'failed-retryable', 'parked', 'consent-required'];
const isListed = (t: TargetState): boolean => t.overdue || LISTED.includes(t.status);

/** States remembered of open cases; each is some kilobytes. */
const REMEMBERED = 2048;
/** Every write of a row has a stamp nobody else gives it: a row with the stamp that is remembered is the row that is remembered. */
const STAMPS = 2 ** 48 - 1;
/** The document only where the stamp is another than the reader's. The list of cases beside the join: a plan made for a small table would read all of a large one. */
const HOLD = `
  select p.case_id, p.cursor, p.next_due, p.shape, p.stamp, case when p.stamp <> k.stamp then p.doc end as doc
  from unnest($1::uuid[], $2::bigint[]) k(id, stamp) join bundling.plan p on p.case_id = k.id where p.case_id = any($1::uuid[])`;

const HOLDS = new OverRows<{ id: string; stamp: number }>({ id: 'uuid', stamp: 'bigint' }, (known) => `
  select not exists (select from ${known.as('k')} where (select stamp from bundling.plan where case_id = k.id) is distinct from k.stamp)`);

/**
 * When a case is to be looked at. What is on file stands while it is not too late: to look too early costs one look, and only a case that is still
 * open then; to write another instant costs an index entry at each step of every case.
 */
const dueOnFile = (onFile: number | undefined, due: number | undefined, now: number): number | undefined =>
  onFile !== undefined && due !== undefined && onFile <= due && onFile > now ? onFile : due;

const dueAt = (state: CaseState, due: number | undefined): CaseState => (state.nextDue === due ? state : { ...state, nextDue: due });

/**
 * The plan of a case with its cursor, one row. Within a unit a row is loaded once and written once, however many decisions and
 * fused hops touched it.
 */
@Injectable()
export class PlanStore implements Cursors {
  private readonly units = new PerUnit<Holding>();
  /** Shapes are few and never change; those known to be committed are not written again. */
  private readonly shapes = new Map<string, PlanShape>();
  private readonly names = new ShapeNames();
  /** As last committed by this process; another process may have written since, so the stamp is compared at every reading. */
  private readonly remembered = new Remembered<Kept>(REMEMBERED);

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (!unit.writes) return this.cursors(unit, caseIds);
    const held = await this.hold(unit, caseIds);
    return new Map(caseIds.map((id) => [id, held.get(id)?.cursor ?? 0]));
  }

  /** The feed asks nearly always to learn that a fused hop was there before: it needs no plan for that. */
  private async cursors(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await unit.tx.rows<{ case_id: string; cursor: number }>('select case_id, cursor from bundling.plan where case_id = any($1::uuid[])', [`{${caseIds.join(',')}}`]);
    return new Map(rows.map((r) => [r.case_id, r.cursor]));
  }

  advance(unit: Unit, applied: ReadonlyMap<string, number>): void {
    for (const [caseId, seq] of applied) {
      const entry = this.entry(unit, caseId);
      entry.cursor = seq;
      entry.dirty = true;
    }
  }

  begin(unit: Unit, caseIds: readonly string[]): void {
    const { reads } = this.holding(unit);
    for (const caseId of caseIds) {
      if (reads.has(caseId)) continue;
      reads.set(caseId, Promise.resolve());
      this.entry(unit, caseId).row = false;
    }
  }

  held(unit: Unit, caseId: string): boolean {
    return this.units.get(unit)?.cases.get(caseId)?.dirty === true;
  }

  async states(unit: Unit, caseIds: readonly string[]): Promise<Map<string, CaseState>> {
    const held = await this.hold(unit, caseIds);
    return new Map(caseIds.flatMap((id) => {
      const state = held.get(id)?.state;
      return state ? [[id, state] as const] : [];
    }));
  }

  save(unit: Unit, states: ReadonlyMap<string, CaseState>): void {
    for (const [caseId, state] of states) {
      const entry = this.entry(unit, caseId);
      entry.state = state;
      entry.dirty = true;
    }
  }

  private entry(unit: Unit, caseId: string): Held {
    const { cases } = this.holding(unit);
    let entry = cases.get(caseId);
    if (!entry) cases.set(caseId, (entry = { caseId, cursor: 0, state: undefined, before: undefined, row: undefined, due: undefined, dirty: false }));
    return entry;
  }

  private holding(unit: Unit): Holding {
    let holding = this.units.get(unit);
    if (!holding) {
      this.units.set(unit, (holding = { cases: new Map(), reads: new Map() }));
      if (unit.writes) unit.onFlush(() => this.flush(unit));
    }
    return holding;
  }

  /** Reads each case once a unit, also when it is asked for again before the answer is there. */
  private async hold(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    const { cases, reads } = this.holding(unit);
    const missing = [...new Set(caseIds)].filter((id) => !reads.has(id));
    if (missing.length > 0) {
      const reading = this.read(unit, missing);
      for (const id of missing) reads.set(id, reading);
    }
    await Promise.all(new Set(caseIds.map((id) => reads.get(id)!)));
    return cases;
  }

  private assume(unit: Unit, caseIds: readonly string[]): boolean {
    const known = unit.assumes ? this.remembered.ofAll(caseIds) : undefined;
    if (!known) return false;
    unit.tx.insist(...HOLDS.of(known.map(({ stamp }, i) => ({ id: caseIds[i]!, stamp }))));
    caseIds.forEach((caseId, i) => this.found(this.entry(unit, caseId), known[i]!.cursor, known[i]!.due, dueAt(known[i]!.state, known[i]!.due)));
    return true;
  }

  private found(entry: Held, cursor: number, due: number | undefined, state: CaseState | undefined): void {
    entry.row = true;
    entry.due = due;
    entry.before = state;
    // What was decided or moved in this unit already is newer.
    entry.state ??= state;
    entry.cursor = Math.max(entry.cursor, cursor);
  }

  private async read(unit: Unit, caseIds: readonly string[]): Promise<void> {
    if (this.assume(unit, caseIds)) return;
    // The answer leaves out what is known now, which may be forgotten before it comes.
    const known = new Map(caseIds.map((id) => [id, this.remembered.get(id)]));
    const rows = await unit.tx.rows<Found>(HOLD, [`{${caseIds.join(',')}}`, `{${[...known.values()].map((k) => k?.stamp ?? -1).join(',')}}`]);
    await this.learn(unit, rows.flatMap((r) => (r.shape === null ? [] : [r.shape])));
    for (const id of caseIds) this.entry(unit, id).row = false;
    for (const row of rows) {
      const due = row.next_due === null ? undefined : Number(row.next_due);
      this.found(this.entry(unit, row.case_id), row.cursor, due, this.stateOf(row, known.get(row.case_id), due));
    }
  }

  private stateOf({ case_id, stamp, shape, doc }: Found, known: Kept | undefined, due: number | undefined): CaseState | undefined {
    const still = [known, this.remembered.get(case_id)].find((one) => one?.stamp === Number(stamp));
    if (still) return dueAt(still.state, due);
    return doc && shape !== null ? unpackCase(case_id, this.shapes.get(shape)!, doc, due) : undefined;
  }

  private remember({ caseId, stamp, cursor, nextDue }: Row, state: CaseState | undefined): void {
    if (!state || isSettledCase(state.status)) this.remembered.forget(caseId); // it is rarely read again
    else this.remembered.keep(caseId, { stamp, state, cursor, due: nextDue });
  }

  private async learn(unit: Unit, ids: readonly string[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.shapes.has(id));
    if (unknown.length === 0) return;
    for (const { id, doc } of await unit.tx.rows<ShapeRow>('select id, doc from bundling.plan_shape where id = any($1::uuid[])', [`{${unknown.join(',')}}`])) {
      this.shapes.set(id, { ...doc, targets: doc.targets.map(shared) });
    }
  }

  private async flush(unit: Unit): Promise<void> {
    const dirty = [...this.holding(unit).cases.values()].filter((h) => h.dirty);
    const unread = dirty.filter((h) => h.row === undefined).map((h) => h.caseId);
    if (unread.length > 0) await this.hold(unit, unread); // a cursor that moved unseen leaves the plan as it is
    const fresh = new Map<string, PlanShape>();
    const rowOf = ({ caseId, cursor, state, due }: Held): Row => {
      const shape = state && this.names.of(state);
      if (shape && !this.shapes.has(shape.name)) fresh.set(shape.name, shape.shape);
      return { caseId, cursor, nextDue: dueOnFile(due, state?.nextDue, unit.now), shape: shape?.name, stamp: randomInt(STAMPS), doc: state && packCase(state) };
    };
    const rows = dirty.map(rowOf);
    unit.tx.insertMany(SHAPE, [...fresh].map(([id, doc]) => ({ id, doc })), 'on conflict (id) do nothing');
    unit.tx.insertMany(PLAN, rows.filter((_, i) => !dirty[i]!.row)); // a row that was not there a moment ago fails the list
    unit.tx.mergeMany(PLAN, rows.filter((_, i) => dirty[i]!.row), 'caseId');
    const states = dirty.map((h) => h.state);
    unit.afterCommit(() => {
      for (const [id, shape] of fresh) this.shapes.set(id, shape);
      rows.forEach((row, i) => this.remember(row, states[i]));
    });
    this.list(unit, dirty);
  }

  /** Keeps the operators' lists, one row for each target that is to be seen there. */
  private list(unit: Unit, dirty: readonly Held[]): void {
    const upserts: OpenRow[] = [];
    const gone: { caseId: string; target: string }[] = [];
    for (const { caseId, state, before } of dirty) {
      for (const t of state?.targets ?? []) {
        const { target, programme } = t.plan;
        const listed = isListed(t);
        if (listed && before?.targets.includes(t)) continue;
        if (listed) upserts.push({ caseId, target, programme, status: t.status, reason: t.reason, since: t.changedAt, attempts: t.attempts, overdue: t.overdue });
        else if (before?.targets.some((was) => was.plan.target === target && isListed(was))) gone.push({ caseId, target });
      }
    }
    unit.tx.insertMany(OPEN, upserts, 'on conflict (case_id, target) do update set programme = excluded.programme, status = excluded.status, reason = excluded.reason, since = excluded.since, attempts = excluded.attempts, overdue = excluded.overdue');
    if (gone.length > 0) {
      unit.tx.write(`delete from bundling.open_target o using unnest($1::uuid[], string_to_array($2, ',')) g(case_id, target) where o.case_id = g.case_id and o.target = g.target`,
        [`{${gone.map((g) => g.caseId).join(',')}}`, gone.map((g) => g.target).join(',')]);
    }
  }
}
