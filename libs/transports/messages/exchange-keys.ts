import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt, importJWK, type CryptoKey, type JWK } from 'jose';
import { makeOnce } from '#libs/config/make-once.js';

/** The name our public keys are published under, beside those of the jurisdictions. */
export const OUR_NAME = 'tell-us-once';
/** Least time in milliseconds between two readings of a receiver's keys. */
const COOL_DOWN_MS = 1000;
/** Only what we say ourselves: a header never chooses an algorithm. */
const ALGORITHMS = { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] };

/** A body that is not sealed to us, or not to what stands outside it. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}
/** A receiver has published no key yet. */
export class NoKey extends Error {
  override readonly name = 'NoKey';
}

export interface ExchangeKeysOptions {
  /** Our private keys (a JWKS, mode 0600), the newest first; made at the first start, never over one that is there. */
  readonly keyFile: string;
  /** Where everyone lays public keys, ours included: `{name}.json`, a JWKS, the newest first. */
  readonly publicFolder: string;
}
interface KeySet { readonly keys: readonly JWK[] }
interface Receiver { readonly kid: string; readonly key: CryptoKey | Uint8Array }

/** Seals bodies to jurisdictions and opens what they seal to us: JWE (RFC 7516), ECDH-ES+A256KW and A256GCM on P-256. */
export class ExchangeKeys {
  private readonly receivers = new Map<string, { readonly receiver: Receiver | undefined; readonly readAt: number }>();

  private constructor(private readonly publicFolder: string, private readonly own: ReadonlyMap<string, CryptoKey | Uint8Array>) {}

  static async open({ keyFile, publicFolder }: ExchangeKeysOptions): Promise<ExchangeKeys> {
    const { keys } = readOrMake(keyFile);
    const named = await Promise.all(keys.map(async (jwk) => ({ ...jwk, kid: await calculateJwkThumbprint(jwk) })));
    publish(publicFolder, { keys: named.map(({ d: _secret, ...jwk }) => ({ ...jwk, alg: 'ECDH-ES+A256KW', use: 'enc' })) });
    return new ExchangeKeys(publicFolder, new Map(await Promise.all(named.map(async (jwk) => [jwk.kid, await importJWK(jwk, 'ECDH-ES+A256KW')] as const))));
  }

  /** Sealed to `name` and to `subject`, which stands outside it: a body cannot be moved to another message. Throws NoKey. */
  async seal(name: string, subject: string, body: object): Promise<string> {
    const { kid, key } = await this.receiver(name);
    return new CompactEncrypt(Buffer.from(JSON.stringify(body)))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid, cty: 'application/json', sub: subject }).encrypt(key);
  }

  /** Throws NotOpened. */
  async unseal(sealed: string, subject: string): Promise<unknown> {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, ({ kid = '' }) => this.own.get(kid)!, ALGORITHMS);
      if (protectedHeader['sub'] !== subject) throw new NotOpened('sealed to another subject');
      return JSON.parse(Buffer.from(plaintext).toString('utf8'));
    } catch (error) {
      throw error instanceof NotOpened ? error : new NotOpened('not sealed to us', { cause: error });
    }
  }

  private async receiver(name: string): Promise<Receiver> {
    let known = this.receivers.get(name);
    // Read anew now and then, so that a receiver may change its key without telling us.
    if (!known || Date.now() - known.readAt > (known.receiver ? 60 * COOL_DOWN_MS : COOL_DOWN_MS)) {
      known = { receiver: await this.read(name), readAt: Date.now() };
      this.receivers.set(name, known);
    }
    if (!known.receiver) throw new NoKey(`${name} has published no key in ${this.publicFolder}`);
    return known.receiver;
  }

  private async read(name: string): Promise<Receiver | undefined> {
    try {
      const jwk = (JSON.parse(readFileSync(join(this.publicFolder, `${name}.json`), 'utf8')) as KeySet).keys.find((k) => k.kty === 'EC' && k.use !== 'sig')!;
      return { kid: jwk.kid ?? (await calculateJwkThumbprint(jwk)), key: await importJWK(jwk, 'ECDH-ES+A256KW') };
    } catch {
      return undefined;
    }
  }
}

const readOrMake = (path: string): KeySet => {
  makeOnce(path, () => JSON.stringify({ keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] }));
  return JSON.parse(readFileSync(path, 'utf8')) as KeySet;
};

const publish = (folder: string, keys: KeySet): void => {
  const [path, text] = [join(folder, `${OUR_NAME}.json`), `${JSON.stringify(keys, null, 2)}\n`];
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return; // the folder may be read-only when they are there already
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.${process.pid}.new`, text, { mode: 0o644, flush: true });
  renameSync(`${path}.${process.pid}.new`, path);
};
