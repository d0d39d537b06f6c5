export * from './auth/index.js';
export * from './health/index.js';
export * from './http/index.js';
export * from './logging/index.js';
export * from './metrics/index.js';
export { buildOpenApi, showOpenApi, type OpenApiOptions } from './openapi.js';
export { RuntimeModule, type RuntimeOptions } from './runtime.module.js';
export { runService, type RunningService, type ServiceOptions } from './run-service.js';
export { Stopping } from './stopping.js';
