import { createCipheriv, createDecipheriv, createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { DELIVERY_KINDS, type DeliveryKind, type ProgrammeId } from '#contracts/words.js';
import { DeliveryTokenGate } from '#libs/runtime/index.js';
import type { Delivery } from './domain/delivery.js';

const VECTOR = 16;

/**
 * Tokens that admit the later answer to one delivery. A token holds, sealed, where the answer belongs, so that none is stored and any replica knows it; the delivery id is
 * what it is sealed to. A delivery sent again is the same document to the last byte, so a token is drawn from its content alone: a vector, which is a keyed hash of delivery and
 * content, and the content under AES-256-CTR from that vector. Whoever opens it works the vector out again, which proves both (a synthetic initialisation vector:
 * Rogaway and Shrimpton, "Deterministic Authenticated-Encryption", 2006).
 */
export class DeliveryTokens extends DeliveryTokenGate {
  private readonly sealing: KeyObject;
  private readonly naming: string;
  private readonly earlier: EarlierTokens;

  constructor(key: Buffer) {
    super();
    const derive = (use: string) => Buffer.from(hkdfSync('sha256', key, '', `delivery-token ${use}`, 32));
    this.sealing = createSecretKey(derive('content'));
    this.naming = derive('vector').toString('hex');
    this.earlier = new EarlierTokens(createSecretKey(derive('sealing')));
  }

  issue({ caseId, deliveryId, tellId, target, programme, kind, revision }: Delivery): string {
    const text = JSON.stringify([caseId, tellId, target, programme, kind, revision]);
    const vector = this.vectorOf(deliveryId, text);
    return Buffer.concat([vector, createCipheriv('aes-256-ctr', this.sealing, vector).update(text, 'utf8')]).toString('base64url');
  }

  /** Where the answer belongs; undefined when this token is not for this delivery. */
  open(token: string, deliveryId: string): Delivery | undefined {
    const sealed = Buffer.from(token, 'base64url');
    if (sealed.length <= VECTOR || sealed.toString('base64url') !== token) return undefined;
    const vector = sealed.subarray(0, VECTOR);
    const text = createDecipheriv('aes-256-ctr', this.sealing, vector).update(sealed.subarray(VECTOR)).toString('utf8');
    const proven = timingSafeEqual(this.vectorOf(deliveryId, text), vector) ? text : this.earlier.open(sealed, deliveryId);
    if (proven === undefined) return undefined;
    const [caseId, tellId, target, programme, kind, revision] = JSON.parse(proven) as [string, string, string, ProgrammeId, DeliveryKind, number];
    return DELIVERY_KINDS.includes(kind) ? { caseId, deliveryId, tellId, target, programme, kind, revision } : undefined;
  }

  async admits(token: string, { id = '' }: Readonly<Record<string, string>>): Promise<boolean> {
    return this.open(token, id) !== undefined;
  }

  /**
   * SHA-256 behind a secret of one block, cut in half: half a state says nothing of what longer content would give. JSON holds no line feed, so where the id ends is plain.
   * Read from hexadecimal because that is twice as quick as to ask for a buffer.
   */
  private vectorOf(deliveryId: string, text: string): Buffer {
    return Buffer.from(hash('sha256', `${this.naming}${deliveryId}\n${text}`).slice(0, 2 * VECTOR), 'hex');
  }
}

const [IV, TAG] = [12, 16];

/** As builds before sealed them, by AES-256-GCM: answers to what they sent may take months. */
class EarlierTokens {
  constructor(private readonly sealing: KeyObject) {}

  open(sealed: Buffer, deliveryId: string): string | undefined {
    if (sealed.length <= IV + TAG) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.sealing, sealed.subarray(0, IV), { authTagLength: TAG }).setAAD(Buffer.from(deliveryId)).setAuthTag(sealed.subarray(-TAG));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(IV, -TAG)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
