import { Injectable } from '@nestjs/common';
import type { ParentId, PartyRole } from '#contracts/words.js';
import { OverRows, type Columns, type InsertShape, type Listed, type Unit } from '#libs/persistence/index.js';
import type { CaseFile, Report } from '../domain/accept.js';
import type { EventKeys } from '../domain/keys.js';

interface FileRow {
  caseId: string; reference: string; lifeEvent: string; openedAt: number; idempotency: string; fingerprint: string;
  naturalKey: string; nearName: string; nearDate: string; sibling: string;
}
const CASE_FILE: InsertShape<FileRow> = {
  into: 'intake.case_file',
  columns: { caseId: 'uuid', reference: 'text', lifeEvent: 'text', openedAt: 'bigint', idempotency: 'uuid', fingerprint: 'uuid', naturalKey: 'uuid', nearName: 'uuid', nearDate: 'uuid', sibling: 'uuid' },
};

export interface PartyRow { caseId: string; partyId: string; subject: string; role: PartyRole; personId: ParentId | undefined; joinedAt: number }
const PARTY: InsertShape<PartyRow> = { into: 'intake.party', columns: { caseId: 'uuid', partyId: 'uuid', subject: 'uuid', role: 'text', personId: 'text', joinedAt: 'bigint' } };

export interface ReviewRow { id: string; caseId: string; suspect: string; openedAt: number }
const REVIEW: InsertShape<ReviewRow> = { into: 'intake.duplicate_review', columns: { id: 'uuid', caseId: 'uuid', suspect: 'uuid', openedAt: 'bigint' } };

const plain = (uuid: string): string => uuid.replaceAll('-', '');

interface RepeatRow { idempotency: string; fingerprint: string; caseId: string }
const REPEAT: InsertShape<RepeatRow> = { into: 'intake.repeat', columns: { idempotency: 'uuid', fingerprint: 'uuid', caseId: 'uuid' } };

/** By the request's own key, by the event told, by what is nearly the same. */
interface Keys { idempotency: string; natural: string; nearName: string; nearDate: string }
const KEYS: Columns<Keys> = { idempotency: 'uuid', natural: 'uuid', nearName: 'uuid', nearDate: 'uuid' };
const knownBy = (reports: Listed): string => `
  select case_id from intake.case_file where idempotency ${reports.among('idempotency')}
  union all select case_id from intake.repeat where idempotency ${reports.among('idempotency')}
  union all select case_id from intake.case_file where natural_key ${reports.among('natural')}
  union all select case_id from intake.case_file where near_name ${reports.among('nearName')}
  union all select case_id from intake.case_file where near_date ${reports.among('nearDate')}`;
const UNKNOWN = new OverRows(KEYS, (reports) => `select not exists (${knownBy(reports)})`);
const KNOWN = new OverRows(KEYS, (reports) => `
  select f.*, (select array_agg(p.subject::text) from intake.party p where p.case_id = f.case_id) subjects,
         (select json_agg(json_build_array(r.idempotency, r.fingerprint)) from intake.repeat r where r.case_id = f.case_id) repeats
  from intake.case_file f where f.case_id in (${knownBy(reports)})`);

/** The files of cases and who is party to them. Keyed hashes are 128 bits and stored as uuid: narrow, and compared as numbers. */
@Injectable()
export class CaseFileStore {
  /** Files that any of these reports may be known by. Nearly every report is new: where that may be assumed, the store is told to refuse the list if one is not. */
  async recognise(unit: Unit, reports: readonly Report[]): Promise<CaseFile[]> {
    const keys = reports.map(({ idempotency, keys: { natural, near: [nearName, nearDate] } }): Keys => ({ idempotency, natural, nearName, nearDate }));
    if (unit.assumes) {
      unit.tx.insist(...UNKNOWN.of(keys));
      return [];
    }
    const rows = await unit.tx.rows<{
      case_id: string; reference: string; opened_at: string; idempotency: string; fingerprint: string; natural_key: string; near_name: string; near_date: string; sibling: string;
      cancelled: string | null; subjects: string[] | null; repeats: [string, string][] | null;
    }>(...KNOWN.of(keys));
    return rows.map((r) => ({
      caseId: r.case_id, reference: r.reference, openedAt: Number(r.opened_at),
      requests: [[r.idempotency, r.fingerprint] as const, ...(r.repeats ?? [])].map(([idempotency, fingerprint]) => ({ idempotency: plain(idempotency), fingerprint: plain(fingerprint) })),
      keys: { natural: plain(r.natural_key), near: [plain(r.near_name), plain(r.near_date)], sibling: plain(r.sibling) },
      cancelled: r.cancelled !== null, subjects: (r.subjects ?? []).map(plain),
    }));
  }

  insertCases(unit: Unit, reports: readonly Report[]): void {
    unit.tx.insertMany(CASE_FILE, reports.map((r) => ({
      caseId: r.caseId, reference: r.reference, lifeEvent: 'birth', openedAt: unit.now, idempotency: r.idempotency, fingerprint: r.fingerprint,
      naturalKey: r.keys.natural, nearName: r.keys.near[0], nearDate: r.keys.near[1], sibling: r.keys.sibling,
    })));
    this.insertParties(unit, reports.map((r) => ({ caseId: r.caseId, partyId: r.partyId, subject: r.subject, role: r.role, personId: r.notification.notifier, joinedAt: unit.now })));
  }

  insertParties(unit: Unit, parties: readonly PartyRow[]): void {
    unit.tx.insertMany(PARTY, parties);
  }

  /** Reports that joined a case or told it again: their keys are known from now on too. */
  insertRepeats(unit: Unit, repeats: readonly { readonly caseId: string; readonly report: Pick<Report, 'idempotency' | 'fingerprint'> }[]): void {
    unit.tx.insertMany(REPEAT, repeats.map(({ caseId, report: { idempotency, fingerprint } }) => ({ caseId, idempotency, fingerprint })), 'on conflict (idempotency) do nothing');
  }

  insertReviews(unit: Unit, reviews: readonly ReviewRow[]): void {
    unit.tx.insertMany(REVIEW, reviews);
  }

  amended(unit: Unit, caseId: string, version: number, keys: EventKeys): void {
    unit.tx.write('update intake.case_file set version = $2, natural_key = $3, near_name = $4, near_date = $5, sibling = $6 where case_id = $1',
      [caseId, version, keys.natural, keys.near[0], keys.near[1], keys.sibling]);
  }
}
