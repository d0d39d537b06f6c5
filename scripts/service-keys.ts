import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '#contracts/apis/routes.js';
import { accessList, exchangeOf, MigrateConfig, readConfig } from '#libs/config/index.js';
import { readOrCreateKey } from '#libs/config/key-file.js';
import { ServiceKeys } from '#libs/doors/index.js';
import { ExchangeKeys } from '#libs/transports/index.js';
import { KeyRing, ReceiptSigner } from '#services/consent/index.js';

/**
 * `npm run keys`: every secret of a deployment, made once and never over one that is there. `DATA_DIR/{service}/keys` is what that service
 * alone may see, SERVICE_KEYS_DIR the public halves for all, DATABASE_PASSWORDS_DIR the passwords for `npm run migrate`, EXCHANGE_DIR/keys the
 * public key that jurisdictions seal their messages to.
 */
const config = readConfig(MigrateConfig);
const publicFolder = config.serviceKeysDir ?? join(config.dataDir, 'public');
const passwords = config.databasePasswordsDir ?? join(config.dataDir, 'passwords');
const of = (service: string, file: string): string => join(config.dataDir, service, 'keys', file);

const password = (files: readonly string[], mode: number): void => {
  if (files.every((file) => existsSync(file))) return;
  const text = randomBytes(24).toString('base64url');
  for (const file of files) {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode });
  }
};

const access = accessList();
for (const service of SERVICES) {
  if (access[service]?.tables !== undefined || access[service]?.asks !== undefined) await ServiceKeys.open({ service, keyFile: of(service, 'service.json'), publicFolder });
  if (access[service]?.tables !== undefined) password([of(service, 'database-password'), join(passwords, service)], 0o600);
}
// The server itself reads its owner's, in an account of its own; the folder is mounted nowhere else.
password([join(passwords, 'postgres')], 0o644);
readOrCreateKey(of('intake', 'intake.key'));
readOrCreateKey(of('adapters', 'delivery-tokens.key'));
await ExchangeKeys.open({ keyFile: of('adapters', 'exchange.json'), publicFolder: join(exchangeOf(config).exchangeDir, 'keys') });
new KeyRing(of('consent', 'kek.json'));
new ReceiptSigner(of('consent', 'receipts.json'));
process.stdout.write(`Every service has its keys below ${config.dataDir}.\n`);
