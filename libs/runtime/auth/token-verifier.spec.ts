import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { KeysUnavailable } from './key-set.js';
import { UntrustedToken } from './jws.js';
import { acrOf } from './principal.js';
import { TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';

const AUDIENCE = 'tell-us-once';
const NOW = 1_900_000_000_000;

interface Signer { readonly alg: string; readonly kid: string; readonly secret: CryptoKey; readonly jwk: JWK }
const signer = async (alg: string, kid: string, options: object = {}): Promise<Signer> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { alg, kid, secret: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
};

/** A sign-in provider that publishes whatever keys the test says, and counts who asks. */
class Issuer {
  keys: readonly JWK[] = [];
  readings = 0;
  isDown = false;
  claims: string | undefined;
  private server!: Server;
  url = '';

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      if (this.isDown) response.writeHead(503).end();
      else if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify({ issuer: this.claims ?? this.url, jwks_uri: `${this.url}/jwks` }));
      else {
        this.readings++;
        response.end(JSON.stringify({ keys: this.keys }));
      }
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const issuer = new Issuer();
let now = NOW;
let old: Signer;
let next: Signer;

beforeAll(async () => {
  await issuer.start();
  old = await signer('ES256', 'old');
  next = await signer('ES256', 'next');
});
afterAll(() => issuer.stop());
beforeEach(() => {
  now = NOW;
  issuer.keys = [old.jwk];
  issuer.readings = 0;
  issuer.isDown = false;
  issuer.claims = undefined;
});

const verifier = (options: Partial<TokenVerifierOptions> = {}): TokenVerifier =>
  new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, now: () => now, refreshMs: 60_000, coolDownMs: 10_000, maxAgeMs: 600_000, ...options });

const token = (by: Signer = old, claims: object = {}, header: object = {}): Promise<string> => {
  const seconds = NOW / 1000;
  const payload = { iss: issuer.url, aud: AUDIENCE, sub: 'abc', acr: acrOf('loa2'), iat: seconds, exp: seconds + 300, ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as object as Record<string, unknown>).setProtectedHeader({ alg: by.alg, kid: by.kid, typ: 'at+jwt', ...header }).sign(by.secret);
};
const refused = async (presented: string | Promise<string>, by = verifier()): Promise<void> =>
  expect(by.verify(await presented)).rejects.toBeInstanceOf(UntrustedToken);

describe('who is calling', () => {
  it('is told by a token the issuer signed', async () => {
    const claims = { roles: ['agent'], given_name: 'Ana', family_name: 'Roy', birthdate: '1990-02-03', locale: 'fr-CA', email: 'no@one.ca' };
    expect(await verifier().verify(await token(old, claims))).toEqual({
      subject: `${issuer.url}|abc`, issuer: issuer.url, acr: acrOf('loa2'), roles: ['agent'], expiresAt: NOW + 300_000,
      claims: { givenName: 'Ana', familyName: 'Roy', birthDate: '1990-02-03', locale: 'fr-CA' },
    });
  });

  it.each(['ES256', 'PS256', 'RS256', 'EdDSA'])('is believed when signed with %s', async (alg) => {
    const by = await signer(alg, alg);
    issuer.keys = [by.jwk];
    expect((await verifier().verify(await token(by))).roles).toEqual([]);
  });
});

describe('a token is refused', () => {
  it.each<[string, object]>([
    ['that has expired', { exp: NOW / 1000 }],
    ['that is not valid yet', { nbf: NOW / 1000 + 60 }],
    ['that never expires', { exp: undefined }],
    ['for another audience', { aud: 'another' }],
    ['for no audience', { aud: undefined }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['of nobody', { sub: undefined }],
    ['of an empty subject', { sub: '' }],
    ['without a level of assurance', { acr: undefined }],
    ['of a level nobody declared', { acr: 'urn:gc-ca:cyber-auth:assurance:loa5' }],
    ['of a level in another spelling', { acr: 'loa2' }],
    ['whose roles are not a list', { roles: 'operator' }],
    ['that is bound to a key its bearer must prove', { cnf: { jkt: 'x' } }],
  ])('%s', async (_, claims) => {
    await refused(token(old, claims));
  });

  it('that is good for no more than a moment, once the moment has passed', async () => {
    const v = verifier();
    const t = await token();
    await v.verify(t);
    now = NOW + 299_999;
    await v.verify(t);
    now = NOW + 300_000;
    await refused(t, v);
  });

  it('of an algorithm outside the list, or of none', async () => {
    const es384 = await signer('ES384', 'es384');
    issuer.keys = [old.jwk, es384.jwk];
    await refused(token(es384));
    await refused(new UnsecuredJWT({ iss: issuer.url, aud: AUDIENCE, sub: 'abc', acr: acrOf('loa2'), exp: NOW / 1000 + 300 }).encode());
    const hs = await new SignJWT({ sub: 'abc' }).setProtectedHeader({ alg: 'HS256', kid: 'old' }).sign(Buffer.from(old.jwk.x!));
    await refused(hs);
  });

  it('of an RSA key below 2048 bits, or of a key published for another use', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const strong = await exportJWK(publicKey);
    const weak = { ...strong, n: Buffer.from(strong.n!, 'base64url').subarray(0, 255).toString('base64url'), kid: 'weak' };
    const { algorithmsOf } = await import('./jws.js');
    expect(algorithmsOf(strong)).toEqual(['PS256', 'RS256']);
    expect(algorithmsOf(weak)).toEqual([]);
    expect(algorithmsOf({ ...strong, use: 'enc' })).toEqual([]);
    issuer.keys = [{ ...old.jwk, use: 'enc' }];
    await refused(token());
  });

  it('in any other spelling of itself', async () => {
    const v = verifier();
    const t = await token();
    await v.verify(t);
    const [h, p, s] = t.split('.') as [string, string, string];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = alphabet[alphabet.indexOf(s.at(-1)!) ^ 1]!; // differs in a trailing bit that decoders ignore
    for (const other of [`${t}=`, `${t} `, ` ${t}`, `${h}=.${p}.${s}`, `${h}.${p}\n.${s}`, `${h}.${p}.${s.slice(0, -1)}${twin}`, `${t}.`, `${h}.${p}`, '', '..']) {
      await refused(other, v);
    }
  });

  it('of another kind, or with an extension we do not know', async () => {
    await refused(token(old, {}, { typ: 'logout+jwt' }));
    await refused(token(old, {}, { crit: ['b64'], b64: true }));
    await refused(token(old, {}, { kid: undefined }));
  });

  it('whose signature belongs to other words', async () => {
    const [h, , s] = (await token()).split('.') as [string, string, string];
    const [, p] = (await token(old, { roles: ['operator'] })).split('.') as [string, string];
    await refused(`${h}.${p}.${s}`);
  });
});

describe('when the issuer changes its keys', () => {
  it('a new key is found without a restart', async () => {
    const v = verifier();
    await v.verify(await token());
    issuer.keys = [old.jwk, next.jwk];
    now += 10_000;
    await v.verify(await token(next));
    expect(issuer.readings).toBe(2);
  });

  it('unknown keys make us ask again only after a pause', async () => {
    const v = verifier();
    await v.verify(await token());
    for (let i = 0; i < 20; i++) await refused(token(next, { jti: String(i) }), v);
    expect(issuer.readings).toBe(1);
    now += 10_000;
    for (let i = 0; i < 20; i++) await refused(token(next, { jti: String(i) }), v);
    expect(issuer.readings).toBe(2);
  });

  it('a token of a withdrawn key is refused, even one accepted before', async () => {
    const v = verifier();
    const t = await token();
    await v.verify(t);
    issuer.keys = [next.jwk];
    now += 60_000;
    await v.verify(t);
    now += 60_001;
    await refused(t, v);
    await v.verify(await token(next));
  });

  it('a token is refused when its key was replaced under the same name', async () => {
    const v = verifier();
    const t = await token();
    await v.verify(t);
    issuer.keys = [{ ...next.jwk, kid: 'old' }];
    now += 120_001;
    await refused(t, v);
  });

  it('the keys of before serve while the issuer cannot be asked, but not for ever', async () => {
    const v = verifier();
    const t = await token(old, { exp: NOW / 1000 + 9000 });
    await v.verify(t);
    issuer.isDown = true;
    now += 500_000;
    await v.verify(t);
    now += 100_001;
    await expect(v.verify(t)).rejects.toBeInstanceOf(KeysUnavailable);
    issuer.isDown = false;
    now += 10_000;
    await v.verify(t);
  });

  it('nothing is accepted while no key was ever read, and everything soon after', async () => {
    const v = verifier();
    issuer.isDown = true;
    await expect(v.verify(await token())).rejects.toBeInstanceOf(KeysUnavailable);
    issuer.isDown = false;
    now += 1000;
    await v.verify(await token());
  });

  it('a discovery document of another issuer is not believed', async () => {
    issuer.claims = 'https://evil.example';
    await expect(verifier().verify(await token())).rejects.toBeInstanceOf(KeysUnavailable);
    expect(issuer.readings).toBe(0);
  });

  it('many who arrive together cause one reading', async () => {
    const v = verifier({ jwksUrl: `${issuer.url}/jwks` });
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => token(old, { jti: String(i) })));
    await Promise.all(tokens.map((t) => v.verify(t)));
    expect(issuer.readings).toBe(1);
  });
});

describe('what was verified once', () => {
  it('is remembered, within bounds', async () => {
    const v = verifier({ cacheSize: 5 });
    const first = await token();
    const principal = await v.verify(first);
    expect(await v.verify(first)).toBe(principal);
    for (let i = 0; i < 20; i++) await v.verify(await token(old, { jti: String(i) }));
    expect(v.cached).toBe(5);
    expect(await v.verify(first)).not.toBe(principal);
  });

  it('leaves no trace of a token that was refused', async () => {
    const v = verifier();
    await refused(token(old, { aud: 'another' }), v);
    expect(v.cached).toBe(0);
  });
});
