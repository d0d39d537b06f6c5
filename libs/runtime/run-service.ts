import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startTracing } from '#libs/tracing/index.js';
import { tuneV8 } from './v8.js';
import { createHttpApp, type HttpAppOptions } from './http/create-http-app.js';
import { Metrics } from './metrics/metrics.js';
import { serveMetrics } from './metrics/metrics-server.js';
import { showOpenApi, type OpenApiOptions } from './openapi.js';
import { Stopping } from './stopping.js';

export interface ServiceOptions extends HttpAppOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Every interface when absent. */
  readonly host?: string;
  /** Port of /metrics, on loopback unless `metricsHost` says otherwise; no metrics server when absent. */
  readonly metricsPort?: number;
  readonly metricsHost?: string;
  /** Where spans go, and under which name; nothing is traced when absent. */
  readonly tracing?: { readonly endpoint: string; readonly service: string } | undefined;
  /** Shows `/openapi.json` and `/docs`. */
  readonly openApi?: OpenApiOptions;
  /** Runs before the application is initialised: prefix, forms, further parsers. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** `http://localhost:<port>` */
  readonly url: string;
  readonly metricsPort: number | undefined;
  /** Ends open streams, lets requests under way finish, closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

/** Streams end at once and requests are short: whoever still holds a connection after this is cut off. */
const STOP_WITHIN_MS = 8000;
const running = new Set<RunningService>();

/** Starts `module` as a process's service: listens, says so in one log line, and stops cleanly on SIGINT and SIGTERM with exit code 0. */
export async function runService(module: Type | DynamicModule, options: ServiceOptions): Promise<RunningService> {
  const { logger } = options;
  const startedAt = performance.now();
  tuneV8();
  let app: NestFastifyApplication | undefined;
  const stopTracing = options.tracing && (await startTracing(options.tracing));
  try {
    app = await createHttpApp(module, options);
    await options.configure?.(app);
    if (options.openApi) showOpenApi(app, options.openApi);
    await app.listen(options.port, options.host ?? '0.0.0.0');
    const metrics = app.get(Metrics);
    if (running.size === 0) metrics.observeProcess();
    const metricsServer = options.metricsPort === undefined ? undefined : await serveMetrics(metrics.registry, options.metricsPort, options.metricsHost);
    const { port } = app.getHttpServer().address() as { port: number };
    let stopped: Promise<void> | undefined;
    const started = app;
    const service: RunningService = {
      app, url: `http://localhost:${port}`, metricsPort: metricsServer?.port,
      stop: () => (stopped ??= (async () => {
        started.get(Stopping).stop();
        await Promise.all([started.close(), metricsServer?.close()]);
        await stopTracing?.();
        running.delete(service);
        logger.info('service.stopped');
      })()),
    };
    running.add(service);
    listenForSignals(logger);
    logger.info('service.ready', { port, url: service.url, durationMs: Math.round(performance.now() - startedAt) });
    return service;
  } catch (error) {
    logger.error('service.not-started', { error });
    // Nobody has told this process anything yet: at the start, and only then, a message may be shown.
    process.stderr.write(`${error instanceof Error ? error.message : 'The service could not start'}\n`);
    await app?.close().catch(() => undefined); // what it opened, a database among it, must not outlive it
    await stopTracing?.();
    throw error;
  }
}

let listening = false;

/** Once per process, however many services run in it: the last to stop decides the exit. */
const listenForSignals = (logger: HttpAppOptions['logger']): void => {
  if (listening) return;
  listening = true;
  const stopAll = (exitCode: number): void => {
    const late = setTimeout(() => process.exit(1), STOP_WITHIN_MS);
    late.unref();
    Promise.all([...running].map((service) => service.stop())).then(() => process.exit(exitCode), () => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      logger.info('service.stopping', { signal });
      stopAll(0);
    });
  }
  // Node's own report prints the message, which may quote what a person told us.
  const die = (error: unknown): void => {
    logger.error('process.failed', { error });
    stopAll(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
};
