import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { SERVICES, type ServiceName } from '#contracts/apis/routes.js';
import { makeOnce } from '#libs/config/make-once.js';

export interface ServiceKeysOptions {
  readonly service: ServiceName;
  /** The service's own private key (a JWK, mode 0600); made at the first start, never over one that is there. */
  readonly keyFile: string;
  /** Where every service lays its public keys: `{service}.json`, a JWKS. May be read-only when they are there already. */
  readonly publicFolder: string;
}

interface KeySetFile { readonly keys: readonly JWK[] }
interface Known { readonly keys: ReadonlyMap<string, KeyObject>; readonly readAt: number }

/** Keys a service published before its present one, so that what it has just signed stays good over a rotation. */
const KEPT = 2;
/** Least time in milliseconds between two readings of a neighbour's keys. */
const COOL_DOWN_MS = 1000;

const publicHalf = ({ d: _secret, ...rest }: JsonWebKey): JsonWebKey => rest;
const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The keys by which services know each other: each signs with its own and reads the others' public halves from one folder. */
export class ServiceKeys {
  private readonly others = new Map<string, Known>();

  private constructor(private readonly options: ServiceKeysOptions, readonly kid: string, readonly secret: KeyObject) {}

  /** Reads or makes the service's key and publishes its public half. */
  static async open(options: ServiceKeysOptions): Promise<ServiceKeys> {
    const jwk = readOrMake(options.keyFile);
    const kid = await calculateJwkThumbprint(publicHalf(jwk) as JWK);
    publish(options, { ...(publicHalf(jwk) as JWK), kid, alg: 'EdDSA', use: 'sig' });
    return new ServiceKeys(options, kid, createPrivateKey({ key: jwk, format: 'jwk' }));
  }

  /** A neighbour's public key as it is published now; undefined when it has none of that name. */
  find(service: string, kid: string): KeyObject | undefined {
    if (!(SERVICES as readonly string[]).includes(service)) return undefined; // it becomes the name of a file
    let known = this.others.get(service);
    if (!known?.keys.has(kid) && Date.now() - (known?.readAt ?? 0) > COOL_DOWN_MS) {
      known = { keys: this.read(service), readAt: Date.now() };
      this.others.set(service, known);
    }
    return known?.keys.get(kid);
  }

  private read(service: string): ReadonlyMap<string, KeyObject> {
    try {
      const { keys } = JSON.parse(readFileSync(publicFile(this.options.publicFolder, service), 'utf8')) as KeySetFile;
      return new Map(keys.filter((k) => k.crv === 'Ed25519' && k.kid !== undefined).map((k) => [k.kid!, createPublicKey({ key: k as JsonWebKey, format: 'jwk' })]));
    } catch {
      return new Map(); // not published yet: whoever signs with it is not known yet
    }
  }
}

const publicFile = (folder: string, service: string): string => join(folder, `${service}.json`);

const readOrMake = (path: string): JsonWebKey => {
  makeOnce(path, () => JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })));
  return JSON.parse(readFileSync(path, 'utf8')) as JsonWebKey;
};

const publish = ({ service, publicFolder }: ServiceKeysOptions, jwk: JWK): void => {
  const path = publicFile(publicFolder, service);
  const before = isThere(path) ? (JSON.parse(readFileSync(path, 'utf8')) as KeySetFile).keys : [];
  if (before[0]?.kid === jwk.kid) return;
  mkdirSync(publicFolder, { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify({ keys: [jwk, ...before.filter((k) => k.kid !== jwk.kid)].slice(0, 1 + KEPT) }, null, 2)}\n`, { mode: 0o644, flush: true });
  renameSync(fresh, path);
};
