import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Nest's own lines: its sentences are withheld (they may quote a thrown value), their context and any error stay. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(_message: unknown, ...rest: unknown[]): void {
    this.logger.debug('nest.log', fieldsOf(rest));
  }
  debug(_message: unknown, ...rest: unknown[]): void {
    this.logger.debug('nest.debug', fieldsOf(rest));
  }
  verbose(_message: unknown, ...rest: unknown[]): void {
    this.logger.debug('nest.verbose', fieldsOf(rest));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn('nest.warn', { ...fieldsOf(rest), ...errorIn(message, rest) });
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error('nest.error', { ...fieldsOf(rest), ...errorIn(message, rest) });
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.error('nest.fatal', { ...fieldsOf(rest), ...errorIn(message, rest) });
  }
}

const fieldsOf = (rest: readonly unknown[]): { context?: string } => {
  const context = rest.at(-1);
  return typeof context === 'string' ? { context } : {};
};

/** Nest gives the error itself, or its message and then its stack. */
const errorIn = (message: unknown, rest: readonly unknown[]): { error?: unknown } => {
  if (typeof message === 'object' && message !== null) return { error: message };
  const stack = rest.find((part) => typeof part === 'string' && part.includes('\n    at '));
  return stack === undefined ? {} : { error: { name: 'Error', message, stack } };
};
