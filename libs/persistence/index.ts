export * from './database.js';
export * from './tx.js';
export * from './unit-of-work.js';
