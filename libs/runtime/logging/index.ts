export { Logger, PinoLogger, SilentLogger, type LoggerOptions, type LogLevel } from './logger.js';
export { NestLog } from './nest-log.js';
export { reduceError, type LogFields } from './redact.js';
