export type { EventLog, EventLogConfig } from './event-log.js';
export { parkedController } from './parked-controller.js';
export { PlatformModule } from './platform.module.js';
export { buildPlatform, type Platform, type PlatformParts } from './platform.js';
