import { hash } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import { KeySet, type IssuerKey, type KeySetOptions } from './key-set.js';
import { ALGORITHMS, readHeader, UntrustedToken } from './jws.js';
import { rankOfAcr, type Principal } from './principal.js';

export interface TokenVerifierOptions extends KeySetOptions {
  readonly audience: string;
  /** Verified tokens kept, at most. */
  readonly cacheSize?: number;
}

interface Verified {
  readonly principal: Principal;
  readonly key: IssuerKey;
}

/** A token issued by a clock a little ahead of ours is good at once. `exp` has no such grace. */
const SKEW_SECONDS = 5;
const MAX_TOKEN = 8192;
/** RFC 9068 and plain JWT; a logout, event or proof token is no access token even if its audience fits. */
const TYPES: readonly unknown[] = [undefined, 'at+jwt', 'application/at+jwt', 'jwt'];

/** Decides whether a bearer token is good, and who is calling. */
export class TokenVerifier {
  private readonly keySet: KeySet;
  private readonly cache = new Map<string, Verified>();
  private readonly cacheSize: number;
  private readonly now: () => number;

  constructor(private readonly options: TokenVerifierOptions) {
    this.keySet = new KeySet(options);
    this.cacheSize = options.cacheSize ?? 10_000;
    // The issuer's `exp` is real time: a clock moved for a demonstration must not keep sessions alive or end them.
    this.now = options.now ?? Date.now;
  }

  /** Throws UntrustedToken when the token must be refused, KeysUnavailable when the issuer's keys cannot be had. */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN) throw new UntrustedToken('too long');
    const digest = hash('sha256', token, 'base64');
    const known = this.cache.get(digest);
    if (known) {
      if (known.principal.expiresAt > this.now() && (await this.keySet.holds(known.key))) return known.principal;
      this.cache.delete(digest);
    }
    const verified = await this.check(token);
    // A Map keeps the order of insertion: the first key is the oldest.
    if (this.cache.size >= this.cacheSize) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(digest, verified);
    return verified.principal;
  }

  /** How many verified tokens are kept now. */
  get cached(): number {
    return this.cache.size;
  }

  private async check(token: string): Promise<Verified> {
    const { alg, kid, typ } = readHeader(token, ALGORITHMS);
    if (typeof kid !== 'string') throw new UntrustedToken('no kid');
    if (!TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw new UntrustedToken('not an access token');
    const key = await this.keySet.find(kid);
    const secret = key?.keys.get(alg);
    if (!key || !secret) throw new UntrustedToken('no such key');
    const { payload } = await jwtVerify(token, secret, {
      algorithms: [alg], issuer: this.options.issuer, audience: this.options.audience, requiredClaims: ['exp', 'sub'],
      clockTolerance: SKEW_SECONDS, currentDate: new Date(this.now()),
    }).catch(() => {
      throw new UntrustedToken('signature or claims');
    });
    return { principal: toPrincipal(payload, this.options.issuer, this.now()), key };
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 ? value : undefined;

const toPrincipal = (payload: JWTPayload, issuer: string, now: number): Principal => {
  const expiresAt = payload.exp! * 1000;
  if (expiresAt <= now) throw new UntrustedToken('expired');
  const sub = text(payload.sub);
  const acr = text(payload['acr']);
  if (!sub) throw new UntrustedToken('no subject');
  if (!acr || rankOfAcr(acr) < 0) throw new UntrustedToken('unknown assurance');
  // A token bound to a key its holder must prove (RFC 8705, RFC 9449) is worthless as a plain bearer token.
  if (payload['cnf'] !== undefined) throw new UntrustedToken('sender-constrained');
  const roles = payload['roles'] ?? [];
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) throw new UntrustedToken('roles');
  const claims = {
    givenName: text(payload['given_name']), familyName: text(payload['family_name']),
    birthDate: text(payload['birthdate']), locale: text(payload['locale']),
  };
  return {
    subject: `${issuer}|${sub}`, issuer, acr, roles, expiresAt,
    claims: Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)),
  };
};
