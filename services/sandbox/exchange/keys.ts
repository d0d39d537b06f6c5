import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt, importJWK, type CryptoKey, type JWK } from 'jose';
import { JURISDICTIONS } from '../programmes.js';

/** Whose answers are sealed to, by the name of its file. */
const ENGINE = 'tell-us-once';
type Key = CryptoKey | Uint8Array;

/** Every jurisdiction's own key pair. The public halves lie in the exchange folder, `keys/{jurisdiction}.json`; the engine's lies beside them. */
export class JurisdictionKeys {
  private constructor(private readonly folder: string, private readonly secrets: ReadonlyMap<string, { readonly kid: string; readonly key: Key }>) {}

  /** Without `dataDir` the keys are new at every start. */
  static async open(exchangeDir: string, dataDir: string | undefined): Promise<JurisdictionKeys> {
    const folder = join(exchangeDir, 'keys');
    mkdirSync(folder, { recursive: true });
    const jwks = readOrMake(dataDir);
    const secrets = new Map<string, { kid: string; key: Key }>();
    for (const jurisdiction of JURISDICTIONS) {
      const { d, ...open } = jwks[jurisdiction] as JWK;
      const kid = await calculateJwkThumbprint(open);
      secrets.set(jurisdiction, { kid, key: await importJWK({ ...open, ...(d !== undefined && { d }) }, 'ECDH-ES+A256KW') });
      const path = join(folder, `${jurisdiction}.json`);
      writeFileSync(`${path}.new`, `${JSON.stringify({ keys: [{ ...open, kid, alg: 'ECDH-ES+A256KW', use: 'enc' }] }, null, 2)}\n`);
      renameSync(`${path}.new`, path);
    }
    return new JurisdictionKeys(folder, secrets);
  }

  /** Throws when it is not sealed to this jurisdiction and this subject. */
  async unseal(jurisdiction: string, subject: string, sealed: string): Promise<unknown> {
    const own = this.secrets.get(jurisdiction);
    if (!own) throw new Error('no such jurisdiction');
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, own.key, { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] });
    if (protectedHeader.kid !== own.kid || protectedHeader['sub'] !== subject) throw new Error('sealed to somebody else');
    return JSON.parse(Buffer.from(plaintext).toString('utf8'));
  }

  async seal(subject: string, body: object): Promise<string> {
    const [jwk] = (JSON.parse(readFileSync(join(this.folder, `${ENGINE}.json`), 'utf8')) as { keys: readonly JWK[] }).keys;
    return new CompactEncrypt(Buffer.from(JSON.stringify(body)))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: jwk!.kid!, cty: 'application/json', sub: subject }).encrypt(await importJWK(jwk!, 'ECDH-ES+A256KW'));
  }
}

const readOrMake = (dataDir: string | undefined): Readonly<Record<string, JsonWebKey>> => {
  const path = dataDir === undefined ? undefined : join(dataDir, 'jurisdiction-keys.json');
  if (path !== undefined && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Record<string, JsonWebKey>;
  const made = Object.fromEntries(JURISDICTIONS.map((j) => [j, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })]));
  if (dataDir !== undefined && path !== undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
  return made;
};
