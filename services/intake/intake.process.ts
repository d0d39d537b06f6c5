import { readOrCreateKey } from '#libs/config/key-file.js';
import { casesDoor, plannerDoor, vaultDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { IntakeModule, intakeMigrations } from './index.js';

export const intake: ServiceProcess = {
  name: 'intake', migrations: intakeMigrations, serves: [casesDoor], asks: [vaultDoor, plannerDoor],
  module: ({ keyFile }) => IntakeModule.forRoot({ key: readOrCreateKey(keyFile('intake.key')) }),
};
