import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, CompactSign, type JWK } from 'jose';
import { readSecret, replaceSecret } from '../keys/secret-file.js';

interface SignerFile {
  readonly current: JsonWebKey;
  /** Public halves only: what they signed stays verifiable, and nothing new can be signed. */
  readonly retired: readonly JsonWebKey[];
}

const fresh = (): JsonWebKey => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const publicHalf = ({ d: _secret, ...rest }: JsonWebKey): JsonWebKey => rest;
const published = async (key: JsonWebKey): Promise<JWK> => {
  const jwk = publicHalf(key) as JWK;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' };
};

/** Signs consent receipts with Ed25519 (RFC 8037). The key ring is a file of mode 0600. */
@Injectable()
export class ReceiptSigner {
  private ring: SignerFile;

  constructor(private readonly file: string) {
    this.ring = readSecret<SignerFile>(file, () => ({ current: fresh(), retired: [] }));
  }

  /** A compact JWS; the same receipt has the same signature while the key is the same. */
  async sign(receipt: object): Promise<string> {
    const { current } = this.ring;
    const { kid } = await published(current);
    return new CompactSign(new TextEncoder().encode(JSON.stringify(receipt)))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'consent-receipt+json', kid: kid! })
      .sign(createPrivateKey({ key: current, format: 'jwk' }));
  }

  /** Every key that ever signed, for `/.well-known/jwks.json`. */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    return { keys: await Promise.all([this.ring.current, ...this.ring.retired].map(published)) };
  }

  rotate(): void {
    this.ring = { current: fresh(), retired: [publicHalf(this.ring.current), ...this.ring.retired] };
    replaceSecret(this.file, this.ring);
  }
}
