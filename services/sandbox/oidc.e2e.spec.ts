import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SystemClock } from '#libs/kernel/index.js';
import { TokenVerifier } from '#libs/runtime/auth/index.js';
import { PEOPLE, signIn, startSandbox, UnknownPersona, type Sandbox } from './index.js';

const audience = 'tell-us-once';
const start = (over: { port?: number; dataDir?: string } = {}): Promise<Sandbox> => startSandbox({ port: 0, clock: new SystemClock(), profile: 'fast', audience, ...over });

describe('signing in at the sandbox', () => {
  let sandbox: Sandbox;
  let verifier: TokenVerifier;
  const said: unknown[] = [];

  beforeAll(async () => {
    for (const level of ['log', 'info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation((...words: unknown[]) => void said.push(words));
    sandbox = await start();
    verifier = new TokenVerifier({ issuer: sandbox.issuer, audience });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await sandbox.stop();
  });

  it('gives a parent a token that the API accepts, with proven identity and no role', async () => {
    const token = await signIn({ issuer: sandbox.issuer, audience, persona: 'olivia' });
    const principal = await verifier.verify(token);
    expect(principal).toMatchObject({
      subject: `${sandbox.issuer}|olivia`, acr: 'urn:gc-ca:cyber-auth:assurance:loa2', roles: [],
      claims: { givenName: 'Olivia Grace', familyName: 'Tremblay-Okafor', birthDate: '1993-05-14', locale: 'en-CA' },
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(decodeJwt(token).exp! - decodeJwt(token).iat!).toBe(3600);
  });

  it('tells an operator, an agent and someone without proof of identity apart', async () => {
    const principal = async (persona: string) => verifier.verify(await signIn({ issuer: sandbox.issuer, audience, persona }));
    expect((await principal('oscar')).roles).toEqual(['operator']);
    expect((await principal('nadia')).roles).toEqual(['agent']);
    expect((await principal('lou')).acr).toBe('urn:gc-ca:cyber-auth:assurance:loa1');
  });

  it('signs in every person of the sandbox, many at once', async () => {
    const tokens = await Promise.all(PEOPLE.map(({ id }) => signIn({ issuer: sandbox.issuer, audience, persona: id })));
    expect(tokens.map((token) => decodeJwt(token).sub)).toEqual(PEOPLE.map(({ id }) => id));
  });

  it('does not know people nobody made up', async () => {
    await expect(signIn({ issuer: sandbox.issuer, audience, persona: 'nobody' })).rejects.toThrow(UnknownPersona);
  });

  it('issues tokens for its own audience only', async () => {
    await expect(signIn({ issuer: sandbox.issuer, audience, persona: 'olivia' }).then((token) => new TokenVerifier({ issuer: sandbox.issuer, audience: 'another' }).verify(token))).rejects.toThrow('signature or claims');
    await expect(signIn({ issuer: sandbox.issuer, audience: 'another', persona: 'olivia' })).rejects.toThrow();
  });

  it('refuses to begin without a proof key, or to go back to a place that is not the caller’s own machine', async () => {
    const ask = async (over: Record<string, string>) => {
      const query = new URLSearchParams({ client_id: 'tell-us-once-cli', response_type: 'code', scope: 'openid', redirect_uri: 'http://127.0.0.1:5555/callback', ...over });
      return fetch(`${sandbox.issuer}/auth?${query.toString()}`, { redirect: 'manual' });
    };
    const unproven = await ask({});
    expect(unproven.headers.get('location')).toContain('error=invalid_request');
    const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
    expect((await ask(challenge)).headers.get('location')).toMatch(/^\/oidc\/sign-in\//);
    const elsewhere = await ask({ ...challenge, redirect_uri: 'https://attacker.example/callback' });
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.headers.get('location')).toBeNull();
  });

  describe('the page', () => {
    const open = async (language?: string) => {
      const query = new URLSearchParams({
        client_id: 'tell-us-once-cli', response_type: 'code', scope: 'openid', redirect_uri: 'http://127.0.0.1:5555/callback',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', login_hint: 'siku', ...(language !== undefined && { ui_locales: language }),
      });
      const away = await fetch(`${sandbox.issuer}/auth?${query.toString()}`, { redirect: 'manual' });
      const cookie = away.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
      const url = new URL(away.headers.get('location')!, sandbox.url).href;
      return { url, cookie, page: await fetch(url, { headers: { cookie } }) };
    };

    it('lists everybody, in English or French, and works without scripts', async () => {
      const english = await (await open()).page.text();
      for (const { given, family } of PEOPLE) expect(english).toContain([...given, family].join(' '));
      expect(english).toContain('<html lang="en-CA">');
      expect(english).toContain('value="siku" required checked');
      expect(english).not.toContain('<script');
      const french = await (await open('fr-CA')).page.text();
      expect(french).toContain('<html lang="fr-CA">');
      expect(french).toContain('Qui êtes-vous aujourd’hui?');
    });

    it('asks again when nobody was chosen', async () => {
      const { url, cookie } = await open();
      const again = await fetch(url, { method: 'POST', headers: { cookie }, body: new URLSearchParams({ persona: 'nobody' }) });
      expect(again.status).toBe(400);
      expect(await again.text()).toContain('role="alert">Choose a person.');
    });

    it('says how to go on when the sign-in is not this browser’s or is over', async () => {
      const { url } = await open();
      const stranger = await fetch(url, { headers: { 'accept-language': 'fr' } });
      expect(stranger.status).toBe(400);
      expect(await stranger.text()).toContain('Recommencez');
    });
  });

  it('says nothing on the console', () => {
    expect(said).toEqual([]);
  });
});

describe('a restart of the sandbox', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-oidc-'));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('leaves tokens good that were issued before', async () => {
    const first = await start({ dataDir });
    const token = await signIn({ issuer: first.issuer, audience, persona: 'marguerite' });
    const { port } = new URL(first.url);
    await first.stop();
    const second = await start({ dataDir, port: Number(port) });
    expect((await new TokenVerifier({ issuer: second.issuer, audience }).verify(token)).claims.locale).toBe('fr-CA');
    await second.stop();
  });
});
