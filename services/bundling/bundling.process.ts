import { casesDoor, catalogueDoor, plannerDoor, vaultDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { BundlingModule, bundlingMigrations } from './index.js';

export const bundling: ServiceProcess = {
  name: 'bundling', migrations: bundlingMigrations, serves: [plannerDoor], asks: [vaultDoor, casesDoor, catalogueDoor],
  module: () => BundlingModule,
};
