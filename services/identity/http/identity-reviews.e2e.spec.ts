import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { Cases } from '#contracts/apis/cases.js';
import { Vault } from '#contracts/apis/vault.js';
import { CaseOpenedV1 } from '#contracts/events/index.js';
import { Bell, Feed, History, logMigrations, Outbox, PostgresFeed, PostgresHistory } from '#libs/event-log/index.js';
import { Clock, MovableClock, uuidv7 } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { acrOf, createHttpApp, SilentLogger } from '#libs/runtime/index.js';
import { eventually } from '#libs/testing/eventually.js';
import { openTestDatabase } from '#libs/testing/test-database.js';
import { FakeAuthority } from '../authorities/fake-authority.js';
import { IdentityModule, identityMigrations } from '../index.js';
import { FakeVault } from '../testing/fake-vault.js';

const REFERENCE = '7K3M-9QXT-2VHB-C';
const FIELDS = { givenNames: 'SAME', familyName: 'SAME', birthDate: 'SIML', birthPlace: 'NODI' } as const;
const DAY = 86_400_000;

let secret: CryptoKey;
let jwks: Server;
let issuer = '';
let app: NestFastifyApplication;
let feed: PostgresFeed;
const clock = new MovableClock();
const vault = new FakeVault();

interface Review { readonly id: string; readonly overdue: boolean }
const call = async (method: 'GET' | 'POST', path: string, body?: object, roles: readonly string[] = ['operator'], subject = 'oscar') => {
  const token = await new SignJWT({ sub: subject, acr: acrOf('loa2'), roles }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setIssuer(issuer).setAudience('tell-us-once').setExpirationTime('5 minutes').sign(secret);
  const { statusCode, body: text } = await app.inject({ method, url: `/v1/ops/identity-reviews${path}`, headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { payload: JSON.stringify(body) }) });
  return { status: statusCode, text, body: (text === '' ? undefined : JSON.parse(text)) as unknown };
};
let tell: () => Promise<string>;

// The hooks stand in the block so that the application is closed before its database.
describe('the operators’ list of people whom no authority fully confirmed', () => {
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    secret = pair.privateKey;
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k' }] });
    jwks = createServer((_, response) => response.end(keys));
    await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}`;

    const { db } = await openTestDatabase([...logMigrations, ...identityMigrations]);
    const outbox = new Outbox();
    const unitOfWork = new UnitOfWork(db, clock, outbox);
    const bell = new Bell(db, outbox);
    feed = new PostgresFeed(db, unitOfWork, bell, clock);
    const cases: Pick<Cases, 'references'> = { references: async (ids) => new Map(ids.map((id) => [id, REFERENCE])) };

    @Global()
    @Module({
      imports: [CqrsModule.forRoot()],
      providers: [
        { provide: Database, useValue: db }, { provide: UnitOfWork, useValue: unitOfWork }, { provide: Clock, useValue: clock }, { provide: Feed, useValue: feed },
        { provide: Vault, useValue: vault }, { provide: Cases, useValue: cases }, { provide: History, useValue: new PostgresHistory(db, bell) },
      ],
      exports: [Database, UnitOfWork, Clock, Feed, Vault, Cases, History, CqrsModule],
    })
    class Surroundings {}
    const authority = new FakeAuthority(() => ({ kind: 'found', finding: { resolution: 'ACMA', score: 82, fields: FIELDS } }));
    @Module({ imports: [Surroundings, IdentityModule.forRoot({ authoritiesUrl: 'http://127.0.0.1:9', authority })] })
    class Sample {}

    app = await createHttpApp(Sample, { auth: { issuer, audience: 'tell-us-once', jwksUrl: `${issuer}/jwks` }, logger: new SilentLogger() });
    app.setGlobalPrefix('v1');
    await app.init();
    await feed.start();
    tell = async () => {
      const caseId = uuidv7();
      vault.declared.set(caseId, { 'parent-1': { names: { given: ['Nora'], family: 'Whitlock' }, birthDate: '1992-08-01', birthPlace: { jurisdiction: 'ca-on' } } });
      const known = new Set(((await call('GET', '')).body as Review[]).map((r) => r.id));
      await unitOfWork.join([caseId], async (unit) => void unit.append(CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] })));
      return eventually(async () => ((await call('GET', '')).body as Review[]).find((r) => !known.has(r.id))?.id);
    };
  }, 60_000);
  afterAll(async () => {
    await feed.stop();
    await app.close();
    jwks.closeAllConnections();
    jwks.close();
  });

  it('shows words and never a value', async () => {
    const id = await tell();
    const { status, text, body } = await call('GET', '');
    expect(status).toBe(200);
    expect((body as Review[]).find((r) => r.id === id)).toEqual({
      id, reference: REFERENCE, person: 'parent-1', authority: 'ca-on', reason: 'acceptable-match', resolution: 'ACMA', score: 82, fields: FIELDS,
      openedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), overdue: false,
    });
    for (const told of ['Nora', 'Whitlock', '1992-08-01']) expect(text).not.toContain(told);
  });

  it('is for operators', async () => {
    expect((await call('GET', '', undefined, [])).status).toBe(403);
    expect((await call('POST', `/${uuidv7()}/decision`, { decision: 'refuse' }, ['agent'])).status).toBe(403);
  });

  it('takes a decision, takes the same again, and refuses another', async () => {
    const id = await tell();
    expect(await call('POST', `/${id}/decision`, { decision: 'accept' })).toMatchObject({ status: 422, body: { code: 'review.evidence-missing', errors: [{ pointer: '/evidence' }] } });
    expect((await call('POST', `/${id}/decision`, { decision: 'accept', evidence: 'a-feeling' })).status).toBeGreaterThanOrEqual(400);
    expect((await call('POST', `/${id}/decision`, { decision: 'accept', evidence: 'birth-certificate-seen', note: 'x' })).status).toBeGreaterThanOrEqual(400);
    const accept = { decision: 'accept', evidence: 'birth-certificate-seen' };
    expect((await call('POST', `/${id}/decision`, accept)).status).toBe(204);
    expect((await call('POST', `/${id}/decision`, accept)).status).toBe(204);
    expect(await call('POST', `/${id}/decision`, { decision: 'refuse' })).toMatchObject({ status: 409, body: { code: 'review.already-decided' } });
    expect(((await call('GET', '')).body as Review[]).some((r) => r.id === id)).toBe(false);
  });

  it('keeps who decided as a word that names nobody', async () => {
    const id = await tell();
    await call('POST', `/${id}/decision`, { decision: 'ask-citizen-to-correct' });
    const [row] = await app.get(Database, { strict: false }).rows<{ operator: string; decided: boolean }>('select operator, closed_at is not null decided from identity.review where id = $1', [id]);
    expect(row).toMatchObject({ decided: true, operator: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(JSON.stringify(row)).not.toContain('oscar');
  });

  it('knows no review that was never opened', async () => {
    expect(await call('POST', `/${uuidv7()}/decision`, { decision: 'refuse' })).toMatchObject({ status: 404, body: { code: 'review.unknown' } });
    expect((await call('POST', '/not-an-id/decision', { decision: 'refuse' })).status).toBe(400);
  });

  it('marks what has waited longer than two business days', async () => {
    const id = await tell();
    const overdue = async () => ((await call('GET', '')).body as Review[]).find((r) => r.id === id)!.overdue;
    clock.advance(60_000);
    expect(await overdue()).toBe(false);
    clock.advance(8 * DAY);
    // the token's own time is not moved with the house's clock
    expect(await overdue()).toBe(true);
  });
});
