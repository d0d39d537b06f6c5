import { CaseAmendedV1, type DataOf } from '#contracts/events/index.js';
import { BIRTH_SCHEMA, type BirthDeclaration } from '#contracts/notifications/birth.js';
import type { LogTable } from '#libs/event-log/index.js';
import type { InsertShape, Unit } from '#libs/persistence/index.js';
import type { AccessLine, Act, CaseFile } from '../domain/case-file.js';
import { resent } from '../domain/release.js';
import { KeyRing } from '../keys/key-ring.js';
import { seal, unseal, type SealingKey } from '../keys/sealed.js';

interface DeclarationRow { caseId: string; version: number; at: number; schemaVersion: number; ciphertext: Buffer; wrappedKey: Buffer; kekId: string }
interface ActRow { caseId: string; seq: number; at: number; doc: Pick<Act, 'by' | 'decisions'> }
interface ReleaseRow { caseId: string; seq: number; at: number; lines: readonly AccessLine[] }
interface YieldRow { caseId: string; seq: number; at: number; ciphertext: Buffer }

const DECLARATION: InsertShape<DeclarationRow> = {
  into: 'consent.declaration', columns: { caseId: 'uuid', version: 'int', at: 'bigint', schemaVersion: 'int', ciphertext: 'bytea', wrappedKey: 'bytea', kekId: 'text' },
};
const ACT: InsertShape<ActRow> = { into: 'consent.act', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', doc: 'json' } };
const RELEASE: InsertShape<ReleaseRow> = { into: 'consent.release', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', lines: 'json' } };
const YIELD: InsertShape<YieldRow> = { into: 'consent.yield', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', ciphertext: 'bytea' } };

const LOAD = `
  select d.case_id, d.version, d.ciphertext, d.wrapped_key,
    (select json_agg(json_build_array(a.seq, a.at, a.doc) order by a.seq) from consent.act a where a.case_id = d.case_id) acts,
    (select json_agg(json_build_array(r.seq, r.at, r.lines) order by r.seq) from consent.release r where r.case_id = d.case_id) releases,
    (select array_agg(y.ciphertext order by y.seq) from consent.yield y where y.case_id = d.case_id) yields
  from unnest($1::uuid[], $2::int[]) c(id, up_to) cross join lateral (select * from consent.declaration where case_id = c.id and version <= c.up_to order by version desc limit 1) d`;
const NEWEST = 2 ** 31 - 1;

interface LoadedRow {
  case_id: string; version: number; ciphertext: Buffer; wrapped_key: Buffer | null;
  acts: [number, number, ActRow['doc']][] | null; releases: [number, number, readonly AccessLine[]][] | null; yields: Buffer[] | null;
}

/** What one delivery yielded, as it is sealed. */
export interface Yielded {
  readonly deliveryId: string;
  readonly yields: Readonly<Record<string, string>>;
  readonly freeText?: string;
}

interface Held {
  caseId: string;
  version: number;
  declaration: BirthDeclaration | undefined;
  key: SealingKey | undefined;
  acts: readonly Act[];
  yields: Record<string, string>;
  /** What each delivery last yielded, as it was sealed. */
  yielded: Map<string, string>;
  yieldRows: number;
  releases: ReleaseRow[];
}
interface Work {
  readonly cases: Map<string, Held>;
  queued: { declarations: DeclarationRow[]; acts: ActRow[]; yields: YieldRow[]; releases: Set<ReleaseRow> } | undefined;
}

/** Where a sealed text lies: moved to another case or version it cannot be opened. */
const declarationAt = (caseId: string, version: number): string => `declaration ${caseId} ${version}`;
const yieldAt = (caseId: string, seq: number): string => `yield ${caseId} ${seq}`;

const fileOf = (held: Held): CaseFile => ({
  caseId: held.caseId, version: held.version, declaration: held.declaration, acts: held.acts, yields: held.yields, lines: held.releases.flatMap((r) => r.lines),
});

/** A version that was deposited and then not accepted is deposited again by the next amendment. */
const AGAIN = 'on conflict (case_id, version) do update set at = excluded.at, schema_version = excluded.schema_version, ciphertext = excluded.ciphertext, wrapped_key = excluded.wrapped_key, kek_id = excluded.kek_id';

/**
 * The files of cases, sealed at rest. Within a unit a file is read once and its rows are written once, at the end; what was
 * queued is already seen by whoever asks in the same unit. With `log`, deposits commit before what they belong to is accepted: then a
 * later version counts from when the log says that the case was amended.
 */
export class CaseFileStore {
  private readonly units = new WeakMap<Unit, Work>();

  constructor(private readonly keys: KeyRing, private readonly log?: LogTable) {}

  get commitsFirst(): boolean {
    return this.log !== undefined;
  }

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, CaseFile>> {
    const { cases } = this.workOf(unit);
    const missing = [...new Set(caseIds)].filter((id) => !cases.has(id));
    if (missing.length > 0) {
      for (const row of await this.accepted(unit, await this.rows(unit, missing.map((id) => [id, NEWEST])))) {
        if (!cases.has(row.case_id)) cases.set(row.case_id, this.opened(row));
      }
    }
    return new Map(caseIds.flatMap((id) => (cases.has(id) ? [[id, fileOf(cases.get(id)!)] as const] : [])));
  }

  /** A first version needs nothing loaded before; a later one needs its case loaded. */
  addDeclaration(unit: Unit, caseId: string, version: number, declaration: BirthDeclaration): CaseFile {
    const work = this.workOf(unit);
    const held: Held = work.cases.get(caseId) ?? { caseId, version, declaration, key: this.keys.newDataKey(), acts: [], yields: {}, yielded: new Map(), yieldRows: 0, releases: [] };
    const { wrappedKey, kekId } = this.keys.wrap(held.key!, caseId);
    Object.assign(held, { version, declaration });
    work.cases.set(caseId, held);
    this.queue(unit).declarations.push({
      caseId, version, at: unit.now, schemaVersion: BIRTH_SCHEMA, ciphertext: seal(held.key!, Buffer.from(JSON.stringify(declaration)), declarationAt(caseId, version)), wrappedKey, kekId,
    });
    return fileOf(held);
  }

  /** Writes the acts that are new. */
  keepActs(unit: Unit, caseId: string, acts: readonly Act[]): CaseFile {
    const held = this.held(unit, caseId);
    for (const { seq, at, by, decisions } of acts.slice(held.acts.length)) this.queue(unit).acts.push({ caseId, seq, at, doc: { by, decisions } });
    held.acts = acts;
    return fileOf(held);
  }

  /** What a delivery yielded before is not written again; nothing is kept of what comes after the erasure. */
  addYields(unit: Unit, caseId: string, yielded: readonly Yielded[]): void {
    const held = this.held(unit, caseId);
    if (!held.key) return;
    const fresh = yielded.filter((y) => {
      const [said, before] = [JSON.stringify(y), held.yielded.get(y.deliveryId)];
      held.yielded.set(y.deliveryId, said);
      return said !== before;
    });
    if (fresh.length === 0) return;
    const seq = ++held.yieldRows;
    for (const { yields } of fresh) held.yields = { ...held.yields, ...yields };
    this.queue(unit).yields.push({ caseId, seq, at: unit.now, ciphertext: seal(held.key, Buffer.from(JSON.stringify(fresh)), yieldAt(caseId, seq)) });
  }

  /** Lines of one call make one row; a line whose delivery has one already is counted there. */
  addLines(unit: Unit, caseId: string, lines: readonly AccessLine[]): void {
    const held = this.held(unit, caseId);
    const { releases } = this.queue(unit);
    const first: AccessLine[] = [];
    for (const line of lines) {
      const again = held.releases.find((r) => r.lines.some((l) => l.deliveryId === line.deliveryId));
      const twice = first.findIndex((l) => l.deliveryId === line.deliveryId);
      if (again) {
        again.lines = again.lines.map((l) => (l.deliveryId === line.deliveryId ? resent(l, line) : l));
        releases.add(again);
      } else if (twice >= 0) first[twice] = resent(first[twice]!, line);
      else first.push(line);
    }
    if (first.length === 0) return;
    const row: ReleaseRow = { caseId, seq: held.releases.length + 1, at: unit.now, lines: first };
    held.releases = [...held.releases, row];
    releases.add(row);
  }

  /** Destroys the data keys. Copies in backups die with the key-encryption key, when it is rotated and retired. */
  erase(unit: Unit, caseIds: readonly string[]): void {
    for (const caseId of caseIds) this.workOf(unit).cases.delete(caseId);
    unit.tx.write(`update consent.declaration set wrapped_key = null, kek_id = null, ciphertext = '' where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
    unit.tx.write(`update consent.yield set ciphertext = '' where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
  }

  private rows(unit: Unit, upTo: readonly (readonly [caseId: string, version: number])[]): Promise<LoadedRow[]> {
    return unit.tx.rows<LoadedRow>(LOAD, [`{${upTo.map(([id]) => id).join(',')}}`, `{${upTo.map(([, version]) => version).join(',')}}`]);
  }

  /** These files, or an earlier version of those whose newest nobody has accepted. */
  private async accepted(unit: Unit, rows: readonly LoadedRow[]): Promise<readonly LoadedRow[]> {
    const amended = rows.filter((r) => r.version > 1);
    if (!this.log || amended.length === 0) return rows;
    const stated = new Map<string, number>();
    for (const { caseId, type, data } of await this.log.between(unit, amended.map((r) => ({ caseId: r.case_id, after: 0, before: NEWEST })))) {
      if (type === CaseAmendedV1.type) stated.set(caseId, (data as DataOf<typeof CaseAmendedV1>).version);
    }
    const ahead = amended.filter((r) => r.version > (stated.get(r.case_id) ?? 1));
    return [...rows.filter((r) => !ahead.includes(r)), ...(ahead.length > 0 ? await this.rows(unit, ahead.map((r) => [r.case_id, stated.get(r.case_id) ?? 1])) : [])];
  }

  private opened(row: LoadedRow): Held {
    const { case_id: caseId, version } = row;
    const key = row.wrapped_key ? this.keys.unwrap(row.wrapped_key, caseId) : undefined;
    const yields: Record<string, string> = {};
    const yielded = new Map<string, string>();
    if (key) {
      row.yields?.forEach((sealed, i) => {
        for (const y of JSON.parse(unseal(key, sealed, yieldAt(caseId, i + 1)).toString()) as Yielded[]) {
          Object.assign(yields, y.yields);
          yielded.set(y.deliveryId, JSON.stringify(y));
        }
      });
    }
    return {
      caseId, version, key,
      declaration: key && (JSON.parse(unseal(key, row.ciphertext, declarationAt(caseId, version)).toString()) as BirthDeclaration),
      acts: (row.acts ?? []).map(([seq, at, doc]) => ({ seq, at, ...doc })),
      yields, yielded, yieldRows: row.yields?.length ?? 0,
      releases: (row.releases ?? []).map(([seq, at, lines]) => ({ caseId, seq, at, lines })),
    };
  }

  private held(unit: Unit, caseId: string): Held {
    const held = this.workOf(unit).cases.get(caseId);
    if (!held) throw new Error('the vault holds no file of this case');
    return held;
  }

  private workOf(unit: Unit): Work {
    let work = this.units.get(unit);
    if (!work) {
      work = { cases: new Map(), queued: undefined };
      this.units.set(unit, work);
    }
    return work;
  }

  private queue(unit: Unit): NonNullable<Work['queued']> {
    const work = this.workOf(unit);
    if (!work.queued) {
      work.queued = { declarations: [], acts: [], yields: [], releases: new Set() };
      unit.onFlush(() => {
        const { declarations, acts, yields, releases } = work.queued!;
        work.queued = undefined;
        unit.tx.insertMany(DECLARATION, declarations, this.commitsFirst ? AGAIN : '');
        unit.tx.insertMany(ACT, acts);
        unit.tx.insertMany(YIELD, yields);
        unit.tx.insertMany(RELEASE, [...releases], 'on conflict (case_id, seq) do update set lines = excluded.lines');
      });
    }
    return work.queued;
  }
}
