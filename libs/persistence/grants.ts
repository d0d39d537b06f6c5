import type { AccessList } from '#libs/config/index.js';
import type { Database } from './database.js';

const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
const text = (value: string): string => `'${value.replaceAll(`'`, `''`)}'`;
/** Tables whose rows belong to groups of the log: everybody may read them where granted, each role writes those of its own groups. */
const OF_GROUPS = ['checkpoint', 'parked', 'unreadable'] as const;

/**
 * Gives every service of the list a database role of its name with exactly what the list says: what it had besides is taken away. Needs the
 * owner's role; roles belong to the cluster, what they may do to this database. A role without a password enters only where the server trusts it.
 */
export const grantAccess = async (db: Database, access: AccessList, passwordOf: (role: string) => string | undefined = () => undefined): Promise<readonly string[]> => {
  const roles = Object.entries(access).filter(([, { tables }]) => tables !== undefined);
  const [here] = await db.rows<{ database: string }>('select current_database() database');
  const schemas = (await db.rows<{ nspname: string }>(`select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`)).map((r) => r.nspname);
  const client = await db.connect();
  try {
    await client.query(`begin; set local lock_timeout = 0; select pg_advisory_xact_lock(7105151)`);
    const known = new Set((await client.query<{ rolname: string }>('select rolname from pg_roles')).rows.map((r) => r.rolname));
    const statements = [
      `revoke all on database ${name(here!.database)} from public`,
      'revoke all on schema public from public',
      ...OF_GROUPS.flatMap((table) => [
        `alter table log.${table} enable row level security`, `drop policy if exists everybody_reads on log.${table}`, `create policy everybody_reads on log.${table} for select using (true)`,
      ]),
    ];
    for (const [role, { tables = {}, groups = [] }] of roles) {
      const password = passwordOf(role);
      statements.push(
        `${known.has(role) ? 'alter' : 'create'} role ${name(role)} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls${password === undefined ? '' : ` password ${text(password)}`}`,
        ...schemas.flatMap((schema) => [`revoke all on all tables in schema ${name(schema)} from ${name(role)}`, `revoke all on schema ${name(schema)} from ${name(role)}`]),
        `grant connect on database ${name(here!.database)} to ${name(role)}`,
        `grant usage on schema public to ${name(role)}`, `grant select on public.migrations to ${name(role)}`,
        `grant usage on schema clock to ${name(role)}`, `grant select on clock.ahead to ${name(role)}`,
      );
      for (const [table, privileges] of Object.entries(tables)) {
        const [schema = '', relation = ''] = table.split('.');
        statements.push(`grant usage on schema ${name(schema)} to ${name(role)}`, `grant ${privileges.join(', ')} on ${name(schema)}.${name(relation)} to ${name(role)}`);
      }
      const own = groups.map(text).join(', ');
      for (const table of OF_GROUPS) {
        statements.push(`drop policy if exists ${name(role)} on log.${table}`);
        if (own !== '') statements.push(`create policy ${name(role)} on log.${table} to ${name(role)} using (group_name in (${own})) with check (group_name in (${own}))`);
      }
    }
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
  return roles.map(([role]) => role);
};
