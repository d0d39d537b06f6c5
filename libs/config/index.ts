export * from './access-list.js';
export * from './config.js';
export * from './platform.config.js';
export * from './project-file.js';
export * from './service.config.js';
