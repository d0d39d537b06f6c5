import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EvidenceCode, ReviewDecision } from '#contracts/words.js';
import type { Cursors } from '#libs/event-log/index.js';
import { Database, OverRows, PerUnit, Remembered, type InsertShape, type Unit } from '#libs/persistence/index.js';
import { nextDue, type Finding, type IdentityFile } from '../domain/identity-file.js';
import type { ReviewOnFile } from '../domain/decide.js';
import type { ReviewNote } from '../domain/review.js';

type Doc = Omit<IdentityFile, 'caseId'>;
interface Row { caseId: string; cursor: number; nextDue: number | undefined; doc: Doc | undefined }
const FILE: InsertShape<Row> = { into: 'identity.file', columns: { caseId: 'uuid', cursor: 'int', nextDue: 'bigint', doc: 'json' } };
interface ReviewRow {
  id: string; caseId: string; personId: string; openedAt: number; authority: string; reason: string;
  resolution: string | undefined; score: number | undefined; fields: Finding['fields'] | undefined;
}
const REVIEW: InsertShape<ReviewRow> = {
  into: 'identity.review',
  columns: { id: 'uuid', caseId: 'uuid', personId: 'text', openedAt: 'bigint', authority: 'text', reason: 'text', resolution: 'text', score: 'int', fields: 'json' },
};

/** `isNew`: there is no row of it, as this unit insists. */
interface Held { readonly caseId: string; cursor: number; file: IdentityFile | undefined; dirty: boolean; readonly isNew?: boolean }
/** `doc`: the MD5 of the document as it is stored, empty where there is none. */
interface Kept { readonly cursor: number; readonly file: IdentityFile | undefined; readonly doc: string }
const REMEMBERED = 2048;
const HOLDS = new OverRows<{ id: string; cursor: number; doc: string }>({ id: 'uuid', cursor: 'int', doc: 'text' }, (known) => `
  select not exists (select from ${known.as('k')}
    where not coalesce((select f.cursor = k.cursor and coalesce(md5(f.doc::text), '') = k.doc from identity.file f where f.case_id = k.id), k.cursor = 0 and k.doc = ''))`);

/** The file of a case with the group's cursor, one row, read once and written once in a unit; and the rows of reviews. */
@Injectable()
export class IdentityStore implements Cursors {
  private readonly units = new PerUnit<Map<string, Held>>();
  /** As this process committed it. */
  private readonly known = new Remembered<Kept>(REMEMBERED);

  constructor(private readonly db: Database) {}

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const held = await this.hold(unit, caseIds);
    return new Map(caseIds.map((id) => [id, held.get(id)?.cursor ?? 0]));
  }

  advance(unit: Unit, applied: ReadonlyMap<string, number>): void {
    for (const [caseId, seq] of applied) Object.assign(this.entry(unit, caseId), { cursor: seq, dirty: true });
  }

  begin(unit: Unit, caseIds: readonly string[]): void {
    const cases = this.casesOf(unit);
    for (const caseId of caseIds) if (!cases.has(caseId)) cases.set(caseId, { caseId, cursor: 0, file: undefined, dirty: false });
    unit.afterCommit(() => {
      for (const caseId of caseIds) if (!this.known.get(caseId)) this.known.keep(caseId, { cursor: 0, file: undefined, doc: '' });
    });
  }

  held(unit: Unit, caseId: string): boolean {
    return this.units.get(unit)?.get(caseId)?.dirty === true;
  }

  async files(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, IdentityFile>> {
    const held = await this.hold(unit, caseIds);
    return new Map(caseIds.flatMap((id) => {
      const file = held.get(id)?.file;
      return file ? [[id, file] as const] : [];
    }));
  }

  save(unit: Unit, files: Iterable<IdentityFile>): void {
    for (const file of files) Object.assign(this.entry(unit, file.caseId), { file, dirty: true });
  }

  /** How the reviews stand; absent: there is no such review. */
  async reviews(unit: Unit, ids: readonly string[]): Promise<ReadonlyMap<string, ReviewOnFile>> {
    if (ids.length === 0) return new Map();
    const rows = await unit.tx.rows<{ id: string; closed: boolean; decision: ReviewDecision | null; evidence: EvidenceCode | null }>(
      'select id, closed_at is not null closed, decision, evidence from identity.review where id = any($1::uuid[])', [`{${ids.join(',')}}`]);
    return new Map(rows.map(({ id, closed, decision, evidence }): [string, ReviewOnFile] => [id, { closed, ...(decision !== null && { decision }), ...(evidence !== null && { evidence }) }]));
  }

  /** How many people each authority was asked about and has not spoken of yet. */
  async waiting(): Promise<readonly { readonly authority: string; readonly count: number }[]> {
    return this.db.rows(`
      select p.value ->> 'authority' authority, count(*)::int count from identity.file f, json_each(f.doc -> 'people') p
      where f.next_due is not null and p.value ->> 'authority' is not null and (p.value ->> 'status' = 'asking' or (p.value ->> 'status' = 'review' and p.value -> 'finding' is null))
      group by 1 order by 1`);
  }

  keepNotes(unit: Unit, notes: readonly { readonly caseId: string; readonly note: ReviewNote }[]): void {
    unit.tx.insertMany(REVIEW, notes.flatMap(({ caseId, note }) => (note.kind === 'opened' ? [{
      id: note.id, caseId, personId: note.personId, openedAt: unit.now, authority: note.authority, reason: note.reason,
      resolution: note.finding?.resolution, score: note.finding?.score, fields: note.finding?.fields,
    }] : [])), 'on conflict (id) do nothing');
    for (const { note } of notes) {
      if (note.kind === 'heard') {
        unit.tx.write('update identity.review set resolution = $2, score = $3, fields = $4 where id = $1', [note.id, note.finding.resolution, note.finding.score, JSON.stringify(note.finding.fields)]);
      } else if (note.kind !== 'opened') {
        const [decision, evidence, operator] = note.kind === 'decided' ? [note.decision, note.evidence ?? null, note.operator] : [null, null, null];
        unit.tx.write('update identity.review set closed_at = $2, decision = $3, evidence = $4, operator = $5 where id = $1 and closed_at is null', [note.id, unit.now, decision, evidence, operator]);
      }
    }
  }

  private entry(unit: Unit, caseId: string): Held {
    const cases = this.casesOf(unit);
    let entry = cases.get(caseId);
    if (!entry) {
      entry = { caseId, cursor: 0, file: undefined, dirty: false };
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

  private async hold(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    const cases = this.casesOf(unit);
    const missing = [...new Set(caseIds)].filter((id) => !cases.has(id));
    if (missing.length === 0 || this.assumed(unit, missing)) return cases;
    const rows = await unit.tx.rows<{ case_id: string; cursor: number; doc: Doc | null }>('select case_id, cursor, doc from identity.file where case_id = any($1::uuid[])', [`{${missing.join(',')}}`]);
    for (const { case_id: caseId, cursor, doc } of rows) cases.set(caseId, { caseId, cursor, file: doc ? { caseId, ...doc } : undefined, dirty: false });
    return cases;
  }

  private assumed(unit: Unit, caseIds: readonly string[]): boolean {
    const known = unit.assumes ? this.known.ofAll(caseIds) : undefined;
    if (!known) return false;
    unit.tx.insist(...HOLDS.of(known.map(({ cursor, doc }, i) => ({ id: caseIds[i]!, cursor, doc }))));
    const cases = this.casesOf(unit);
    caseIds.forEach((caseId, i) => {
      const { cursor, file, doc } = known[i]!;
      cases.set(caseId, { caseId, cursor, file, dirty: false, isNew: cursor === 0 && doc === '' });
    });
    return true;
  }

  private flush(unit: Unit): void {
    const rows = [...this.casesOf(unit).values()].filter((h) => h.dirty).map(({ caseId, cursor, file, isNew = false }) => ({ file, isNew, row: rowOf(caseId, cursor, file) }));
    unit.tx.insertMany(FILE, rows.filter(({ isNew }) => isNew).map(({ row }) => row));
    unit.tx.mergeMany(FILE, rows.filter(({ isNew }) => !isNew).map(({ row }) => row), 'caseId');
    unit.afterCommit(() => {
      for (const { file, row: { caseId, cursor, nextDue: due, doc } } of rows) {
        if (due === undefined && file) this.known.forget(caseId); // nobody is asked any more: it is rarely read again
        else this.known.keep(caseId, { cursor, file, doc: doc ? hash('md5', JSON.stringify(doc)) : '' });
      }
    });
  }
}

const rowOf = (caseId: string, cursor: number, file: IdentityFile | undefined): Row => {
  if (!file) return { caseId, cursor, nextDue: undefined, doc: undefined };
  const { version, held, ended, people } = file;
  return { caseId, cursor, nextDue: nextDue(file), doc: { version, ...(held && { held }), ...(ended && { ended }), people } };
};
