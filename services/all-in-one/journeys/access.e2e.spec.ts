import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listRoutes, type Route } from '#libs/runtime/index.js';
import { signIn } from '#services/sandbox/index.js';
import { startTestApp, type TestApp } from './start-app.js';

const PUBLIC = /^\/(health\/(live|ready)|openapi\.json|docs(\/[\w.-]+)?|\.well-known\/jwks\.json)$/;
const DELIVERY = /^\/v1\/deliveries\//;
const OPERATORS = /^\/v1\/ops\//;

/** A plain request line, exactly as written: fetch would tidy the path first. */
const status = (url: URL, method: string, path: string, token?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      const body = method === 'GET' || method === 'HEAD' ? '' : '{}';
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\n${token === undefined ? '' : `authorization: Bearer ${token}\r\n`}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy(new Error(`${method} ${path} does not end`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
  });

const filled = (path: string): string => path.replace(':reference', '7K3M-9QXT-2VHB-C').replace(/:(id|caseId)/, '0190a000-0000-7000-8000-000000000001').replaceAll(/:[a-zA-Z]+/g, 'sin');
const encodeOne = (path: string): string => path.replace(/[a-z](?=[^/]*$)/, (c) => `%${c.charCodeAt(0).toString(16)}`);
const variants = (path: string): readonly string[] => [path, `${path}/`, `/${path}`, path.toUpperCase(), encodeOne(path), path.replace(/\/(?=[^/]+$)/, '//'), path.replace(/\/(?=[^/]+$)/, '/./'), path.replace(/\/(?=[^/]+$)/, '/%2e/')];

describe('who may enter', () => {
  let app: TestApp;
  let url: URL;
  let routes: readonly Route[];
  beforeAll(async () => {
    app = await startTestApp();
    url = new URL(app.url);
    routes = listRoutes(app.service.app);
  }, 60_000);
  afterAll(() => app.stop());

  it('knows every route there is', () => {
    expect(routes.length).toBeGreaterThan(30);
  });

  it('is nobody without a token, whatever the method and however the path is written', async () => {
    const open: string[] = [];
    for (const { path } of routes.filter((r) => !PUBLIC.test(r.path) && !r.path.includes('*'))) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        for (const written of variants(filled(path))) {
          const answer = await status(url, method, written);
          if (![400, 401, 404].includes(answer)) open.push(`${method} ${written} ${answer}`);
        }
      }
    }
    expect(open).toEqual([]);
  }, 120_000);

  it('keeps citizens out of operators’ routes, operators out of citizens’, and both from answering for an agency', async () => {
    const token = (persona: string) => signIn({ issuer: app.sandbox.issuer, audience: 'tell-us-once', persona });
    const [citizen, operator] = [await token('olivia'), await token('oscar')];
    const wrong: string[] = [];
    for (const { method, path } of routes.filter((r) => !PUBLIC.test(r.path) && !r.path.includes('*'))) {
      const tokens = DELIVERY.test(path) ? [citizen, operator] : OPERATORS.test(path) ? [citizen] : [operator];
      for (const held of tokens) {
        for (const written of variants(filled(path))) {
          const answer = await status(url, method, written, held);
          if (![400, 401, 403, 404].includes(answer)) wrong.push(`${method} ${written} ${answer}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('asks for a stronger sign-in where identity was not proven', async () => {
    const weak = await signIn({ issuer: app.sandbox.issuer, audience: 'tell-us-once', persona: 'lou' });
    expect(await status(url, 'POST', '/v1/notifications', weak)).toBe(403);
    expect(await status(url, 'GET', '/v1/cases', weak)).toBe(403);
  });

  it('lets anyone see health, the document and the keys', async () => {
    for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs', '/.well-known/jwks.json']) expect(await status(url, 'GET', path)).toBe(200);
    expect(await status(url, 'GET', '/metrics')).toBe(404);
  });
});
