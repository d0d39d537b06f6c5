import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { findRoute, type PublicRoute } from '#contracts/apis/routes.js';
import type { ProblemCode } from '#contracts/texts/problems.js';
import { Replicas } from '#libs/doors/index.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { docsPages, preferredLanguage, PROBLEM_TYPE, refusal, refuseExpectation, refuseUnreadable, toProblem, type Logger, type Metrics } from '#libs/runtime/index.js';
import { Proxy } from './proxy.js';

export interface GatewayOptions {
  readonly port: number;
  readonly host?: string;
  readonly addressesOf: (service: PublicRoute['service']) => readonly string[];
  /** The document of the whole API, as JSON. */
  readonly openApi: string;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

const STATUS: Readonly<Record<string, string>> = { '/health/live': 'live', '/health/ready': 'ready' };
const STOP_WITHIN_MS = 3000;

/** One public origin for services that are processes of their own. It decides nothing: who may do what is decided where it is done. */
export const startGateway = async ({ port, host = '0.0.0.0', addressesOf, openApi, logger, metrics }: GatewayOptions): Promise<Gateway> => {
  const proxy = new Proxy();
  const replicas = new Map<string, Replicas>();
  const pages = new Map(docsPages(async () => openApi).map((page) => [page.path, page]));
  let stopping = false;

  const replicasOf = (service: PublicRoute['service']): Replicas => {
    let known = replicas.get(service);
    if (!known) replicas.set(service, (known = new Replicas(addressesOf(service))));
    return known;
  };

  const refuse = (request: IncomingMessage, response: ServerResponse, code: ProblemCode, headers: Readonly<Record<string, string>> = {}): void => {
    const id = uuidv7();
    const language = preferredLanguage(request.headers['accept-language']);
    const problem = toProblem(refusal(code), id, language);
    response.writeHead(problem.status, {
      'content-type': PROBLEM_TYPE, 'content-language': language, vary: 'Accept-Language', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': id, ...headers,
    }).end(request.method === 'HEAD' ? undefined : JSON.stringify(problem));
  };

  /** Answers what is the gateway's own; undefined when it is not. */
  const own = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<string | undefined> => {
    const status = STATUS[path];
    const page = pages.get(path);
    if ((status === undefined && !page) || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined;
    const isReady = !stopping || path !== '/health/ready';
    const body = page ? await page.body() : JSON.stringify(isReady ? { status } : { status: 'not-ready', failing: { process: 'is stopping' } });
    response.writeHead(isReady ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', ...page?.headers,
      'content-length': String(Buffer.byteLength(body)),
    }).end(request.method === 'HEAD' ? undefined : body);
    return path;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<string> => {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      refuse(request, response, 'request.bad-header', { connection: 'close' });
      return 'unknown';
    }
    const served = await own(request, response, path);
    if (served !== undefined) return served;
    const route = findRoute(path);
    if (!route) refuse(request, response, isReadable(path) ? 'route.unknown' : 'request.bad-url');
    else if (stopping) refuse(request, response, 'service.unavailable', { connection: 'close' });
    else {
      const fate = await proxy.pass(request, response, replicasOf(route.service));
      if (fate === 'unsent' || fate === 'lost') {
        logger.warn('gateway.upstream-away', { service: route.service, route: route.path, reason: fate });
        refuse(request, response, 'service.unavailable', { 'retry-after': '1' });
      }
    }
    return route?.path ?? 'unknown';
  };

  const server = createServer({ requireHostHeader: false }, (request, response) => {
    const began = performance.now();
    answer(request, response).then((route) => {
      const durationMs = performance.now() - began;
      logger.info('gateway.request', { method: request.method ?? '', route, status: response.statusCode, durationMs: Math.round(durationMs * 100) / 100 });
      const isStream = String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
      if (!isStream) metrics?.observeRequest(request.method ?? '', route, response.statusCode, durationMs / 1000);
    }, (error: unknown) => {
      logger.error('gateway.failed', { error });
      response.destroy();
    });
  });
  server.on('checkExpectation', refuseExpectation);
  server.on('clientError', (error: Error, socket: Socket) => refuseUnreadable(error, socket));
  server.keepAliveTimeout = 65_000;
  server.listen(port, host);
  await once(server, 'listening');
  const at = (server.address() as AddressInfo).port;
  logger.info('service.ready', { port: at });
  return {
    url: `http://localhost:${at}`,
    stop: async () => {
      stopping = true;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // Streams end when the services behind them stop, or here.
      const late = setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS);
      await closed;
      clearTimeout(late);
      proxy.close();
    },
  };
};

const isReadable = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};
