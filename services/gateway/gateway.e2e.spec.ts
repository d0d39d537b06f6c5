import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { findRoute, routes, SERVICES } from '#contracts/apis/routes.js';
import { projectFile } from '#libs/config/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { startGateway, type Gateway } from './index.js';

const openApi = readFileSync(projectFile('contracts/openapi.json'), 'utf8');
const servers: Server[] = [];
const gateways: Gateway[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all(gateways.splice(0).map((g) => g.stop()));
});

const upstream = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const gone = async (): Promise<string> => {
  const url = await upstream(() => undefined);
  servers.pop()!.close();
  return url;
};
const gateway = async (addresses: readonly string[]): Promise<string> => {
  const started = await startGateway({ port: 0, host: '127.0.0.1', addressesOf: () => addresses, openApi, logger: new SilentLogger() });
  gateways.push(started);
  return started.url.replace('localhost', '127.0.0.1');
};
/** One request, exactly as written. */
const raw = (url: string, lines: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(lines));
    let said = '';
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });

describe('the gateway', () => {
  it('knows who answers every path of the API, and no other', () => {
    const paths = Object.keys((JSON.parse(openApi) as { paths: object }).paths).filter((p) => !p.startsWith('/health/'));
    expect(routes.map((r) => r.path).sort()).toEqual(paths.sort());
    for (const { path, service } of routes) {
      expect(SERVICES).toContain(service);
      expect(findRoute(path.replaceAll(/\{\w+\}/g, 'x'))).toMatchObject({ path, service });
    }
    for (const path of ['/', '/v1', '/v1/', '/v1/cases/', '//v1/cases', '/v1//cases', '/V1/cases', '/v1/cases/x/nothing', '/doors/vault/release', '/metrics', '/v1/doors/vault/release', '/v1/cases/%zz']) expect([path, findRoute(path)]).toEqual([path, undefined]);
  });

  it('passes on what was sent and what was answered, to the letter', async () => {
    const heard: { method?: string | undefined; url?: string | undefined; headers: Record<string, unknown>; body: string }[] = [];
    const url = await gateway([await upstream((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ method: request.method, url: request.url, headers: request.headers, body });
        response.writeHead(422, { 'content-type': 'application/problem+json', 'x-request-id': 'theirs', etag: '"7"', location: '/v1/cases/1', 'www-authenticate': 'Bearer' }).end('{"code":"idempotency.body-differs"}');
      });
    })]);
    const response = await fetch(`${url}/v1/notifications?validateOnly=true&x=%2F`, {
      method: 'POST', headers: { authorization: 'Bearer abc', 'idempotency-key': 'k', 'content-type': 'application/json', 'accept-language': 'fr' }, body: '{"å":1}',
    });
    expect(heard).toMatchObject([{ method: 'POST', url: '/v1/notifications?validateOnly=true&x=%2F', body: '{"å":1}', headers: { authorization: 'Bearer abc', 'idempotency-key': 'k', 'content-type': 'application/json', 'accept-language': 'fr' } }]);
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-request-id'), response.headers.get('etag'), response.headers.get('location'), response.headers.get('www-authenticate')])
      .toEqual([422, 'application/problem+json', 'theirs', '"7"', '/v1/cases/1', 'Bearer']);
    expect(await response.text()).toBe('{"code":"idempotency.body-differs"}');
  });

  it('lets a stream through as it comes, and ends it with its reader', async () => {
    let left: (() => void) | undefined;
    const isLeft = new Promise<void>((resolve) => (left = resolve));
    const url = await gateway([await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: one\n\n');
      response.once('close', () => left!());
    })]);
    const reader = new AbortController();
    const response = await fetch(`${url}/v1/cases/7K3M-9QXT-2VHB-C/events`, { signal: reader.signal });
    const chunk = await (response.body as unknown as ReadableStream<Uint8Array>).getReader().read();
    expect(Buffer.from(chunk.value!).toString()).toBe('id: 1\ndata: one\n\n');
    reader.abort();
    await isLeft;
  });

  it('passes over a replica that is gone, and says when there is none', async () => {
    let answered = 0;
    const there = await upstream((request, response) => {
      answered++;
      request.pipe(response.writeHead(202));
    });
    const url = await gateway([await gone(), there]);
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`${url}/v1/notifications`, { method: 'POST', body: 'told once' });
      expect([response.status, await response.text()]).toEqual([202, 'told once']);
    }
    expect(answered).toBe(4);
    const alone = await gateway([await gone()]);
    const refused = await fetch(`${alone}/v1/cases`, { headers: { 'accept-language': 'fr-CA' } });
    expect([refused.status, refused.headers.get('content-type'), refused.headers.get('content-language'), refused.headers.get('retry-after')]).toEqual([503, 'application/problem+json', 'fr-CA', '1']);
    expect(await refused.json()).toMatchObject({ code: 'service.unavailable' });
  });

  it('does not say twice what may have been heard, unless it only reads', async () => {
    let heard = 0;
    const hangsUp = await upstream((request) => {
      heard++;
      request.resume();
      request.on('end', () => request.socket.destroy());
    });
    let read = 0;
    const answers = await upstream((_, response) => {
      read++;
      response.end('[]');
    });
    const posting = await gateway([hangsUp, answers]);
    expect((await fetch(`${posting}/v1/notifications`, { method: 'POST', body: '{}' })).status).toBe(503);
    expect([heard, read]).toEqual([1, 0]);
    const reading = await gateway([hangsUp, answers]);
    expect(await (await fetch(`${reading}/v1/cases`)).text()).toBe('[]');
    expect([heard, read]).toEqual([2, 1]);
  });

  it('breaks off an answer that was broken off', async () => {
    const url = await gateway([await upstream((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    })]);
    await expect((async () => (await fetch(`${url}/v1/cases`)).text())()).rejects.toThrow();
  });

  it('keeps for itself what belongs to one connection', async () => {
    let headers: Record<string, unknown> = {};
    const url = await gateway([await upstream((request, response) => {
      headers = request.headers;
      response.writeHead(200, { connection: 'close', 'proxy-authenticate': 'x' }).end();
    })]);
    const answer = await new Promise<Record<string, unknown>>((resolve) => {
      httpRequest(`${url}/v1/cases`, { headers: { connection: 'x-mine, close', 'x-mine': '1', 'proxy-authorization': 'secret', te: 'trailers', upgrade: 'h2c' } }, (response) => {
        response.resume();
        resolve(response.headers);
      }).end();
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-mine']));
    for (const name of ['x-mine', 'proxy-authorization', 'te', 'upgrade']) expect(headers).not.toHaveProperty(name);
    expect(answer).not.toHaveProperty('proxy-authenticate');
  });

  it('refuses what no service would hear as a service would', async () => {
    const url = await gateway([await gone()]);
    const code = async (path: string): Promise<unknown> => ((await (await fetch(`${url}${path}`)).json()) as { code: string }).code;
    expect(await code('/v1/nothing')).toBe('route.unknown');
    expect(await code('/doors/vault/release')).toBe('route.unknown');
    expect(await code('/v1/cases/%zz')).toBe('request.bad-url');
    expect(await raw(url, 'GET /v1/cases HTTP/1.1\r\n\r\n')).toContain('request.bad-header');
    expect(await raw(url, 'GET /v1/cases HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n')).toContain('request.bad-header');
    expect(await raw(url, 'POST /v1/notifications HTTP/1.1\r\nhost: x\r\nexpect: foo\r\ncontent-length: 0\r\n\r\n')).toContain('request.expectation-failed');
  });

  it('shows the whole API, its pages and its own health, whoever is away', async () => {
    const url = await gateway([await gone()]);
    expect(await (await fetch(`${url}/openapi.json`)).text()).toBe(openApi);
    const page = await fetch(`${url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'`);
    for (const path of ['/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js']) expect((await fetch(`${url}${path}`)).status).toBe(200);
    expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({ status: 'ready' });
    expect((await fetch(`${url}/health/live`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/health/live`, { method: 'POST' })).status).toBe(404);
  });

  it('stops with streams open', async () => {
    const url = await gateway([await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(':\n\n');
    })]);
    const response = await fetch(`${url}/v1/cases/7K3M-9QXT-2VHB-C/events`);
    const ended = response.text().then(() => 'ended', () => 'cut');
    const began = performance.now();
    await gateways.pop()!.stop();
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await ended).toBe('cut');
  });
});
