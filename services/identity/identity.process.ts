import { casesDoor, vaultDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { IdentityModule, identityMigrations } from './index.js';

export const identity: ServiceProcess = {
  name: 'identity', migrations: identityMigrations, asks: [vaultDoor, casesDoor],
  module: ({ config }) => IdentityModule.forRoot({ authoritiesUrl: config.agenciesUrl }),
};
