import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { wasReceived, type AgencyDelivery } from '../transport.js';
import { HttpTransport } from './http-transport.js';

const ID = '0190a000-0000-5000-8000-000000000001';
const ATTEMPT = { programme: 'ca-on/birth-registration', deliveryId: ID } as const;
const DELIVERY: AgencyDelivery = { kind: 'tell', revision: 1, about: ID, agreement: 'ca-on/birth-registration/2024-1', body: { a: 'é' }, callback: { url: 'http://x/y', token: 't' } };
const NOW = Date.parse('2026-11-20T12:00:00Z');

let server: Server;
let respond: (request: IncomingMessage, response: ServerResponse, body: string) => void;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string; socket: Socket }[];
let transport: HttpTransport;
let url: string;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body, socket: request.socket });
      respond(request, response, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  transport = new HttpTransport({ baseUrl: url, now: () => NOW, connectTimeoutMs: 300, answerTimeoutMs: 300, maxBytes: 1000 });
});
afterEach(() => {
  void transport.close();
  server.closeAllConnections();
  server.close();
});

const send = () => transport.send({ ...ATTEMPT, delivery: DELIVERY });
const json = (status: number, body: object, headers = {}) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('deliveries over HTTP', () => {
  it('puts the delivery under its own id, which is also the idempotency key', async () => {
    respond = json(202, { state: 'received' });
    expect(await send()).toEqual({ status: 202, body: { state: 'received' } });
    expect(seen).toMatchObject([{ method: 'PUT', url: `/agencies/ca-on/birth-registration/deliveries/${ID}`, headers: { 'idempotency-key': ID, 'content-type': 'application/json' } }]);
    expect(JSON.parse(seen[0]!.body)).toEqual(DELIVERY);
  });

  it('asks by key without a body, beneath a base path too', async () => {
    respond = json(404, { state: 'unknown' });
    const beneath = new HttpTransport({ baseUrl: `${url}/exchange/`, now: () => NOW });
    expect(await beneath.query({ ...ATTEMPT, about: ID, callback: DELIVERY.callback })).toEqual({ status: 404, body: { state: 'unknown' } });
    expect(seen).toMatchObject([{ method: 'GET', url: `/exchange/agencies/ca-on/birth-registration/deliveries/${ID}`, body: '' }]);
    await beneath.close();
  });

  it('keeps its connection', async () => {
    respond = json(200, { state: 'final' });
    await send();
    await send();
    expect(seen[0]!.socket).toBe(seen[1]!.socket);
  });

  it('hands on how long to wait, in seconds or as a date', async () => {
    respond = json(429, {}, { 'retry-after': '7' });
    expect(await send()).toMatchObject({ status: 429, retryAfterMs: 7000 });
    respond = json(503, {}, { 'retry-after': 'Fri, 20 Nov 2026 12:00:09 GMT' });
    expect(await send()).toMatchObject({ status: 503, retryAfterMs: 9000 });
  });

  it('follows no redirect', async () => {
    respond = json(307, {}, { location: `${url}/elsewhere` });
    expect(await send()).toMatchObject({ status: 307 });
    expect(seen).toHaveLength(1);
  });

  it('is certain that nothing arrived when nobody listens or the name is not known', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    for (const baseUrl of [`http://127.0.0.1:${port}`, 'http://no-such-host.invalid']) {
      const answer = await new HttpTransport({ baseUrl, now: () => NOW }).send({ ...ATTEMPT, delivery: DELIVERY });
      expect([answer.status, wasReceived(answer)]).toEqual(['unreachable', 'no']);
    }
  });

  it('does not know when no answer comes, when the line is cut, or when the answer breaks off', async () => {
    respond = () => undefined;
    expect(await send()).toEqual({ status: 'unknown', why: 'answer-timeout' });
    respond = (request) => void request.socket.destroy();
    expect(await send()).toMatchObject({ status: 'unknown' });
    respond = (_, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('{"state":');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await send()).toMatchObject({ status: 'unknown' });
  });

  it('reads garbage and bodies without end as none', async () => {
    respond = (_, response) => void response.writeHead(200).end('<html>It works!</html>');
    expect(await send()).toEqual({ status: 200, body: undefined });
    respond = (_, response) => void response.writeHead(200).end(JSON.stringify({ state: 'final', note: 'x'.repeat(2000) }));
    const answer = await send();
    expect(answer).toEqual({ status: 200, body: undefined });
    expect(wasReceived(answer)).toBe('unknown');
  });

  it('goes on after each of these', async () => {
    respond = (request) => void request.socket.destroy();
    await send();
    respond = json(200, { state: 'final', code: 'REGISTERED' });
    expect(await send()).toEqual({ status: 200, body: { state: 'final', code: 'REGISTERED' } });
  });
});
