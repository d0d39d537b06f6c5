export * from './database.js';
export { isDatabaseAway } from './database-away.js';
export { grantAccess } from './grants.js';
export { Remembered } from './remembered.js';
export * from './session-settings.js';
export { Clock1700000000006, setSharedClock, SharedClock } from './shared-clock.js';
export * from './tx.js';
export * from './unit-of-work.js';
export { visitDue } from './due.js';
