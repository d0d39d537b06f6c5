import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from '#contracts/texts/problems.js';
import { uuidv7 } from '#libs/kernel/ids.js';
import { preferredLanguage } from './language.js';
import { PROBLEM_TYPE, toProblem } from './problem.js';
import { refusal } from './refusal.js';

const rendered = (code: ProblemCode, acceptLanguage: string | undefined) => {
  const id = uuidv7();
  const language = preferredLanguage(acceptLanguage);
  const problem = toProblem(refusal(code), id, language);
  const body = JSON.stringify(problem);
  return {
    status: problem.status, body,
    headers: {
      'content-type': PROBLEM_TYPE, 'content-length': String(Buffer.byteLength(body)), 'content-language': language, 'cache-control': 'no-store',
      'x-content-type-options': 'nosniff', 'x-request-id': id, connection: 'close',
    },
  };
};

/** What Node's HTTP parser could not read at all: there is no request and no response, only the socket. */
export const refuseUnreadable = (error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code: ProblemCode = error.code === 'HPE_HEADER_OVERFLOW' ? 'request.headers-too-large'
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request.timeout'
    : 'request.bad-header';
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '';
  const { status, body, headers } = rendered(code, /\r\naccept-language:([^\r\n]{1,200})/i.exec(packet)?.[1]);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
};

/** Node answers an Expect it does not know with a bare 417. */
export const refuseExpectation = (request: IncomingMessage, response: ServerResponse): void => {
  const { status, body, headers } = rendered('request.expectation-failed', request.headers['accept-language']);
  response.writeHead(status, headers).end(body);
};
