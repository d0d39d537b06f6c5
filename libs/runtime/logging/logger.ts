import { pino, type DestinationStream, type Level, type Logger as Pino } from 'pino';
import { redact, redactEvent, type LogFields } from './redact.js';

export type LogLevel = Level | 'silent';

/** Where processes say what happens: a dotted code and declared fields (see redact.ts), nothing else survives. */
export abstract class Logger {
  abstract debug(event: string, fields?: LogFields): void;
  abstract info(event: string, fields?: LogFields): void;
  abstract warn(event: string, fields?: LogFields): void;
  abstract error(event: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level?: LogLevel;
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

export class PinoLogger extends Logger {
  private readonly pino: Pino;

  constructor({ service, level = 'info', destination }: LoggerOptions) {
    super();
    const options = {
      level, messageKey: 'event', base: { service: redactEvent(service) }, timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  debug(event: string, fields?: LogFields): void {
    this.write('debug', event, fields);
  }
  info(event: string, fields?: LogFields): void {
    this.write('info', event, fields);
  }
  warn(event: string, fields?: LogFields): void {
    this.write('warn', event, fields);
  }
  error(event: string, fields?: LogFields): void {
    this.write('error', event, fields);
  }

  private write(level: Level, event: string, fields: LogFields = {}): void {
    if (this.pino.isLevelEnabled(level)) this.pino[level](redact(fields), redactEvent(event));
  }
}

/** Says nothing; for tests. */
export class SilentLogger extends Logger {
  debug(): void { /* silent */ }
  info(): void { /* silent */ }
  warn(): void { /* silent */ }
  error(): void { /* silent */ }
}
