import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTrace, openSpan, type OpenSpan } from '#libs/tracing/index.js';
import { routeOf } from './routes.js';

/** Every request is a span that continues its caller's trace, and what is done for it is done in it. Probes are not worth one. */
export const traceRequests = (fastify: FastifyInstance): void => {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, next) => {
    const route = routeOf(request);
    const { traceparent } = request.headers;
    const span = route.startsWith('/health/') ? undefined
      : openSpan({ name: `${request.method} ${route}`, kind: 'server', parent: typeof traceparent === 'string' ? traceparent : undefined, method: request.method, route });
    if (span) spans.set(request, span);
    next();
  });
  // After the body was read: its reading ends in a context of the connection's own.
  fastify.addHook('preHandler', (request, _reply, next) => inTrace(spans.get(request)?.traceparent, next));
  fastify.addHook('onResponse', (request, reply, next) => {
    spans.get(request)?.end({ status: reply.statusCode, failed: reply.statusCode >= 500 });
    next();
  });
};
