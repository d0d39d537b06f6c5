import { randomBytes, randomFillSync } from 'node:crypto';
import { apart } from '#libs/kernel/index.js';
import { readSecret, replaceSecret } from './secret-file.js';
import { keyIdOf, seal, unseal, type SealingKey } from './sealed.js';

interface RingFile {
  readonly current: string;
  readonly keys: readonly { readonly id: string; readonly key: string }[];
}

const fresh = () => ({ id: `kek-${randomBytes(4).toString('hex')}`, key: randomBytes(32).toString('base64') });
const KEY_ID = 4;
const FRESH_MS = 60_000;
const SECRET = 32;
const keyIn = (plain: Buffer): SealingKey => ({ id: plain.subarray(0, KEY_ID), secret: plain.subarray(KEY_ID) });
const context = (caseId: string): string => `case-key ${caseId}`;

/**
 * The key-encryption keys, in a file of mode 0600 outside the database folder. Without that file nothing in the vault can be
 * read again: it is backed up apart from the database, and a key leaves it only when no data key is wrapped by it any more.
 */
export class KeyRing {
  private ring: RingFile;
  /** Decoded, by id. */
  private readonly decoded = new Map<string, SealingKey>();
  private readAt = Date.now();

  constructor(private readonly file: string) {
    this.ring = this.read();
  }

  /** Another process may have rotated: what we know of it is at most a minute old. */
  get current(): string {
    if (Date.now() - this.readAt > FRESH_MS) this.ring = this.read();
    return this.ring.current;
  }

  newDataKey(): SealingKey {
    return keyIn(randomFillSync(Buffer.allocUnsafeSlow(KEY_ID + SECRET)));
  }

  wrap(key: SealingKey, caseId: string): { readonly wrappedKey: Buffer; readonly kekId: string } {
    const kekId = this.current;
    return { wrappedKey: apart(seal(this.find(kekId), Buffer.concat([key.id, key.secret]), context(caseId))), kekId };
  }

  unwrap(wrappedKey: Buffer, caseId: string): SealingKey {
    return keyIn(apart(unseal(this.find(keyIdOf(wrappedKey).toString()), wrappedKey, context(caseId))));
  }

  /** Makes a new key the current one; the others still open what they wrapped. */
  rotate(): string {
    const key = fresh();
    this.ring = { current: key.id, keys: [...this.read().keys, key] };
    replaceSecret(this.file, this.ring);
    return key.id;
  }

  /** Forgets every key but the current one. What is still wrapped by another can never be opened again: `VaultKeeping.retireKeys` looks first. */
  retireOthers(): void {
    this.ring = { ...this.ring, keys: this.ring.keys.filter((k) => k.id === this.current) };
    this.decoded.clear();
    replaceSecret(this.file, this.ring);
  }

  private read(): RingFile {
    this.readAt = Date.now();
    this.decoded.clear();
    return readSecret<RingFile>(this.file, () => {
      const key = fresh();
      return { current: key.id, keys: [key] };
    });
  }

  private find(id: string): SealingKey {
    const known = this.decoded.get(id);
    if (known) return known;
    let key = this.ring.keys.find((k) => k.id === id);
    if (!key) {
      this.ring = this.read(); // another process may have rotated
      key = this.ring.keys.find((k) => k.id === id);
    }
    if (!key) throw new Error(`the key ring has no key ${id}: put back the key file that belongs to this database`);
    const found = { id: Buffer.from(key.id), secret: Buffer.from(key.key, 'base64') };
    this.decoded.set(id, found);
    return found;
  }
}
