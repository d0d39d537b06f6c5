import type { FastifyInstance } from 'fastify';
import { DOOR_TYPE, LONGEST_BODY } from '#libs/doors/index.js';
import { refusal } from './refusal.js';

/** Deeper documents would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A text from outside as a body over HTTP would be read; refuses what is not JSON, too deep, or meant to reach an object's prototype. */
export const parseJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    if (isTame(value)) return value;
  } catch {
    // told below, as what is too deep is
  }
  throw refusal('request.malformed-json');
};

const isTame = (value: unknown, depth = 0): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  // class-transformer drops this key silently; every other unknown one is refused by name.
  if (Object.hasOwn(value, 'constructor') || Object.hasOwn(value, '__proto__')) return false;
  for (const each of Object.values(value)) if (!isTame(each, depth + 1)) return false;
  return true;
};

/** A body that was read to its end, and what goes on with it. */
interface Arrived { readonly body: Buffer; readonly done: (error: Error | null, value?: unknown) => void }

const readJson = ({ body }: Arrived): { readonly value: unknown } | { readonly error: Error } => {
  try {
    return { value: parseJson(utf8.decode(body)) };
  } catch {
    return { error: refusal('request.malformed-json') };
  }
};

/**
 * JSON is the only body understood: Fastify's default takes forms and text too. Refuses `__proto__` and bytes that are not UTF-8. Bodies that
 * came in one turn of the loop go on together, each step for all of them in a row, which takes less than the steps of one after another.
 */
export const acceptOnlyJson = (fastify: FastifyInstance): void => {
  let arrived: Arrived[] = [];
  const goOn = (): void => {
    const all = arrived;
    arrived = [];
    const read = all.map(readJson);
    read.forEach((result, i) => ('error' in result ? all[i]!.done(result.error) : all[i]!.done(null, result.value)));
  };
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body: Buffer, done) => {
    if (arrived.push({ body, done }) === 1) setImmediate(goOn);
  });
};

const isDoor = (url: string): boolean => url.startsWith('/doors/');

/** Bodies between services stay bytes, which their token is bound to, and may be lists. Only at the doors: elsewhere this type is not understood. */
export const acceptDoorBodies = (fastify: FastifyInstance): void => {
  fastify.addHook('onRoute', (route) => {
    if (isDoor(route.url)) route.bodyLimit = LONGEST_BODY;
  });
  fastify.addContentTypeParser(DOOR_TYPE, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isDoor(request.routeOptions.url ?? '')) done(null, body);
    else done(refusal('request.unsupported-media-type'));
  });
};
