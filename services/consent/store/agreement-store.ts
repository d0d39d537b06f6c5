import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AgreementRecord } from '#contracts/apis/vault.js';
import type { ProgrammeId } from '#contracts/words.js';
import type { Database, InsertShape, Unit } from '#libs/persistence/index.js';

interface Row { id: string; programme: string; doc: AgreementRecord }
const AGREEMENT: InsertShape<Row> = { into: 'consent.agreement', columns: { id: 'text', programme: 'text', doc: 'json' } };

const plain = (agreement: AgreementRecord): AgreementRecord => JSON.parse(JSON.stringify(agreement)) as AgreementRecord;
const withoutEnd = (agreement: AgreementRecord): object => ({ ...agreement, to: undefined });

@Injectable()
export class AgreementStore {
  async with(unit: Unit, programmes: readonly ProgrammeId[]): Promise<readonly AgreementRecord[]> {
    const rows = await unit.tx.rows<{ doc: AgreementRecord }>(`select doc from consent.agreement where programme = any(string_to_array($1, ','))`, [[...new Set(programmes)].join(',')]);
    return rows.map((r) => r.doc);
  }

  async all(db: Database): Promise<readonly AgreementRecord[]> {
    return (await db.rows<{ doc: AgreementRecord }>('select doc from consent.agreement')).map((r) => r.doc);
  }

  /** Adds what is new and notes an end. Throws, and so stops the boot, when an agreement was edited in any other way. */
  async register(unit: Unit, agreements: readonly AgreementRecord[]): Promise<void> {
    const known = new Map((await this.with(unit, agreements.map((a) => a.programme))).map((a) => [a.id, a]));
    const fresh = agreements.map(plain).filter((a) => {
      const before = known.get(a.id);
      if (before && !isDeepStrictEqual(withoutEnd(before), withoutEnd(a))) throw new Error(`the agreement ${a.id} was edited: end it and add another`);
      return before?.to !== a.to || !before;
    });
    unit.tx.insertMany(AGREEMENT, fresh.map((a) => ({ id: a.id, programme: a.programme, doc: a })), 'on conflict (id) do update set doc = excluded.doc');
  }
}
