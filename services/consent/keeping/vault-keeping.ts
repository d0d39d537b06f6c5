import { Injectable } from '@nestjs/common';
import { History } from '#libs/event-log/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { KeyRing } from '../keys/key-ring.js';
import { CaseFileStore } from '../store/case-file-store.js';

const DAY = 24 * 60 * 60 * 1000;
const LIST = 500;

/** What happens to the vault's contents with time: keys are rotated, deposits nobody came back for and files past their retention are destroyed. */
@Injectable()
export class VaultKeeping {
  constructor(private readonly db: Database, private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore, private readonly keys: KeyRing, private readonly history: History) {}

  /** Destroys the data keys of these cases. Consent records and access lines, which name no one, stay as proof. */
  async erase(caseIds: readonly string[]): Promise<void> {
    if (caseIds.length > 0) await this.unitOfWork.join(caseIds, async (unit) => this.files.erase(unit, caseIds));
  }

  /** Wraps every data key by the current key-encryption key; declarations are not touched. Answers how many rows it rewrapped. */
  async rewrapKeys(): Promise<number> {
    let [rewrapped, caseId, version] = [0, '00000000-0000-0000-0000-000000000000', 0];
    for (;;) {
      const rows = await this.db.rows<{ case_id: string; version: number; wrapped_key: Buffer; kek_id: string }>(
        `select case_id, version, wrapped_key, kek_id from consent.declaration where (case_id, version) > ($1, $2) and wrapped_key is not null order by case_id, version limit ${LIST}`,
        [caseId, version]);
      const old = rows.filter((row) => row.kek_id !== this.keys.current);
      const fresh = old.map((row) => this.keys.wrap(this.keys.unwrap(row.wrapped_key, row.case_id), row.case_id).wrappedKey);
      // Only over the very key that was read: one erased in the meantime must not come back.
      const done = await this.db.rows(
        `update consent.declaration d set wrapped_key = r.fresh, kek_id = $5 from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[]) r(case_id, version, was, fresh)
         where d.case_id = r.case_id and d.version = r.version and d.wrapped_key = r.was returning 1`,
        [old.map((r) => r.case_id), old.map((r) => r.version), old.map((r) => r.wrapped_key), fresh, this.keys.current]);
      rewrapped += done.length;
      const last = rows.at(-1);
      if (!last) return rewrapped;
      [caseId, version] = [last.case_id, last.version];
    }
  }

  /** Destroys deposits older than a day whose case never appeared on the log. Answers which. */
  async sweepOrphans(now: number): Promise<readonly string[]> {
    const [mark] = await this.db.rows<{ checked_to: string }>('select checked_to from consent.sweep');
    const to = now - DAY;
    const due = await this.db.rows<{ case_id: string }>('select case_id from consent.declaration where version = 1 and at >= $1 and at < $2', [mark?.checked_to ?? '0', to]);
    const orphans: string[] = [];
    for (const { case_id: caseId } of due) if ((await this.history.of(caseId)).length === 0) orphans.push(caseId);
    await this.erase(orphans);
    await this.db.rows('update consent.sweep set checked_to = greatest(checked_to, $1)', [to]);
    return orphans;
  }
}
