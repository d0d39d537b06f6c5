import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '#libs/kernel/index.js';
import { AuthorityLanes } from '../asking/authority-lanes.js';
import { HttpAuthority } from './http-authority.js';
import type { IdentityEnquiry } from './identity-authority.js';

const siku: IdentityEnquiry = {
  questionId: '2b1f6c1e-58a4-5d0c-9a53-0d5b8f2f6a11', authority: 'ca-nu', names: { given: ['Siku'], family: 'Nanuqsie' }, birthDate: '1997-01-23', birthPlace: { jurisdiction: 'ca-nu' },
};
const FULL = { resolution: 'FUMA', score: 100, fields: { givenNames: 'SAME', familyName: 'SAME', birthDate: 'SAME', birthPlace: 'SAME' } };

let server: Server;
let url = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: { method: string | undefined; url: string | undefined; body: string }[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ method: request.method, url: request.url, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => (_: IncomingMessage, response: ServerResponse): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const put = () => new AuthorityLanes(new HttpAuthority(url, new SystemClock()), new SystemClock()).put(siku);

describe('asking an authority over HTTP', () => {
  it('puts the question under its id, and reads the answer', async () => {
    answer = json(200, FULL);
    expect(await put()).toEqual({ kind: 'found', finding: FULL });
    expect(asked).toEqual([{
      method: 'PUT', url: `/authorities/ca-nu/confirmations/${siku.questionId}`,
      body: JSON.stringify({ names: { given: ['Siku'], family: 'Nanuqsie' }, birthDate: '1997-01-23', birthPlace: { jurisdiction: 'ca-nu' } }),
    }]);
  });

  it('honours Retry-After, in seconds and as a date', async () => {
    answer = json(429, {}, { 'retry-after': '120' });
    expect(await put()).toEqual({ kind: 'unreachable', retryAfterMs: 120_000 });
    answer = json(503, {}, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() });
    const reply = await put();
    expect(reply.kind === 'unreachable' && reply.retryAfterMs).toBeGreaterThan(80_000);
  });

  it.each<[string, typeof answer]>([
    ['an error', json(500, FULL)],
    ['a refusal', json(403, FULL)],
    ['a redirection', (_, response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end()],
    ['garbage', (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>FUMA</html>')],
    ['an answer without end', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      for (let i = 0; i < 40; i++) response.write(' '.repeat(1024));
      response.end(JSON.stringify(FULL));
    }],
    ['a connection hung up', (request) => void request.socket.destroy()],
    ['an answer cut off', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"resolution":"FUMA"');
      setTimeout(() => response.destroy(), 20);
    }],
  ])('takes %s for no answer at all', async (_, how) => {
    answer = how;
    expect(await put()).toMatchObject({ kind: 'unreachable' });
    expect(asked).toHaveLength(1);
  });

  it('is cut off when the process stops', async () => {
    answer = () => undefined;
    const lanes = new AuthorityLanes(new HttpAuthority(url, new SystemClock()), new SystemClock());
    const reply = lanes.put(siku);
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    lanes.close();
    expect(await reply).toEqual({ kind: 'unreachable' });
  });
});
