import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { AgreementRecord } from '#contracts/apis/vault.js';
import type { ProgrammeId } from '#contracts/words.js';
import { groupBy } from '#libs/kernel/index.js';
import { PerUnit, type Database, type InsertShape, type Unit } from '#libs/persistence/index.js';

interface Row { id: string; programme: string; doc: AgreementRecord }
const AGREEMENT: InsertShape<Row> = { into: 'consent.agreement', columns: { id: 'text', programme: 'text', doc: 'json' } };

const plain = (agreement: AgreementRecord): AgreementRecord => JSON.parse(JSON.stringify(agreement)) as AgreementRecord;
const withoutEnd = (agreement: AgreementRecord): object => ({ ...agreement, to: undefined });

interface Known { readonly stamp: string; readonly byProgramme: ReadonlyMap<string, readonly AgreementRecord[]> }
/** Whoever adds, changes or takes away a row changes it: a transaction has a higher number than any before it. */
const STAMP = `count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0)`;

/** Agreements are few and nearly never change: a unit asks whether they have, and only then what they are. */
@Injectable()
export class AgreementStore {
  private known: Known | undefined;
  private readonly stamps = new PerUnit<Promise<string>>();

  /** Asks along with the unit's first reads. */
  expect(unit: Unit): Promise<string> {
    let asked = this.stamps.get(unit);
    if (!asked) {
      asked = this.assumed(unit) ?? unit.tx.rows<{ stamp: string }>(`select ${STAMP} stamp from consent.agreement`).then(([row]) => row!.stamp);
      this.stamps.set(unit, asked);
    }
    return asked;
  }

  private assumed(unit: Unit): Promise<string> | undefined {
    if (!unit.assumes || !this.known) return undefined;
    const { stamp } = this.known;
    unit.tx.insist(`select ${STAMP} = $1 from consent.agreement`, [stamp]);
    return Promise.resolve(stamp);
  }

  async with(unit: Unit, programmes: readonly ProgrammeId[]): Promise<readonly AgreementRecord[]> {
    const stamp = await this.expect(unit);
    if (this.known?.stamp !== stamp) this.known = await this.read(unit);
    const { byProgramme } = this.known;
    return [...new Set(programmes)].flatMap((programme) => byProgramme.get(programme) ?? []);
  }

  private async read(unit: Unit): Promise<Known> {
    const [row] = await unit.tx.rows<{ stamp: string; docs: readonly AgreementRecord[] | null }>(`select ${STAMP} stamp, json_agg(doc) docs from consent.agreement`);
    return { stamp: row!.stamp, byProgramme: groupBy(row!.docs ?? [], (a) => a.programme) };
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
