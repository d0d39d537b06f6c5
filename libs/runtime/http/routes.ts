import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface Route {
  readonly method: string;
  /** The template, `/v1/cases/:reference`. */
  readonly path: string;
}

const recorded = new WeakMap<object, Route[]>();

/** Must run before any route is added. */
export const recordRoutes = (fastify: FastifyInstance): void => {
  const routes: Route[] = [];
  recorded.set(fastify, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, path: url });
  });
};

/** Every route the application answers, HEAD and documentation included; complete once it is initialised. */
export const listRoutes = (app: NestFastifyApplication): readonly Route[] => recorded.get(app.getHttpAdapter().getInstance()) ?? [];

/** The template of the route that matched: the address itself may name a case or a person. */
export const routeOf = (request: FastifyRequest): string => (request.is404 ? 'unknown' : request.routeOptions.url ?? 'unknown');
