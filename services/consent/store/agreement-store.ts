import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AgreementRecord } from '#contracts/apis/vault.js';
import type { ProgrammeId } from '#contracts/words.js';
import { groupBy } from '#libs/kernel/index.js';
import type { Database, InsertShape, Unit } from '#libs/persistence/index.js';

interface Row { id: string; programme: string; doc: AgreementRecord }
const AGREEMENT: InsertShape<Row> = { into: 'consent.agreement', columns: { id: 'text', programme: 'text', doc: 'json' } };

const plain = (agreement: AgreementRecord): AgreementRecord => JSON.parse(JSON.stringify(agreement)) as AgreementRecord;
const withoutEnd = (agreement: AgreementRecord): object => ({ ...agreement, to: undefined });

/** How long, in milliseconds, what another process has registered may be unknown here: agreements begin and end by the day. */
const FRESH_MS = 1000;

@Injectable()
export class AgreementStore {
  private known: { readonly at: number; readonly byProgramme: ReadonlyMap<string, readonly AgreementRecord[]> } | undefined;

  async with(unit: Unit, programmes: readonly ProgrammeId[]): Promise<readonly AgreementRecord[]> {
    if (!this.known || performance.now() - this.known.at > FRESH_MS) {
      const at = performance.now();
      const rows = await unit.tx.rows<{ doc: AgreementRecord }>('select doc from consent.agreement');
      this.known = { at, byProgramme: groupBy(rows.map((r) => r.doc), (a) => a.programme) };
    }
    const { byProgramme } = this.known;
    return [...new Set(programmes)].flatMap((programme) => byProgramme.get(programme) ?? []);
  }

  async all(db: Database): Promise<readonly AgreementRecord[]> {
    return (await db.rows<{ doc: AgreementRecord }>('select doc from consent.agreement')).map((r) => r.doc);
  }

  /** Adds what is new and notes an end. Throws, and so stops the boot, when an agreement was edited in any other way. */
  async register(unit: Unit, agreements: readonly AgreementRecord[]): Promise<void> {
    this.known = undefined;
    const known = new Map((await this.with(unit, agreements.map((a) => a.programme))).map((a) => [a.id, a]));
    unit.afterCommit(() => (this.known = undefined));
    const fresh = agreements.map(plain).filter((a) => {
      const before = known.get(a.id);
      if (before && !isDeepStrictEqual(withoutEnd(before), withoutEnd(a))) throw new Error(`the agreement ${a.id} was edited: end it and add another`);
      return before?.to !== a.to || !before;
    });
    unit.tx.insertMany(AGREEMENT, fresh.map((a) => ({ id: a.id, programme: a.programme, doc: a })), 'on conflict (id) do update set doc = excluded.doc');
  }
}
