import { CaseAmendedV1, type DataOf } from '#contracts/events/index.js';
import { BIRTH_SCHEMA, type BirthDeclaration } from '#contracts/notifications/birth.js';
import type { LogTable } from '#libs/event-log/index.js';
import { Outdated, OverRows, PerUnit, Remembered, type InsertShape, type Unit } from '#libs/persistence/index.js';
import type { AccessLine, Act, CaseFile } from '../domain/case-file.js';
import { resent } from '../domain/release.js';
import { KeyRing } from '../keys/key-ring.js';
import { apart } from '#libs/kernel/index.js';
import { seal, unseal, type SealingKey } from '../keys/sealed.js';
import { packAct, unpackAct, type ActDoc, type StoredAct } from './act-codec.js';
import { packDeclaration, unpackDeclaration } from './declaration-codec.js';
import { formsIn, LineForms, type LineForm, type PackedLine, type StoredLine } from './line-codec.js';

interface DeclarationRow { caseId: string; version: number; at: number; schemaVersion: number; ciphertext: Buffer; wrappedKey: Buffer; kekId: string }
interface ActRow { caseId: string; seq: number; at: number; doc: ActDoc }
interface ReleaseRow { caseId: string; seq: number; at: number; lines: readonly PackedLine[] }
/** One call of release; `isStored` when it was read. */
interface Release { readonly caseId: string; readonly seq: number; readonly at: number; readonly isStored: boolean; lines: readonly AccessLine[] }
interface FormRow { id: string; doc: LineForm }
interface YieldRow { caseId: string; seq: number; at: number; ciphertext: Buffer }

const DECLARATION: InsertShape<DeclarationRow> = {
  into: 'consent.declaration', columns: { caseId: 'uuid', version: 'int', at: 'bigint', schemaVersion: 'int', ciphertext: 'bytea', wrappedKey: 'bytea', kekId: 'text' },
};
const ACT: InsertShape<ActRow> = { into: 'consent.act', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', doc: 'json' } };
const RELEASE: InsertShape<ReleaseRow> = { into: 'consent.release', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', lines: 'json' } };
const FORM: InsertShape<FormRow> = { into: 'consent.line_form', columns: { id: 'text', doc: 'json' } };
const RECOUNT = `update consent.release r set lines = c.lines from unnest($1::uuid[], $2::int[], string_to_array($3, E'\\x1f')::json[]) c(case_id, seq, lines) where r.case_id = c.case_id and r.seq = c.seq`;
const YIELD: InsertShape<YieldRow> = { into: 'consent.yield', columns: { caseId: 'uuid', seq: 'int', at: 'bigint', ciphertext: 'bytea' } };

const LOAD = `
  select d.case_id, d.version, d.ciphertext, d.wrapped_key,
    (select json_agg(json_build_array(a.seq, a.at, a.doc) order by a.seq) from consent.act a where a.case_id = d.case_id) acts,
    (select json_agg(json_build_array(r.seq, r.at, r.lines) order by r.seq) from consent.release r where r.case_id = d.case_id) releases,
    (select string_agg(encode(y.ciphertext, 'base64'), ',' order by y.seq) from consent.yield y where y.case_id = d.case_id) yields
  from unnest($1::uuid[], $2::int[]) c(id, up_to) cross join lateral (select * from consent.declaration where case_id = c.id and version <= c.up_to order by version desc limit 1) d`;
const NEWEST = 2 ** 31 - 1;

/** Rows are added to a file and never changed, but for the count of a line sent again and for erasure, which takes the wrapped key: so their numbers tell whether a file is still what it was. */
interface Numbers { id: string; version: number; wrappedKey: Buffer | undefined; acts: number; releases: number; yields: number }
const HOLDS = new OverRows<Numbers>({ id: 'uuid', version: 'int', wrappedKey: 'bytea', acts: 'int', releases: 'int', yields: 'int' }, (known) => `
  select not exists (
    select from ${known.as('k')}
    where not exists (select from (select version, wrapped_key from consent.declaration where case_id = k.id order by version desc limit 1) d
                      where d.version = k.version and d.wrapped_key is not distinct from k.wrapped_key)
      or (select seq from consent.act where case_id = k.id order by seq desc limit 1) is distinct from nullif(k.acts, 0)
      or (select seq from consent.release where case_id = k.id order by seq desc limit 1) is distinct from nullif(k.releases, 0)
      or (select seq from consent.yield where case_id = k.id order by seq desc limit 1) is distinct from nullif(k.yields, 0))`);
/** Files this process wrote stay open so long at most, in milliseconds, for the next step of their case; and so many, or twice as many at most. */
const OPEN_MS = 1000;
const OPEN_FILES = 1024;

interface LoadedRow {
  case_id: string; version: number; ciphertext: Buffer; wrapped_key: Buffer | null;
  acts: [number, number, StoredAct][] | null; releases: [number, number, readonly StoredLine[]][] | null; yields: string | null;
}

/** What one delivery yielded, as it is sealed. */
export interface Yielded {
  readonly deliveryId: string;
  readonly yields: Readonly<Record<string, string>>;
  readonly freeText?: string;
}

/** What deliveries yielded, opened. */
interface Yields {
  readonly values: Record<string, string>;
  /** What each delivery last yielded, as it was sealed. */
  readonly last: Map<string, string>;
}
/** A first version, sealed before it is known whether it will be kept. */
interface Prepared { readonly declaration: BirthDeclaration; readonly key: SealingKey; readonly wrappedKey: Buffer; readonly kekId: string; readonly ciphertext: Buffer }
interface Work {
  readonly cases: Map<string, Held>;
  readonly prepared: Map<string, Prepared>;
  /** Not kept open after it. */
  readonly closed: Set<string>;
  /** A reading under way. */
  loading?: Promise<void>;
  queued: { declarations: DeclarationRow[]; acts: ActRow[]; yields: YieldRow[]; releases: Set<Release> } | undefined;
}

/** Where a sealed text lies: moved to another case or version it cannot be opened. */
const declarationAt = (caseId: string, version: number): string => `declaration ${caseId} ${version}`;
const yieldAt = (caseId: string, seq: number): string => `yield ${caseId} ${seq}`;

/** The file of a case in a unit. What is sealed is opened when it is first asked for: who keeps a yield needs no declaration. */
class Held implements CaseFile {
  releases: readonly Release[] = [];
  acts: readonly Act[] = [];
  yieldRows = 0;
  /** The wrapped key; undefined in an erased file. */
  wrappedKey: Buffer | undefined;
  /** Taken from memory, not read. */
  isAssumed = false;
  private opened: BirthDeclaration | undefined;
  private openYields: Yields | undefined;

  constructor(
    readonly caseId: string, public version: number, readonly key: SealingKey | undefined, private sealed: Buffer | undefined, private readonly sealedYields: readonly string[] = [],
  ) {}

  /** With a declaration in the open instead of a sealed one. */
  static of(caseId: string, version: number, key: SealingKey, declaration: BirthDeclaration): Held {
    const held = new Held(caseId, version, key, undefined);
    held.declare(version, declaration);
    return held;
  }

  /** For another unit, once this one is committed. */
  assumed(): Held {
    const copy = new Held(this.caseId, this.version, this.key, this.sealed, this.sealedYields);
    copy.releases = this.releases.map((r) => ({ ...r, isStored: true }));
    copy.opened = this.opened;
    copy.openYields = this.openYields && { values: { ...this.openYields.values }, last: new Map(this.openYields.last) };
    return Object.assign(copy, { acts: this.acts, yieldRows: this.yieldRows, wrappedKey: this.wrappedKey, isAssumed: true });
  }

  declare(version: number, declaration: BirthDeclaration): void {
    this.version = version;
    this.opened = declaration;
    this.sealed = undefined;
  }

  get declaration(): BirthDeclaration | undefined {
    if (this.sealed && this.key) this.declare(this.version, unpackDeclaration(unseal(this.key, this.sealed, declarationAt(this.caseId, this.version))));
    return this.opened;
  }

  get yields(): Readonly<Record<string, string>> {
    return this.yielded.values;
  }

  get yielded(): Yields {
    if (this.openYields) return this.openYields;
    const open: Yields = { values: {}, last: new Map() };
    const { key } = this;
    if (key) {
      this.sealedYields.forEach((sealed, i) => {
        for (const y of JSON.parse(unseal(key, Buffer.from(sealed, 'base64'), yieldAt(this.caseId, i + 1)).toString()) as Yielded[]) {
          Object.assign(open.values, y.yields);
          open.last.set(y.deliveryId, JSON.stringify(y));
        }
      });
    }
    return (this.openYields = open);
  }

  get lines(): readonly AccessLine[] {
    return this.releases.flatMap((r) => r.lines);
  }
}

/** A version that was deposited and then not accepted is deposited again by the next amendment. */
const AGAIN = 'on conflict (case_id, version) do update set at = excluded.at, schema_version = excluded.schema_version, ciphertext = excluded.ciphertext, wrapped_key = excluded.wrapped_key, kek_id = excluded.kek_id';

/**
 * The files of cases, sealed at rest. Within a unit a file is read once and its rows are written once, at the end; what was
 * queued is already seen by whoever asks in the same unit. With `log`, deposits commit before what they belong to is accepted: then a
 * later version counts from when the log says that the case was amended.
 */
export class CaseFileStore {
  private readonly units = new PerUnit<Work>();
  private readonly forms = new LineForms();
  private readonly open = new Remembered<Held>(OPEN_FILES, OPEN_MS / 2);

  constructor(private readonly keys: KeyRing, private readonly log?: LogTable) {}

  get commitsFirst(): boolean {
    return this.log !== undefined;
  }

  async load(unit: Unit, caseIds: readonly string[]): Promise<ReadonlyMap<string, CaseFile>> {
    const work = this.workOf(unit);
    await work.loading;
    const { cases } = work;
    const missing = [...new Set(caseIds)].filter((id) => !cases.has(id));
    if (missing.length > 0) await (work.loading = this.read(unit, cases, missing));
    return new Map(caseIds.flatMap((id) => (cases.has(id) ? [[id, cases.get(id)!] as const] : [])));
  }

  private assume(unit: Unit, cases: Map<string, Held>, missing: readonly string[]): boolean {
    const known = unit.assumes ? this.open.ofAll(missing) : undefined;
    if (!known) return false;
    unit.tx.insist(...HOLDS.of(known.map((h) => ({ id: h.caseId, version: h.version, wrappedKey: h.wrappedKey, acts: h.acts.length, releases: h.releases.length, yields: h.yieldRows }))));
    for (const held of known) cases.set(held.caseId, held.assumed());
    return true;
  }

  /** What was committed of these files; an erased one is read again. */
  private keepOpen(files: readonly Held[]): void {
    for (const held of files) {
      if (held.wrappedKey) this.open.keep(held.caseId, held);
      else this.open.forget(held.caseId);
    }
  }

  private async read(unit: Unit, cases: Map<string, Held>, missing: readonly string[]): Promise<void> {
    if (this.assume(unit, cases, missing)) return;
    const rows = await this.accepted(unit, await this.rows(unit, missing.map((id) => [id, NEWEST])));
    await this.learnForms(unit, rows);
    for (const row of rows) if (!cases.has(row.case_id)) cases.set(row.case_id, this.held(row));
  }

  /** Seals first versions before they are added: that needs no lock and no answer. One that is not added is forgotten with the unit. */
  prepare(unit: Unit, items: readonly { readonly caseId: string; readonly declaration: BirthDeclaration }[]): void {
    const { prepared } = this.workOf(unit);
    for (const { caseId, declaration } of items) prepared.set(caseId, this.seal(caseId, 1, declaration, this.keys.newDataKey()));
  }

  /** What this unit commits of these files is not kept open. */
  close(unit: Unit, caseIds: readonly string[]): void {
    const { closed } = this.workOf(unit);
    for (const caseId of caseIds) closed.add(caseId);
    unit.afterCommit(() => caseIds.forEach((caseId) => this.open.forget(caseId)));
  }

  /** A first version needs nothing loaded before; a later one needs its case loaded. */
  addDeclaration(unit: Unit, caseId: string, version: number, declaration: BirthDeclaration): CaseFile {
    const work = this.workOf(unit);
    const known = work.cases.get(caseId);
    const ready = known ? undefined : work.prepared.get(caseId);
    const { key, ciphertext, wrappedKey, kekId } = ready?.declaration === declaration ? ready : this.seal(caseId, version, declaration, known?.key ?? this.keys.newDataKey());
    const held = known ?? Held.of(caseId, version, key, declaration);
    held.declare(version, declaration);
    held.wrappedKey = wrappedKey;
    work.cases.set(caseId, held);
    this.queue(unit).declarations.push({ caseId, version, at: unit.now, schemaVersion: BIRTH_SCHEMA, ciphertext, wrappedKey, kekId });
    return held;
  }

  /** Writes the acts that are new. */
  keepActs(unit: Unit, caseId: string, acts: readonly Act[]): CaseFile {
    const held = this.fileIn(unit, caseId);
    for (const { seq, at, by, decisions } of acts.slice(held.acts.length)) this.queue(unit).acts.push({ caseId, seq, at, doc: packAct({ by, decisions }) });
    held.acts = acts;
    return held;
  }

  /** What a delivery yielded before is not written again; nothing is kept of what comes after the erasure. */
  addYields(unit: Unit, caseId: string, yielded: readonly Yielded[]): void {
    const held = this.fileIn(unit, caseId);
    if (!held.key) return;
    const { values, last } = held.yielded;
    const fresh = yielded.filter((y) => {
      const [said, before] = [JSON.stringify(y), last.get(y.deliveryId)];
      last.set(y.deliveryId, said);
      return said !== before;
    });
    if (fresh.length === 0) return;
    const seq = ++held.yieldRows;
    for (const { yields } of fresh) Object.assign(values, yields);
    this.queue(unit).yields.push({ caseId, seq, at: unit.now, ciphertext: seal(held.key, Buffer.from(JSON.stringify(fresh)), yieldAt(caseId, seq)) });
  }

  /** Lines of one call make one row; a line whose delivery has one already is counted there. */
  addLines(unit: Unit, caseId: string, lines: readonly AccessLine[]): void {
    const held = this.fileIn(unit, caseId);
    const { releases } = this.queue(unit);
    const first: AccessLine[] = [];
    for (const line of lines) {
      const again = held.releases.find((r) => r.lines.some((l) => l.deliveryId === line.deliveryId));
      const twice = first.findIndex((l) => l.deliveryId === line.deliveryId);
      if (again) {
        if (held.isAssumed) throw new Outdated('how often a line was sent is read');
        again.lines = again.lines.map((l) => (l.deliveryId === line.deliveryId ? resent(l, line) : l));
        releases.add(again);
      } else if (twice >= 0) first[twice] = resent(first[twice]!, line);
      else first.push(line);
    }
    if (first.length === 0) return;
    const row: Release = { caseId, seq: held.releases.length + 1, at: unit.now, isStored: false, lines: first };
    held.releases = [...held.releases, row];
    releases.add(row);
  }

  /** Destroys the data keys. Copies in backups die with the key-encryption key, when it is rotated and retired. */
  erase(unit: Unit, caseIds: readonly string[]): void {
    for (const caseId of caseIds) {
      this.workOf(unit).cases.delete(caseId);
      this.open.forget(caseId);
    }
    unit.tx.write(`update consent.declaration set wrapped_key = null, kek_id = null, ciphertext = '' where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
    unit.tx.write(`update consent.yield set ciphertext = '' where case_id = any($1::uuid[])`, [`{${caseIds.join(',')}}`]);
  }

  private seal(caseId: string, version: number, declaration: BirthDeclaration, key: SealingKey): Prepared {
    return { declaration, key, ...this.keys.wrap(key, caseId), ciphertext: seal(key, packDeclaration(declaration), declarationAt(caseId, version)) };
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

  private async learnForms(unit: Unit, rows: readonly LoadedRow[]): Promise<void> {
    const unknown = new Set(rows.flatMap((row) => (row.releases ?? []).flatMap(([, , lines]) => formsIn(lines))).filter((name) => !this.forms.has(name)));
    if (unknown.size === 0) return;
    for (const { id, doc } of await unit.tx.rows<FormRow>(`select id, doc from consent.line_form where id = any(string_to_array($1, ','))`, [[...unknown].join(',')])) this.forms.learn(id, doc);
  }

  private held(row: LoadedRow): Held {
    const { case_id: caseId, version } = row;
    const sealedYields = row.yields === null ? [] : row.yields.split(',');
    const held = new Held(caseId, version, row.wrapped_key ? this.keys.unwrap(row.wrapped_key, caseId) : undefined, apart(row.ciphertext), sealedYields);
    held.wrappedKey = row.wrapped_key ? apart(row.wrapped_key) : undefined;
    held.yieldRows = sealedYields.length;
    held.acts = (row.acts ?? []).map(([seq, at, doc]) => ({ seq, at, ...unpackAct(doc) }));
    held.releases = (row.releases ?? []).map(([seq, at, lines]) => ({ caseId, seq, at, isStored: true, lines: this.forms.unpack(lines, at) }));
    return held;
  }

  private fileIn(unit: Unit, caseId: string): Held {
    const held = this.workOf(unit).cases.get(caseId);
    if (!held) throw new Error('the vault holds no file of this case');
    return held;
  }

  private keepReleases(unit: Unit, releases: readonly Release[]): void {
    const fresh = new Map<string, LineForm>();
    const rows = releases.map(({ caseId, seq, at, isStored, lines }) => ({ caseId, seq, at, isStored, lines: this.forms.pack(lines, at, fresh) }));
    // In one order for all: who adds the same forms at the same time waits for the other, and never crosswise.
    unit.tx.insertMany(FORM, [...fresh].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, doc]) => ({ id, doc })), 'on conflict (id) do nothing');
    unit.afterCommit(() => fresh.forEach((form, name) => this.forms.learn(name, form)));
    unit.tx.insertMany(RELEASE, rows.filter((r) => !r.isStored));
    const recounted = rows.filter((r) => r.isStored);
    if (recounted.length > 0) unit.tx.write(RECOUNT, [`{${recounted.map((r) => r.caseId).join(',')}}`, `{${recounted.map((r) => r.seq).join(',')}}`, recounted.map((r) => JSON.stringify(r.lines)).join('\x1f')]);
  }

  private workOf(unit: Unit): Work {
    let work = this.units.get(unit);
    if (!work) {
      work = { cases: new Map(), prepared: new Map(), closed: new Set(), queued: undefined };
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
        const written = new Set([...declarations, ...acts, ...yields, ...releases].map(({ caseId }) => caseId));
        unit.afterCommit(() => this.keepOpen([...written].flatMap((caseId) => (work.closed.has(caseId) ? [] : work.cases.get(caseId) ?? []))));
        unit.tx.insertMany(DECLARATION, declarations, this.commitsFirst ? AGAIN : '');
        unit.tx.insertMany(ACT, acts);
        unit.tx.insertMany(YIELD, yields);
        this.keepReleases(unit, [...releases]);
      });
    }
    return work.queued;
  }
}
