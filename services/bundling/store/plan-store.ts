import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isSettledCase } from '#contracts/words.js';
import type { InsertShape, Unit } from '#libs/persistence/index.js';
import type { Cursors } from '#libs/event-log/index.js';
import type { CaseState, TargetState } from '../domain/case-state.js';
import { hasShape, nameOfShape, packCase, shapeOf, unpackCase, type PackedCase, type PlanShape } from './plan-codec.js';

interface Row { caseId: string; cursor: number; nextDue: number | undefined; shape: string | undefined; stamp: number; doc: PackedCase | undefined }
interface Held { readonly caseId: string; cursor: number; state: CaseState | undefined; shape: string | undefined; dirty: boolean; readonly listedBefore: ReadonlyMap<string, TargetState> }
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
const isListed = (t: TargetState): boolean => LISTED.includes(t.status) || t.overdue;

/** States remembered of open cases; each is some kilobytes. */
const REMEMBERED = 4096;
/** Every write of a row has a stamp nobody else gives it: a row with the stamp that is remembered is the row that is remembered. */
const STAMPS = 2 ** 48 - 1;
/** The document only where the stamp is another than the reader's. */
const HOLD = `
  select p.case_id, p.cursor, p.next_due, p.shape, p.stamp, case when p.stamp <> k.stamp then p.doc end as doc
  from unnest($1::uuid[], $2::bigint[]) k(id, stamp) join bundling.plan p on p.case_id = k.id`;

/**
 * The plan of a case with its cursor, one row. Within a unit a row is loaded once and written once, however many decisions and
 * fused hops touched it.
 */
@Injectable()
export class PlanStore implements Cursors {
  private readonly units = new WeakMap<Unit, Map<string, Held>>();
  /** Shapes are few and never change; those known to be committed are not written again. */
  private readonly shapes = new Map<string, PlanShape>();
  /** As last committed by this process, oldest first; another process may have written since, so the stamp is compared at every reading. */
  private readonly remembered = new Map<string, { readonly stamp: number; readonly state: CaseState }>();

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

  held(unit: Unit, caseId: string): boolean {
    return this.units.get(unit)?.get(caseId)?.dirty === true;
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
    const cases = this.casesOf(unit);
    let entry = cases.get(caseId);
    if (!entry) {
      entry = { caseId, cursor: 0, state: undefined, shape: undefined, dirty: false, listedBefore: new Map() };
      cases.set(caseId, entry);
    }
    return entry;
  }

  private casesOf(unit: Unit): Map<string, Held> {
    let cases = this.units.get(unit);
    if (!cases) {
      cases = new Map();
      this.units.set(unit, cases);
      if (unit.writes) unit.onFlush(() => this.flush(unit));
    }
    return cases;
  }

  private async hold(unit: Unit, caseIds: readonly string[]): Promise<Map<string, Held>> {
    const cases = this.casesOf(unit);
    const missing = [...new Set(caseIds)].filter((id) => !cases.has(id));
    if (missing.length === 0) return cases;
    const known = missing.map((id) => this.remembered.get(id));
    const rows = await unit.tx.rows<{ case_id: string; cursor: number; next_due: string | null; shape: string | null; stamp: string; doc: PackedCase | null }>(
      HOLD, [`{${missing.join(',')}}`, `{${known.map((k) => k?.stamp ?? -1).join(',')}}`]);
    await this.learn(unit, rows.flatMap((r) => (r.shape === null ? [] : [r.shape])));
    for (const r of rows) {
      const before = this.remembered.get(r.case_id);
      const state = before?.stamp === Number(r.stamp) ? before.state : r.doc && r.shape !== null ? unpackCase(r.case_id, this.shapes.get(r.shape)!, r.doc, r.next_due === null ? undefined : Number(r.next_due)) : undefined;
      cases.set(r.case_id, {
        caseId: r.case_id, cursor: r.cursor, state, shape: r.shape ?? undefined, dirty: false,
        listedBefore: new Map((state?.targets ?? []).filter((t) => isListed(t)).map((t) => [t.target, t])),
      });
    }
    return cases;
  }

  private remember(caseId: string, stamp: number, state: CaseState | undefined): void {
    this.remembered.delete(caseId);
    if (!state || isSettledCase(state.status)) return; // it is rarely read again
    this.remembered.set(caseId, { stamp, state });
    if (this.remembered.size > REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
  }

  private async learn(unit: Unit, ids: readonly string[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.shapes.has(id));
    if (unknown.length === 0) return;
    for (const row of await unit.tx.rows<{ id: string; doc: PlanShape }>('select id, doc from bundling.plan_shape where id = any($1::uuid[])', [`{${unknown.join(',')}}`])) this.shapes.set(row.id, row.doc);
  }

  private flush(unit: Unit): void {
    const dirty = [...this.casesOf(unit).values()].filter((h) => h.dirty);
    const fresh = new Map<string, PlanShape>();
    for (const entry of dirty) {
      if (!entry.state || (entry.shape !== undefined && hasShape(entry.state, this.shapes.get(entry.shape)!))) continue;
      const shape = shapeOf(entry.state);
      entry.shape = dashed(nameOfShape(shape));
      if (!this.shapes.has(entry.shape)) fresh.set(entry.shape, shape);
    }
    unit.tx.insertMany(SHAPE, [...fresh].map(([id, doc]) => ({ id, doc })), 'on conflict (id) do nothing');
    unit.afterCommit(() => {
      for (const [id, shape] of fresh) this.shapes.set(id, shape);
    });
    const rows = dirty.map((h): Row => ({ caseId: h.caseId, cursor: h.cursor, nextDue: h.state?.nextDue, shape: h.shape, stamp: randomInt(STAMPS), doc: h.state && packCase(h.state) }));
    unit.tx.insertMany(PLAN, rows,
      'on conflict (case_id) do update set cursor = excluded.cursor, next_due = excluded.next_due, shape = excluded.shape, stamp = excluded.stamp, doc = excluded.doc');
    const states = dirty.map((h) => h.state);
    unit.afterCommit(() => rows.forEach(({ caseId, stamp }, i) => this.remember(caseId, stamp, states[i])));
    const upserts: OpenRow[] = [];
    const gone: { caseId: string; target: string }[] = [];
    for (const { caseId, state, listedBefore } of dirty) {
      for (const t of state?.targets ?? []) {
        const was = listedBefore.get(t.target);
        if (isListed(t)) {
          if (was !== t) upserts.push({ caseId, target: t.target, programme: t.programme, status: t.status, reason: t.reason, since: t.changedAt, attempts: t.attempts, overdue: t.overdue });
        } else if (was) gone.push({ caseId, target: t.target });
      }
    }
    unit.tx.insertMany(OPEN, upserts, 'on conflict (case_id, target) do update set programme = excluded.programme, status = excluded.status, reason = excluded.reason, since = excluded.since, attempts = excluded.attempts, overdue = excluded.overdue');
    if (gone.length > 0) {
      unit.tx.write(`delete from bundling.open_target o using unnest($1::uuid[], string_to_array($2, ',')) g(case_id, target) where o.case_id = g.case_id and o.target = g.target`,
        [`{${gone.map((g) => g.caseId).join(',')}}`, gone.map((g) => g.target).join(',')]);
    }
  }
}

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
