import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is answered: a document, bytes as they are, or nothing at all because the line is cut. */
export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } | 'hang-up';

/** One request as the simulated systems see it; the body is read already. */
export interface Asked {
  readonly method: string;
  /** Decoded segments of the path, without empty ones. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The JSON body; undefined when there is none. */
  readonly body: unknown;
}

/** The request itself is wrong: answered as a problem document (RFC 9457). */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export const problem = (status: number, code: string, title: string, headers: Readonly<Record<string, string>> = {}): Exclude<Reply, 'hang-up'> => ({
  status, headers: { 'content-type': 'application/problem+json', ...headers }, body: { type: 'about:blank', title, status, code },
});

const MAX_BODY = 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new BadRequest(413, 'TOO_LARGE', 'The body is larger than 1 MiB.');
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new BadRequest(415, 'NOT_JSON', 'The body must be application/json.');
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw new BadRequest(400, 'MALFORMED', 'The body is not JSON.');
  }
};

export const readAsked = async (request: IncomingMessage): Promise<Asked> => {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  let path: string[];
  try {
    path = url.pathname.split('/').filter((segment) => segment !== '').map(decodeURIComponent);
  } catch {
    throw new BadRequest(400, 'MALFORMED', 'The path is not percent-encoded as RFC 3986 says.');
  }
  return { method: request.method ?? 'GET', path, query: url.searchParams, headers: request.headers, body: await readBody(request) };
};

export const send = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'hang-up') {
    response.socket?.destroy();
    return;
  }
  const { status, headers = {}, body } = reply;
  const bytes = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { ...(bytes !== undefined && { 'content-type': 'application/json' }), 'cache-control': 'no-store', ...headers }).end(bytes);
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
