import { compactVerify, importJWK, type CompactJWSHeaderParameters, type CryptoKey, type JWK } from 'jose';

/** Signature algorithms we accept; never `none`, never a shared secret. */
export const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The token or key cannot be trusted. The reason is for tests and never shown or logged beside the token. */
export class UntrustedToken extends Error {
  override readonly name = 'UntrustedToken';
}
const refuse = (reason: string): never => {
  throw new UntrustedToken(reason);
};

/** Decoders forgive padding, whitespace and stray trailing bits: one token would have many spellings, one of them not in the cache. */
const isCanonical = (segment: string): boolean =>
  /^[A-Za-z0-9_-]*$/.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment;

const isAllowed = (alg: unknown, allow: readonly Algorithm[]): alg is Algorithm => (allow as readonly unknown[]).includes(alg);

/** Which of our algorithms this public key may verify; none for a key of another kind, too small, or meant for another use. */
export const algorithmsOf = (jwk: JWK): readonly Algorithm[] => {
  if (jwk.use !== undefined && jwk.use !== 'sig') return [];
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify')) return [];
  const fits: readonly Algorithm[] =
    jwk.kty === 'EC' && jwk.crv === 'P-256' ? ['ES256']
    : jwk.kty === 'OKP' && jwk.crv === 'Ed25519' ? ['EdDSA']
    : jwk.kty === 'RSA' && bitsOf(jwk.n) >= 2048 ? ['PS256', 'RS256']
    : [];
  return jwk.alg === undefined ? fits : fits.filter((alg) => alg === jwk.alg);
};

const bitsOf = (modulus: string | undefined): number => {
  const bytes = Buffer.from(modulus ?? '', 'base64url');
  const first = bytes.findIndex((b) => b !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first]!) + 24;
};

/** Checks the form of a compact JWS and its header before anything is decrypted; returns the header. */
export const readHeader = (compact: string, allow: readonly Algorithm[]): CompactJWSHeaderParameters & { alg: Algorithm } => {
  const segments = compact.split('.');
  if (segments.length !== 3 || !segments.every(isCanonical)) refuse('not canonical base64url');
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(segments[0]!, 'base64url').toString());
  } catch {
    refuse('header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return refuse('header is not an object');
  if (!('alg' in header) || !isAllowed(header.alg, allow)) return refuse('algorithm not allowed');
  // No extension is understood here, `b64: false` least of all.
  if ('crit' in header || 'b64' in header) refuse('extension not understood');
  return header as CompactJWSHeaderParameters & { alg: Algorithm };
};

export const importKey = (jwk: JWK, alg: Algorithm): Promise<CryptoKey> => {
  // Only the public members: a private or symmetric key in a JWKS is somebody's mistake and must not become useful.
  const { kty, crv, x, y, n, e } = jwk;
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  return importJWK(Object.fromEntries(members), alg) as Promise<CryptoKey>;
};

/**
 * Verifies a compact JWS with one public key and returns its payload. Refuses (`UntrustedToken`) any spelling but the canonical one, any
 * algorithm outside `allow` or not the key's own, and RSA below 2048 bits.
 */
export async function verifyJws(compact: string, jwk: JWK, allow: readonly Algorithm[] = ALGORITHMS): Promise<Uint8Array> {
  const { alg, kid } = readHeader(compact, allow);
  if (!algorithmsOf(jwk).includes(alg)) refuse('algorithm is not the key’s');
  if (kid !== undefined && jwk.kid !== undefined && kid !== jwk.kid) refuse('another key signed this');
  try {
    const { payload } = await compactVerify(compact, await importKey(jwk, alg), { algorithms: [alg] });
    return payload;
  } catch {
    return refuse('signature does not verify');
  }
}
