import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessList, MigrateConfig, readConfig } from '#libs/config/index.js';
import { grantAccess } from '#libs/persistence/index.js';
import { openDatabase } from '#services/all-in-one/platform.js';

/** `npm run migrate`: the only DDL there is, one runner at a time, and every service's role with what deploy/access.yml grants; needs the owner's role. */
const config = readConfig(MigrateConfig);
const { db, embedded, applied } = await openDatabase(config);
const passwordOf = (role: string): string | undefined => {
  if (config.databasePasswordsDir === undefined) return undefined;
  const file = join(config.databasePasswordsDir, role);
  if (!existsSync(file)) throw new Error(`DATABASE_PASSWORDS_DIR has no file ${role}`);
  return readFileSync(file, 'utf8').trim();
};
const roles = await grantAccess(db, accessList(), passwordOf);
process.stdout.write(`${applied.length === 0 ? 'The database is up to date' : `Applied ${applied.join(', ')}`}; ${roles.join(', ')} may do what deploy/access.yml says.\n`);
await db.close();
await embedded?.stop();
