import { casesDoor, vaultDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { ConsentModule, consentMigrations } from './index.js';

export const consent: ServiceProcess = {
  name: 'consent', migrations: consentMigrations, serves: [vaultDoor], asks: [casesDoor], locksApart: true,
  module: ({ config, keyFile }) => ConsentModule.forRoot({ kekFile: config.kekFile ?? keyFile('kek.json'), receiptKeyFile: keyFile('receipts.json'), commitsFirst: true }),
};
