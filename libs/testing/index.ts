export * from './a-birth-notification.js';
export * from './clocks.js';
export * from './eventually.js';
export * from './identifiers.js';
