import { calculateJwkThumbprint, type CryptoKey, type JWK } from 'jose';
import { algorithmsOf, importKey, type Algorithm } from './jws.js';

/** A public key of the issuer; `thumbprint` tells it from another key published under the same `kid`. */
export interface IssuerKey {
  readonly kid: string;
  readonly thumbprint: string;
  readonly keys: ReadonlyMap<Algorithm, CryptoKey>;
}

/** The issuer's keys have never been read, or not for so long that a key may have been withdrawn meanwhile. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface KeySetOptions {
  readonly issuer: string;
  /** Where the JWKS lies; found by OpenID Connect discovery when absent. */
  readonly jwksUrl?: string;
  /** Age in milliseconds from which the keys are read again in the background; from twice this age a caller waits for it. */
  readonly refreshMs?: number;
  /** Least time in milliseconds between two readings, however many unknown `kid`s arrive. */
  readonly coolDownMs?: number;
  /** Age in milliseconds beyond which keys that could not be read again are no longer trusted. */
  readonly maxAgeMs?: number;
  readonly now?: () => number;
}

const MAX_DOCUMENT = 256 * 1024;
const MAX_KEYS = 32;

const readJson = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(3000), headers: { accept: 'application/json' } });
  if (!response.ok || !response.body) throw new KeysUnavailable('the sign-in provider refused');
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_DOCUMENT) throw new KeysUnavailable('the document is too large');
    chunks.push(chunk);
  }
  const document: unknown = JSON.parse(Buffer.concat(chunks).toString());
  if (typeof document !== 'object' || document === null) throw new KeysUnavailable('the document is not an object');
  return document as Readonly<Record<string, unknown>>;
};

/** The issuer's keys as last published: a new key is found, a withdrawn one forgotten, without a restart. */
export class KeySet {
  private keys: ReadonlyMap<string, IssuerKey> = new Map();
  private readAt = -Infinity;
  private triedAt = -Infinity;
  private reading: Promise<void> | undefined;
  private jwksUrl: string | undefined;
  private readonly refreshMs: number;
  private readonly coolDownMs: number;
  private readonly maxAgeMs: number;
  private readonly now: () => number;

  constructor(private readonly options: KeySetOptions) {
    this.jwksUrl = options.jwksUrl;
    this.refreshMs = options.refreshMs ?? 60_000;
    this.coolDownMs = options.coolDownMs ?? 10_000;
    this.maxAgeMs = options.maxAgeMs ?? 3_600_000;
    this.now = options.now ?? Date.now;
  }

  /** The key published under `kid`, undefined when there is none now. Throws KeysUnavailable when nobody can say. */
  async find(kid: string): Promise<IssuerKey | undefined> {
    await this.freshen();
    if (!this.keys.has(kid)) await this.read();
    if (this.now() - this.readAt > this.maxAgeMs) throw new KeysUnavailable('the sign-in provider’s keys could not be read');
    return this.keys.get(kid);
  }

  /** Whether exactly this key is still published; the question asked of every cached token. */
  async holds(key: IssuerKey): Promise<boolean> {
    if (this.now() - this.readAt > this.refreshMs) await this.freshen();
    return this.now() - this.readAt <= this.maxAgeMs && this.keys.get(key.kid)?.thumbprint === key.thumbprint;
  }

  private async freshen(): Promise<void> {
    const age = this.now() - this.readAt;
    if (age <= this.refreshMs) return;
    const reading = this.read();
    if (age > 2 * this.refreshMs) await reading;
  }

  /** Reads once for all who ask meanwhile, and not again within the cool-down. Never throws: the old keys serve until `maxAgeMs`. */
  private read(): Promise<void> {
    if (this.reading) return this.reading;
    // At boot the provider may be a moment behind us.
    const coolDownMs = this.readAt === -Infinity ? Math.min(1000, this.coolDownMs) : this.coolDownMs;
    if (this.now() - this.triedAt < coolDownMs) return Promise.resolve();
    this.triedAt = this.now();
    this.reading = this.fetchKeys()
      .then((keys) => {
        this.keys = keys;
        this.readAt = this.now();
      })
      .catch(() => undefined)
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }

  private async fetchKeys(): Promise<ReadonlyMap<string, IssuerKey>> {
    this.jwksUrl ??= await this.discover();
    const { keys } = await readJson(this.jwksUrl);
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new KeysUnavailable('not a JWKS');
    const found = await Promise.all((keys as readonly JWK[]).map((jwk) => toIssuerKey(jwk).catch(() => undefined)));
    return new Map(found.filter((key) => key !== undefined).map((key) => [key.kid, key]));
  }

  private async discover(): Promise<string> {
    const { issuer } = this.options;
    const { issuer: said, jwks_uri: url } = await readJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (said !== issuer || typeof url !== 'string') throw new KeysUnavailable('the document is of another issuer');
    if (issuer.startsWith('https:') && !url.startsWith('https:')) throw new KeysUnavailable('keys would travel in the clear');
    return url;
  }
}

const toIssuerKey = async (jwk: JWK): Promise<IssuerKey | undefined> => {
  const { kid } = jwk;
  const algorithms = algorithmsOf(jwk);
  if (typeof kid !== 'string' || algorithms.length === 0) return undefined;
  const keys = new Map(await Promise.all(algorithms.map(async (alg) => [alg, await importKey(jwk, alg)] as const)));
  return { kid, thumbprint: await calculateJwkThumbprint(jwk), keys };
};
