import { Injectable } from '@nestjs/common';
import { Cases, type Standing } from '#contracts/apis/cases.js';
import type { LifeEvent, ParentId, PartyRole } from '#contracts/words.js';
import { parseReference } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { Fingerprints } from '../domain/keys.js';

interface StandingRow { case_id: string; reference: string; life_event: LifeEvent; party_id: string; role: PartyRole; person_id: ParentId | null; opened_at: string; sibling: string }
const STANDING = `select f.case_id, f.reference, f.life_event, p.party_id, p.role, p.person_id, f.opened_at, f.sibling
  from intake.party p join intake.case_file f using (case_id) where p.subject = $1`;

/** Who may see which case, read from the rows written with the accept. */
@Injectable()
export class CasesOnFile extends Cases {
  constructor(private readonly db: Database, private readonly fingerprints: Fingerprints) {
    super();
  }

  async find(written: string, subject: string): Promise<Standing | undefined> {
    const reference = parseReference(written);
    if (reference === undefined) return undefined;
    const [row] = await this.db.rows<StandingRow>(`${STANDING} and f.reference = $2`, [this.fingerprints.of('subject', subject), reference]);
    return row && toStanding(row);
  }

  async mine(subject: string): Promise<readonly Standing[]> {
    return (await this.db.rows<StandingRow>(`${STANDING} order by f.opened_at desc, f.case_id desc limit 200`, [this.fingerprints.of('subject', subject)])).map(toStanding);
  }

  async siblings(caseId: string, subject: string): Promise<readonly string[]> {
    const rows = await this.db.rows<{ reference: string }>(
      `select f.reference from intake.party p join intake.case_file f using (case_id)
       where p.subject = $1 and f.case_id <> $2 and f.cancelled is null and f.sibling = (select sibling from intake.case_file where case_id = $2)`, [this.fingerprints.of('subject', subject), caseId]);
    return rows.map((r) => r.reference);
  }

  async parties(caseId: string): Promise<readonly { readonly partyId: string; readonly role: PartyRole; readonly personId?: ParentId }[]> {
    const rows = await this.db.rows<{ party_id: string; role: PartyRole; person_id: ParentId | null }>('select party_id, role, person_id from intake.party where case_id = $1', [caseId]);
    return rows.map((r) => ({ partyId: r.party_id, role: r.role, ...(r.person_id !== null && { personId: r.person_id }) }));
  }

  async byReference(reference: string): Promise<string | undefined> {
    const [row] = await this.db.rows<{ case_id: string }>('select case_id from intake.case_file where reference = $1', [reference]);
    return row?.case_id;
  }

  async references(caseIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.db.rows<{ case_id: string; reference: string }>('select case_id, reference from intake.case_file where case_id = any($1::uuid[])', [`{${caseIds.join(',')}}`]);
    return new Map(rows.map((r) => [r.case_id, r.reference]));
  }
}

const toStanding = (r: StandingRow): Standing => ({
  caseId: r.case_id, reference: r.reference, lifeEvent: r.life_event, partyId: r.party_id, role: r.role, ...(r.person_id !== null && { personId: r.person_id }), openedAt: Number(r.opened_at),
});
