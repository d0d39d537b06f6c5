import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Injectable, Module, Param, Post, Query, Sse, type MessageEvent } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsArray, IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { Observable, map, takeUntil, timer } from 'rxjs';
import { DomainError } from '#libs/kernel/domain-error.js';
import { CurrentPrincipal, DeliveryToken, DeliveryTokenGate, MinAcr, Public, Roles } from '../auth/access.js';
import { acrOf, type Principal } from '../auth/principal.js';
import { Probes } from '../health/probes.js';
import { PinoLogger } from '../logging/logger.js';
import { showOpenApi } from '../openapi.js';
import { runService } from '../run-service.js';
import { Stopping } from '../stopping.js';
import { createHttpApp } from './create-http-app.js';
import type { Problem } from './problem.js';
import { listRoutes } from './routes.js';

const SIN = '046454286';

class Person {
  @IsString() @MaxLength(20) name!: string;
  @IsOptional() @Matches(/^\d{9}$/, { context: { code: 'sin.invalid' }, message: '$value is no SIN' }) sin?: string;
  @IsOptional() @IsArray() @IsIn(['en', 'fr'], { each: true }) languages?: string[];
}
class Notification {
  @IsIn(['birth']) lifeEvent!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Person) people!: Person[];
  @IsDefined() @ValidateNested() @Type(() => Person) notifier!: Person;
}
class Page {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) limit?: number;
}

@Controller('v1/cases')
class CasesController {
  @Get() all(@Query() page: Page): Page { return page; }
  @Post() tell(@Body() body: Notification): { isNotification: boolean } { return { isNotification: body instanceof Notification && body.people.every((p) => p instanceof Person) }; }
  @Get('me') me(@CurrentPrincipal() principal: Principal): string { return principal.subject; }
  @Get('failing') fail(): never { throw new Error(`could not save ${SIN}`); }
  @Get('refusing') refuse(): never { throw new DomainError('case.closed', 'The case is closed', 409, [{ pointer: '/a', code: 'field.required', detail: 'is required' }]); }
  @Get('sure') @MinAcr('loa3') sure(): string { return 'sure'; }
  @Get('open') @Public() open(@CurrentPrincipal() principal?: Principal): string { return principal ? 'known' : 'unknown'; }
  @Get(':reference') one(@Param('reference') reference: string): string { return reference; }
}

@Controller('v1/operator')
@Roles('operator')
class OperatorController {
  @Get('lag') lag(): string { return 'lag'; }
}

@Controller('v1/deliveries')
class DeliveriesController {
  @Post(':id/outcome') @DeliveryToken() outcome(@Param('id') id: string): string { return id; }
}

@Controller('v1/stream')
class StreamController {
  constructor(private readonly stopping: Stopping) {}
  @Public() @Sse() stream(): Observable<MessageEvent> {
    return timer(0, 20).pipe(map((n) => ({ id: String(n), data: 'x' })), takeUntil(this.stopping.stop$));
  }
}

@Module({ controllers: [CasesController, OperatorController, DeliveriesController, StreamController] })
class Sample {}

@Injectable()
class OneDelivery extends DeliveryTokenGate {
  async admits(token: string, params: Readonly<Record<string, string>>): Promise<boolean> { return token === `for-${params['id'] ?? ''}`; }
}
@Module({ imports: [Sample], providers: [{ provide: DeliveryTokenGate, useClass: OneDelivery }] })
class SampleWithGate {}

let secret: CryptoKey;
let jwks: Server;
let issuer = '';
let log = '';
let app: NestFastifyApplication;
const logger = new PinoLogger({ service: 'sample', level: 'debug', destination: { write: (line) => void (log += line) } });
const auth = () => ({ issuer, audience: 'tell-us-once', jwksUrl: `${issuer}/jwks` });
const token = (claims: object = {}): Promise<string> =>
  new SignJWT({ sub: 'abc', acr: acrOf('loa2'), ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer(issuer).setAudience('tell-us-once').setExpirationTime('5 minutes').sign(secret);

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  secret = pair.privateKey;
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k' }] });
  jwks = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}`;
  app = await createHttpApp(Sample, { auth: auth(), logger });
  showOpenApi(app, { title: 'Sample', version: '1' });
  await app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await app.close();
  jwks.closeAllConnections();
  jwks.close();
});

interface Asked { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer; readonly as?: object | null }
/** Asks as a citizen unless told otherwise; `as: null` asks as nobody. */
const ask = async (url: string, { method = 'GET', headers = {}, body, as = {} }: Asked = {}, to = app) => {
  const bearer = as === null ? {} : { authorization: `Bearer ${await token(as)}` };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await to.inject({ method: method as 'GET', url, headers: { ...bearer, ...type, ...headers }, ...(body !== undefined && { payload: body }) });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: () => JSON.parse(answer.body) as unknown };
};
/** Bytes as they are, for what no client library would send. */
const say = (text: string): Promise<string> => new Promise((resolve, reject) => {
  let answer = '';
  const socket = connect((app.getHttpServer().address() as AddressInfo).port, '127.0.0.1', () => socket.write(text));
  socket.on('data', (chunk) => (answer += chunk.toString())).on('close', () => resolve(answer)).on('error', reject);
});
const problemIn = (raw: string): Problem => JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4)) as Problem;


interface Refusal { readonly what: string; readonly url: string; readonly asked: Asked; readonly status: number; readonly code: string; readonly en: string; readonly fr: string }
const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Asked => ({ method: 'POST', body, headers });
const REFUSALS: readonly Refusal[] = [
  { what: 'malformed JSON', url: '/v1/cases', asked: post(`{"sin":"${SIN}"`), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'an empty body', url: '/v1/cases', asked: post(''), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'a body that is not UTF-8', url: '/v1/cases', asked: post(Buffer.from('{"a":"\xe9"}', 'latin1')), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: '__proto__', url: '/v1/cases', asked: post('{"__proto__":{"admin":true}}'), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'an escaped __proto__', url: '/v1/cases', asked: post('{"people":[{"\\u005f_proto__":{}}]}'), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'a constructor', url: '/v1/cases', asked: post('{"people":[{"constructor":1}]}'), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'endless nesting', url: '/v1/cases', asked: post(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), status: 400, code: 'request.malformed-json', en: 'not valid JSON', fr: 'pas du JSON valide' },
  { what: 'a body above 64 KiB', url: '/v1/cases', asked: post(`"${'x'.repeat(65_536)}"`), status: 413, code: 'request.too-large', en: 'too large', fr: 'trop volumineux' },
  { what: 'a form', url: '/v1/cases', asked: post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), status: 415, code: 'request.unsupported-media-type', en: 'not supported', fr: 'pas pris en charge' },
  { what: 'text', url: '/v1/cases', asked: post('{}', { 'content-type': 'text/plain' }), status: 415, code: 'request.unsupported-media-type', en: 'not supported', fr: 'pas pris en charge' },
  { what: 'a media type that is none', url: '/v1/cases', asked: post('{}', { 'content-type': 'nonsense' }), status: 415, code: 'request.unsupported-media-type', en: 'not supported', fr: 'pas pris en charge' },
  { what: 'bad percent-encoding', url: '/v1/cases/%zz', asked: {}, status: 400, code: 'request.bad-url', en: 'cannot be read', fr: 'illisible' },
  { what: 'bytes that are not UTF-8 in the address', url: '/v1/cases/%ff', asked: {}, status: 400, code: 'request.bad-url', en: 'cannot be read', fr: 'illisible' },
  { what: 'an over-long part of the address', url: `/v1/cases/${'x'.repeat(101)}`, asked: {}, status: 414, code: 'request.url-too-long', en: 'too long', fr: 'trop longue' },
  { what: 'an address with nothing there', url: '/v1/nothing', asked: {}, status: 404, code: 'route.unknown', en: 'nothing at this address', fr: 'rien à cette adresse' },
  { what: 'a wrong method', url: '/v1/cases', asked: { method: 'DELETE' }, status: 404, code: 'route.unknown', en: 'nothing at this address', fr: 'rien à cette adresse' },
  { what: 'nobody', url: '/v1/cases', asked: { as: null }, status: 401, code: 'auth.required', en: 'must sign in', fr: 'ouvrir une session' },
  { what: 'a token that is none', url: '/v1/cases', asked: { as: null, headers: { authorization: 'Bearer nonsense' } }, status: 401, code: 'auth.invalid-token', en: 'no longer accepted', fr: 'plus acceptée' },
  { what: 'another scheme', url: '/v1/cases', asked: { as: null, headers: { authorization: 'Basic YTpi' } }, status: 401, code: 'auth.invalid-token', en: 'no longer accepted', fr: 'plus acceptée' },
  { what: 'a citizen where operators work', url: '/v1/operator/lag', asked: {}, status: 403, code: 'auth.forbidden', en: 'may not', fr: 'pas autorisé' },
  { what: 'an operator where citizens tell', url: '/v1/cases', asked: { as: { roles: ['operator', 'agent'] } }, status: 403, code: 'auth.forbidden', en: 'may not', fr: 'pas autorisé' },
  { what: 'a weak sign-in', url: '/v1/cases/sure', asked: {}, status: 403, code: 'auth.assurance-too-low', en: 'stronger sign-in', fr: 'plus sûre' },
  { what: 'a field that is wrong', url: '/v1/cases?limit=0', asked: {}, status: 400, code: 'request.invalid', en: 'must be corrected', fr: 'doivent être corrigés' },
  { what: 'our own failure', url: '/v1/cases/failing', asked: {}, status: 500, code: 'internal', en: 'went wrong', fr: 'erreur s’est produite' },
];

describe('every refusal is a problem in the caller’s language', () => {
  it.each(REFUSALS)('$what: $status $code', async ({ url, asked, status, code, en, fr }) => {
    for (const [language, words] of [['en-CA', en], ['fr-CA', fr]] as const) {
      const answer = await ask(url, { ...asked, headers: { ...asked.headers, 'accept-language': language } });
      const problem = answer.json() as Problem;
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json', 'content-language': language, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
      });
      expect(problem).toMatchObject({ status, code, type: `urn:problem:${code}`, title: expect.stringContaining(words), instance: `urn:uuid:${String(answer.headers['x-request-id'])}` });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain(SIN);
    }
  });

  it('says who must sign in how', async () => {
    expect((await ask('/v1/cases', { as: null })).headers['www-authenticate']).toBe('Bearer realm="tell-us-once"');
    expect((await ask('/v1/cases', { as: { acr: 'none' } })).headers['www-authenticate']).toBe('Bearer realm="tell-us-once", error="invalid_token"');
    expect((await ask('/v1/cases/sure')).headers['www-authenticate']).toContain(`acr_values="${acrOf('loa3')}"`);
  });

  it('shows a refusal of the domain with its own words', async () => {
    expect((await ask('/v1/cases/refusing')).json()).toMatchObject({ status: 409, code: 'case.closed', title: 'The case is closed', errors: [{ pointer: '/a', code: 'field.required' }] });
    expect((await ask('/v1/cases/refusing', { headers: { 'accept-language': 'fr' } })).json()).toMatchObject({ errors: [{ detail: 'est obligatoire' }] });
  });

  it('of many that come at once each is answered for itself, as whom it came from', async () => {
    const body = JSON.stringify({ lifeEvent: 'birth', people: [], notifier: { name: 'Ada' } });
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => (
      i % 4 === 0 ? ask('/v1/cases', post('{', { 'accept-language': 'fr-CA' })) : i % 4 === 1 ? ask('/v1/cases', { ...post(body), as: null }) : i % 4 === 2 ? ask('/v1/cases', post('{}')) : ask('/v1/cases', post(body)))));
    expect(answers.map(({ status, headers }) => [status, headers['content-language']])).toEqual(
      Array.from({ length: 6 }, () => [[400, 'fr-CA'], [401, 'en-CA'], [400, 'en-CA'], [201, undefined]]).flat());
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(24);
  });

  it('answers HEAD with the status and no body', async () => {
    const answer = await ask('/v1/cases/me', { method: 'HEAD', as: null });
    expect([answer.status, answer.text]).toEqual([401, '']);
  });

  it.each<[string, string, number, string]>([
    ['a request line nobody can read', 'NONSENSE\r\n\r\n', 400, 'request.bad-header'],
    ['a header nobody can read', 'GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: fr\r\nB@d header: 1\r\n\r\n', 400, 'request.bad-header'],
    ['two lengths', 'POST /v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'request.bad-header'],
    ['no host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'request.bad-header'],
    ['an over-long address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'request.headers-too-large'],
    ['an expectation we cannot meet', 'POST /v1/cases HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n', 417, 'request.expectation-failed'],
    ['a target that is no path', 'GET *v1/cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404, 'route.unknown'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404, 'route.unknown'],
    ['TRACE', 'TRACE /v1/cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404, 'route.unknown'],
  ])('even %s', async (_, text, status, code) => {
    const answer = await say(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(problemIn(answer)).toMatchObject({ status, code });
    if (text.includes('fr\r\n')) expect(problemIn(answer).title).toContain('illisible');
  });
});

describe('what is wrong with a body', () => {
  const faults = async (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    ((await ask('/v1/cases', post(JSON.stringify(body), headers))).json() as Problem).errors?.map(({ pointer, code }) => `${pointer} ${code}`);
  const person = { name: 'Ana' };
  const good = { lifeEvent: 'birth', people: [person], notifier: person };

  it('nothing', async () => {
    const answer = await ask('/v1/cases', post(JSON.stringify(good)));
    expect([answer.status, answer.json()]).toEqual([201, { isNotification: true }]);
  });

  it('is told at once, each at its place, down to the element of a list', async () => {
    expect(await faults({
      lifeEvent: 'wedding',
      people: [person, { name: 'x'.repeat(21), sin: SIN.slice(1) }, { name: 7, languages: ['en', 'de', 'fr', 'nl'] }, { name: 'Ana', 'a/b~c': 1 }],
    })).toEqual([
      '/lifeEvent field.not-allowed', '/people/1/name field.length', '/people/1/sin sin.invalid', '/people/2/name field.type',
      '/people/2/languages/1 field.not-allowed', '/people/2/languages/3 field.not-allowed', '/notifier field.required', '/people/3 field.unknown',
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['missing and null fields', { ...good, people: null, lifeEvent: undefined }, ['/lifeEvent field.required', '/people field.required']],
    ['an unknown field', { ...good, admin: true }, ['/admin field.unknown']],
    ['a field inherited by every object', { ...good, toString: 1, hasOwnProperty: 1 }, ['/toString field.unknown', '/hasOwnProperty field.unknown']],
    ['an object where a list belongs', { ...good, people: person }, ['/people field.type']],
    ['text where an object belongs', { ...good, notifier: 'Ana' }, ['/notifier field.type']],
    ['text and lists among objects', { ...good, people: [person, 'Ana', null, [person]] }, ['/people/1 field.type', '/people/2 field.required', '/people/3 field.type']],
    ['a list where an object belongs', { ...good, notifier: [person] }, ['/notifier field.type']],
    ['an empty list where an object belongs', { ...good, notifier: [] }, ['/notifier field.type']],
    ['a list for a body', [good], [' field.type']],
    ['text for a body', 'birth', [' field.type']],
    ['null for a body', null, [' field.required']],
  ])('%s', async (_, body, expected) => {
    expect(await faults(body)).toEqual(expected);
  });

  it('never repeats a value, nor a name that could be one', async () => {
    const answer = await ask('/v1/cases', post(JSON.stringify({ ...good, [SIN]: 1, notifier: { name: 'Ana', sin: `${SIN}9` } })));
    expect(answer.text).not.toContain(SIN);
    expect((answer.json() as Problem).errors).toEqual([
      { pointer: '/notifier/sin', code: 'sin.invalid', detail: 'must be a Social Insurance Number: nine digits with a valid check digit' },
      { pointer: '', code: 'field.unknown', detail: 'is not a field we know' },
    ]);
    const french = await ask('/v1/cases', post(JSON.stringify({ ...good, notifier: { name: 'Ana', sin: '1' } }), { 'accept-language': 'de, fr;q=0.8, en;q=0.2' }));
    expect((french.json() as Problem).errors?.[0]?.detail).toContain('numéro d’assurance sociale');
  });

  it('is told in bounds, however much is wrong', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`a${i % 1000}b${i}`.slice(0, 8), 1]));
    expect((await faults({ ...good, ...many }))?.length).toBe(100);
  });
});

describe('who may enter', () => {
  it('a citizen reaches what nothing is said of', async () => {
    expect((await ask('/v1/cases/me')).text).toBe(`${issuer}|abc`);
    expect((await ask('/v1/cases?limit=7')).json()).toEqual({ limit: 7 });
  });
  it('an operator reaches what is made for operators', async () => {
    expect((await ask('/v1/operator/lag', { as: { roles: ['operator'] } })).text).toBe('lag');
  });
  it('anyone reaches what is public, with or without a token', async () => {
    for (const url of ['/v1/cases/open', '/health/live', '/health/ready', '/openapi.json', '/docs']) expect([url, (await ask(url, { as: null })).status]).toEqual([url, 200]);
  });
  it('a strong sign-in reaches what asks for one', async () => {
    expect((await ask('/v1/cases/sure', { as: { acr: acrOf('loa4') } })).text).toBe('sure');
  });

  it('nobody reaches a delivery while no gate is bound, not even a citizen', async () => {
    expect((await ask('/v1/deliveries/1/outcome', post('{}'))).status).toBe(401);
  });
  it('a delivery is reached by its own token and no other', async () => {
    const gated = await createHttpApp(SampleWithGate, { auth: auth(), logger });
    await gated.init();
    await gated.getHttpAdapter().getInstance().ready();
    const by = async (bearer: string) => (await ask('/v1/deliveries/1/outcome', { ...post('{}'), as: null, headers: { authorization: `Bearer ${bearer}` } }, gated)).status;
    expect([await by('for-1'), await by('for-2'), await by(await token())]).toEqual([201, 401, 401]);
    expect((await ask('/v1/deliveries/1/outcome', { ...post('{}'), as: null }, gated)).status).toBe(401);
    await gated.close();
  });

  it('every route but the public ones refuses nobody in particular, by every method and in every spelling of its path', async () => {
    const isPublic = (path: string): boolean => /^\/(health\/|openapi\.json$|docs|v1\/cases\/open$|v1\/stream$)/.test(path);
    const routes = listRoutes(app).filter(({ path }) => !isPublic(path));
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(expect.arrayContaining(['GET /v1/cases', 'HEAD /v1/cases', 'POST /v1/cases', 'GET /v1/operator/lag']));
    for (const { method, path } of routes) {
      const url = path.replace(/:\w+/g, 'x');
      const answer = await ask(url, { method, as: null, ...(method === 'POST' && { body: '{}' }) });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      for (const variant of [`${url}/`, `/${url}`, url.replace('/v1/', '/v1//'), url.toUpperCase(), `${url};a=b`, `${url}%2f`, `${url}/.`, `/x/..${url}`, url.replace('v1', 'v%31'), `${url}.json`, `${url}%00`]) {
        for (const each of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
          expect([variant, [401, 404]]).toEqual([variant, expect.arrayContaining([(await ask(variant, { method: each, as: null })).status])]);
        }
      }
    }
  });

  it('a path in another spelling is nothing, even to those who may enter', async () => {
    for (const url of ['/v1/cases/', '/v1//cases', '//v1/cases', '/V1/cases', '/v1/Cases', '/v1/cases;x']) expect([url, (await ask(url)).status]).toEqual([url, 404]);
  });
});

describe('what is left behind', () => {
  it('the log names routes by template and never what was sent', async () => {
    log = '';
    await ask(`/v1/cases/${SIN}?name=${SIN}`);
    await ask('/v1/cases/failing');
    const lines = log.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual(expect.arrayContaining([
      expect.objectContaining({ event: 'http.request', method: 'GET', route: '/v1/cases/:reference', status: 200, requestId: expect.any(String), durationMs: expect.any(Number) }),
      expect.objectContaining({ event: 'http.failed', code: 'internal', error: expect.objectContaining({ name: 'Error', frames: expect.arrayContaining([expect.stringContaining('http.e2e.spec.ts')]) }) }),
    ]));
    expect(log).not.toContain(SIN);
    expect(log).not.toContain(issuer);
  });
});

describe('the documentation', () => {
  it('is OpenAPI 3.1, asks for a token wherever one is needed, and shows how a refusal looks', async () => {
    const document = (await ask('/openapi.json', { as: null })).json() as { openapi: string; paths: Record<string, Record<string, { security: unknown; responses: object }>>; components: { securitySchemes: object } };
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
    expect(document.paths['/v1/cases']!['post']!.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/v1/cases/open']!['get']!.security).toEqual([]);
    expect(document.paths['/health/ready']!['get']!.security).toEqual([]);
    expect(document.paths['/v1/cases']!['post']!.responses).toHaveProperty('default');
    expect(JSON.stringify(document)).not.toContain('x-open');
  });
});

describe('a running service', () => {
  it('tells what it still waits for, serves its figures apart, and stops at once with streams open', async () => {
    const service = await runService(Sample, { auth: auth(), logger, port: 0, host: '127.0.0.1', metricsPort: 0 });
    const url = service.url.replace('localhost', '127.0.0.1');
    let failure: string | undefined = 'migrations are not applied';
    service.app.get(Probes).register('database', () => failure);
    service.app.get(Probes).register('broken', () => { if (failure) throw new Error(SIN); return undefined; });
    const waiting = await fetch(`${url}/health/ready`);
    expect([waiting.status, await waiting.json()]).toEqual([503, { status: 'not-ready', failing: { database: 'migrations are not applied', broken: 'could not be asked' } }]);
    failure = undefined;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);

    const stream = await fetch(`${url}/v1/stream`);
    const reader = stream.body!.getReader();
    await reader.read();
    const figures = await (await fetch(`http://127.0.0.1:${service.metricsPort!}/metrics`)).text();
    expect(figures).toContain('http_request_duration_seconds_bucket');
    expect(figures).toContain('route="/health/ready"');

    const startedAt = performance.now();
    await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    for (let part = await reader.read(); !part.done; part = await reader.read());
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    expect(log).toContain('"event":"service.ready"');
  });
});
