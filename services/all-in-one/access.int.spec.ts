import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessList, PRIVILEGES, projectFile, readAccessList, type Privilege } from '#libs/config/index.js';
import { doors } from '#libs/doors/index.js';
import { declaredTopics } from '#libs/event-log/index.js';
import { Database, grantAccess } from '#libs/persistence/index.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { migrations } from './platform.js';

const access = accessList();
const roles = Object.entries(access).flatMap(([role, { tables }]) => (tables ? [{ role, tables }] : []));

describe('a service’s database role', () => {
  let database: TestDatabase;
  let tables: readonly string[];
  const as = new Map<string, Database>();
  beforeAll(async () => {
    database = await openTestDatabase(migrations);
    await grantAccess(database.db, access);
    tables = (await database.db.rows<{ name: string }>(`select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`)).map((r) => r.name);
    for (const { role } of roles) {
      const url = new URL(database.url);
      url.username = role;
      as.set(role, await Database.open({ url: url.toString(), poolSize: 1 }));
    }
  }, 60_000);
  afterAll(() => Promise.all([...as.values()].map((db) => db.close())));

  /** What the role may really do with each table. */
  const granted = async (role: string): Promise<Readonly<Record<string, readonly Privilege[]>>> => {
    const rows = await database.db.rows<{ table: string; privilege: Privilege; may: boolean }>(
      `select t as table, p as privilege, has_table_privilege($1, t, p) or has_any_column_privilege($1, t, case p when 'delete' then 'select' else p end) and p <> 'delete' may
       from unnest($2::text[]) t cross join unnest($3::text[]) p`, [role, tables, PRIVILEGES]);
    return Object.fromEntries(tables.map((table) => [table, rows.filter((r) => r.table === table && r.may).map((r) => r.privilege)]));
  };
  const refused = async (role: string, text: string): Promise<boolean> => as.get(role)!.rows(text).then(() => false, (error: unknown) => (error as { code?: string }).code === '42501');

  it.each(roles)('$role may do exactly what deploy/access.yml says, with every table and view there is', async ({ role, tables: listed }) => {
    const may = await granted(role);
    const common: Readonly<Record<string, readonly Privilege[]>> = { 'public.migrations': ['select'], 'clock.ahead': ['select'] };
    for (const table of tables) expect([table, ...may[table]!]).toEqual([table, ...PRIVILEGES.filter((p) => (listed[table] ?? common[table] ?? []).includes(p))]);
    for (const table of Object.keys(listed)) expect(tables).toContain(table);
  });

  it('is given for every table of every service', () => {
    const listed = new Set(roles.flatMap((r) => Object.keys(r.tables)));
    expect(tables.filter((t) => !listed.has(t)).sort()).toEqual(['clock.ahead', 'public.migrations']);
  });

  it.each(roles)('$role cannot read another service’s tables', async ({ role, tables: listed }) => {
    const strange = tables.filter((t) => !(t in listed) && !['public.migrations', 'clock.ahead'].includes(t));
    expect(strange.length).toBeGreaterThan(8);
    for (const table of strange) expect([table, await refused(role, `select * from ${table} limit 1`)]).toEqual([table, true]);
  });

  it.each(roles)('$role cannot change, remove or empty what the log says', async ({ role }) => {
    for (const text of [`update log.entry set data = '{}'`, 'delete from log.entry', 'truncate log.entry', 'alter table log.entry disable trigger all', 'drop table log.entry', 'create table log.mine ()', 'create schema mine', 'create table public.mine ()']) {
      expect([text, await refused(role, text)]).toEqual([text, true]);
    }
  });

  it('that writes a place in the log writes its own, and nobody else’s', async () => {
    await as.get('bundling')!.rows(`insert into log.checkpoint (group_name, partition, txid, position) values ('bundling', 1, '1', 1)`);
    expect(await refused('bundling', `insert into log.checkpoint (group_name, partition, txid, position) values ('adapters', 1, '1', 1)`)).toBe(true);
    expect(await as.get('adapters')!.rows(`update log.checkpoint set position = 9 where group_name = 'bundling' returning 1`)).toEqual([]);
    expect(await as.get('adapters')!.rows(`select position from log.checkpoint where group_name = 'bundling'`)).toEqual([{ position: '1' }]);
    await as.get('bundling')!.rows(`insert into log.parked values ('bundling', gen_random_uuid(), 1, 'too-heavy', 0)`);
    expect(await as.get('identity')!.rows(`delete from log.parked where group_name = 'bundling' returning 1`)).toEqual([]);
    expect(await as.get('bundling')!.rows(`delete from log.parked where group_name = 'bundling' returning 1`)).toHaveLength(1);
  });

  it('of the vault cannot change a record of consent', async () => {
    for (const text of [`update consent.act set at = 0`, 'delete from consent.act', 'delete from consent.release', 'delete from consent.declaration']) expect([text, await refused('consent', text)]).toEqual([text, true]);
  });

  it('loses what it was given outside the list when the list is applied again', async () => {
    await database.db.rows('grant usage on schema consent to intake; grant select on consent.declaration to intake; grant update on log.entry to intake');
    expect(await refused('intake', 'select * from consent.declaration')).toBe(false);
    await grantAccess(database.db, access);
    expect(await refused('intake', 'select * from consent.declaration')).toBe(true);
    expect(await refused('intake', `update log.entry set seq = 0`)).toBe(true);
  });

  it('enters with its password where the server asks for one', async () => {
    await grantAccess(database.db, { status: access.status! }, () => `it's a "secret"`);
    const [row] = await database.db.rows<{ stored: string }>(`select rolpassword stored from pg_authid where rolname = 'status'`);
    expect(row!.stored).toMatch(/^SCRAM-SHA-256\$/);
  });
});

describe('the list of grants', () => {
  it('asks only what the doors answer, and nobody asks at their own', () => {
    for (const [service, { asks = {} }] of Object.entries(access)) {
      for (const [name, questions] of Object.entries(asks)) {
        const door = doors.find((d) => d.name === name);
        expect([service, name, door?.service === service, questions.filter((q) => !(q in (door?.questions ?? {})))]).toEqual([service, name, false, []]);
      }
    }
  });

  it('lets nobody ask what they never ask', () => {
    for (const [service, { asks = {} }] of Object.entries(access)) {
      const folder = join(projectFile('package.json'), '../services', service);
      const source = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && !/\.spec\.ts$|testing\//.test(f)).map((f) => readFileSync(join(folder, f), 'utf8')).join('\n');
      for (const [door, questions] of Object.entries(asks)) for (const question of questions) expect([service, door, question, new RegExp(`this\\.${door}\\.${question}\\(`).test(source)]).toEqual([service, door, question, true]);
    }
  });

  it('names every topic there is with somebody who writes and somebody who reads it, and no other', () => {
    const topics = declaredTopics().map((t) => t.name);
    const fits = (pattern: string, topic: string): boolean => new RegExp(`^${pattern.replaceAll('.', '\\.').replace('*', '[a-z-]+')}$`).test(topic);
    for (const may of ['write', 'read'] as const) {
      const named = Object.values(access).flatMap((a) => a.topics?.[may] ?? []);
      expect(topics.filter((topic) => !named.some((pattern) => fits(pattern, topic)))).toEqual([]);
      expect(named.filter((pattern) => !topics.some((topic) => fits(pattern, topic)))).toEqual([]);
    }
    expect(Object.entries(access).filter(([, a]) => a.topics?.write?.includes('jurisdiction.*.requests')).map(([name]) => name)).toEqual(['adapters']);
  });

  it('is refused as a whole when a line of it is not understood', () => {
    const text = readFileSync(projectFile('deploy/access.yml'), 'utf8');
    expect(() => readAccessList(text.replace('intake.party: [select, insert]', 'intake.party: [select, trunkate]'))).toThrow('intake: intake.party needs a list of');
    expect(() => readAccessList(text.replace('  status:', '  statuz:'))).toThrow('statuz is no service');
    expect(() => readAccessList(text.replace('log.entry: [select, insert]', '"log.entry; drop": [select]'))).toThrow('is no table');
    expect(() => readAccessList(text.replace('write: [case-events]', 'write: ["case events"]'))).toThrow('topics needs lists of names');
    expect(() => readAccessList('[]')).toThrow('has no services');
  });
});
