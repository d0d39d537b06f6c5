export * from './apart.js';
export * from './clock.js';
export * from './decider.js';
export * from './domain-error.js';
export * from './ids.js';
export * from './group-by.js';
export * from './ticker.js';
export * from './with-key.js';
