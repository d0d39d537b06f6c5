import { casesDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { StatusModule } from './index.js';

export const status: ServiceProcess = { name: 'status', asks: [casesDoor], module: () => StatusModule };
