export * from './config.js';
export * from './platform.config.js';
