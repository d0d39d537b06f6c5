import { Injectable } from '@nestjs/common';
import type { Envelope } from '#contracts/envelope.js';
import { History } from '#libs/event-log/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { SHORTEST, isPastRetention } from '../domain/retention.js';
import { KeyRing } from '../keys/key-ring.js';
import { CaseFileStore } from '../store/case-file-store.js';

const DAY = 24 * 60 * 60 * 1000;
const LIST = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';

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
    let [rewrapped, caseId, version] = [0, FIRST, 0];
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

  /**
   * Forgets the key-encryption keys that wrap nothing any more, so that what was erased cannot be read from old copies of the
   * database either. Throws while one is in use. Other processes may use the old key for a minute after a rotation.
   */
  async retireKeys(): Promise<void> {
    const [used] = await this.db.rows('select from consent.declaration where kek_id <> $1 limit 1', [this.keys.current]);
    if (used) throw new Error('some data keys are still wrapped by an older key: run rewrapKeys first');
    this.keys.retireOthers();
  }

  /** Destroys deposits older than a day whose case never appeared on the log. Answers which. */
  async sweepOrphans(now: number): Promise<readonly string[]> {
    const [mark] = await this.db.rows<{ checked_to: string }>('select checked_to from consent.sweep');
    const to = now - DAY;
    const orphans: string[] = [];
    let after = FIRST;
    for (;;) {
      const due = await this.db.rows<{ case_id: string }>(
        'select case_id from consent.declaration where version = 1 and at >= $1 and at < $2 and case_id > $3 order by case_id limit $4', [mark?.checked_to ?? '0', to, after, LIST]);
      orphans.push(...await this.eraseIf(due.map((r) => r.case_id), (story) => story.length === 0));
      if (due.length < LIST) break;
      after = due.at(-1)!.case_id;
    }
    await this.db.rows('update consent.sweep set checked_to = greatest(checked_to, $1)', [to]);
    return orphans;
  }

  /** Destroys the data keys of settled cases whose life event's data is kept no longer. Answers which. */
  async sweepRetention(now: number): Promise<readonly string[]> {
    const erased: string[] = [];
    let after = FIRST;
    for (;;) {
      const old = await this.db.rows<{ case_id: string }>(
        'select case_id from consent.declaration where version = 1 and at <= $1 and wrapped_key is not null and case_id > $2 order by case_id limit $3', [now - SHORTEST, after, LIST]);
      erased.push(...await this.eraseIf(old.map((r) => r.case_id), (story) => isPastRetention(story, now)));
      if (old.length < LIST) return erased;
      after = old.at(-1)!.case_id;
    }
  }

  /** Looks once without locks, and again under those of the few that are due: nothing can happen to a case in between. */
  private async eraseIf(caseIds: readonly string[], isDue: (story: readonly Envelope[]) => boolean): Promise<readonly string[]> {
    const dueOf = async (ids: readonly string[]): Promise<readonly string[]> => {
      const stories = ids.length > 0 ? await this.history.ofMany(ids) : new Map<string, readonly Envelope[]>();
      return ids.filter((id) => isDue(stories.get(id) ?? []));
    };
    const candidates = await dueOf(caseIds);
    if (candidates.length === 0) return [];
    return this.unitOfWork.join(candidates, async (unit) => {
      const due = await dueOf(candidates);
      if (due.length > 0) this.files.erase(unit, due);
      return due;
    });
  }
}
