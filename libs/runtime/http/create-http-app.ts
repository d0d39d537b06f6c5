import type { Socket } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from '#libs/kernel/ids.js';
import { isTracing } from '#libs/tracing/index.js';
import { Logger } from '../logging/logger.js';
import { NestLog } from '../logging/nest-log.js';
import { Metrics } from '../metrics/metrics.js';
import { RuntimeModule, type RuntimeOptions } from '../runtime.module.js';
import { Stopping } from '../stopping.js';
import { acceptDoorBodies, acceptOnlyJson } from './body.js';
import { refuseExpectation, refuseUnreadable } from './broken-requests.js';
import { problemOf, sendProblem } from './problem.filter.js';
import { recordRoutes, routeOf } from './routes.js';
import { refusal } from './refusal.js';
import { traceRequests } from './trace-requests.js';

export interface HttpAppOptions extends RuntimeOptions {
  /** Bytes of a body, at most; 64 KiB when absent. */
  readonly bodyLimit?: number;
  /** Whether X-Forwarded-* may be believed: only behind a proxy of our own. */
  readonly trustProxy?: boolean;
}

/**
 * An application of `module` with everything every service owes: default-deny access, strict JSON, problem+json for every refusal,
 * health, metrics, redacted logging. Not yet initialised, so that the caller can still add a prefix or the documentation.
 */
export async function createHttpApp(module: Type | DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: options.bodyLimit ?? 64 * 1024,
    trustProxy: options.trustProxy ?? false,
    genReqId: () => uuidv7(), // never the caller's: it would be a way to write into our logs
    requestTimeout: 30_000,
    return503OnClosing: false, // answered below, as a problem
    http: { requireHostHeader: false }, // likewise
    routerOptions: { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true },
    frameworkErrors: refuseUnroutable,
    clientErrorHandler: (error: Error, socket: Socket) => refuseUnreadable(error, socket),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  recordRoutes(fastify);
  acceptOnlyJson(fastify);
  acceptDoorBodies(fastify);
  const root: DynamicModule = { module: HttpRoot, imports: [RuntimeModule.of(options), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { bodyParser: false, abortOnError: false, logger: new NestLog(options.logger) });
  if (isTracing()) traceRequests(fastify);
  addHooks(fastify, app.get(Logger), app.get(Metrics), app.get(Stopping));
  app.getHttpServer().on('checkExpectation', refuseExpectation);
  return app;
}

class HttpRoot {}

/** The router could not read the address; this runs before any hook and any Nest filter. */
const refuseUnroutable = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
  const code = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'request.url-too-long' : 'request.bad-url';
  void reply.headers(headersOf(request));
  sendProblem(reply, problemOf(refusal(code), request), request.headers['accept-language']);
};

const headersOf = (request: FastifyRequest): Readonly<Record<string, string>> =>
  ({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });

const addHooks = (fastify: FastifyInstance, logger: Logger, metrics: Metrics, stopping: Stopping): void => {
  fastify.addHook('onRequest', (request, reply, next) => {
    void reply.headers(headersOf(request));
    const refused = stopping.isStopping && !routeOf(request).startsWith('/health/') ? 'service.unavailable'
      : request.raw.httpVersion === '1.1' && request.headers.host === undefined ? 'request.bad-header'
      : undefined;
    if (!refused) {
      next();
      return;
    }
    void reply.header('connection', 'close');
    sendProblem(reply, problemOf(refusal(refused), request), request.headers['accept-language']);
  });
  fastify.addHook('onResponse', (request, reply, next) => {
    const { method } = request;
    const route = routeOf(request);
    const status = reply.statusCode;
    logger.info('http.request', { requestId: request.id, method, route, status, durationMs: Math.round(reply.elapsedTime * 100) / 100 });
    // A stream lasts as long as its reader: its length says nothing of how fast we are.
    const isStream = String(reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream');
    if (!isStream) metrics.observeRequest(method, route, status, reply.elapsedTime / 1000);
    next();
  });
};
