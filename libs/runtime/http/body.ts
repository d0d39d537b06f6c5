import type { FastifyInstance } from 'fastify';
import { refusal } from './refusal.js';

/** Deeper documents would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const isTame = (value: unknown, depth = 0): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  // class-transformer drops this key silently; every other unknown one is refused by name.
  if (Object.hasOwn(value, 'constructor')) return false;
  for (const each of Object.values(value)) if (!isTame(each, depth + 1)) return false;
  return true;
};

/** JSON is the only body understood: Fastify's default takes forms and text too. Refuses `__proto__` and bytes that are not UTF-8. */
export const acceptOnlyJson = (fastify: FastifyInstance): void => {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const malformed = (): void => done(refusal('request.malformed-json'));
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      malformed();
      return;
    }
    void parse(request, text, (error, value) => {
      if (error || !isTame(value)) malformed();
      else done(null, value);
    });
  });
};
