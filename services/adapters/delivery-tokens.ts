import { createCipheriv, createDecipheriv, createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { DELIVERY_KINDS, type DeliveryKind, type ProgrammeId } from '#contracts/words.js';
import { DeliveryTokenGate } from '#libs/runtime/index.js';
import type { Delivery } from './domain/delivery.js';

/** Bytes of a vector, and of a block of AES. */
const VECTOR = 16;
const roundedUp = (length: number): number => Math.ceil(length / VECTOR) * VECTOR;

/** Fills blocks with a vector, the vector plus one, and so on, as one number of 128 bits; answers where the next begin. */
const countUp = (vector: Buffer, blocks: Buffer, from: number, to: number): number => {
  vector.copy(blocks, from, 0, VECTOR);
  for (let at = from + VECTOR; at < to; at += VECTOR) {
    blocks.copyWithin(at, at - VECTOR, at);
    let byte = at + VECTOR;
    do blocks[--byte]! += 1;
    while (blocks[byte] === 0 && byte > at);
  }
  return to;
};

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

  issue(delivery: Delivery): string {
    return this.issueAll([delivery])[0]!;
  }

  /** Many at once, for the price of few: CTR is the cipher over each vector counted up block by block, and whose a block is it need not know. */
  issueAll(deliveries: readonly Delivery[]): readonly string[] {
    const texts = deliveries.map(({ caseId, tellId, target, programme, kind, revision }) => JSON.stringify([caseId, tellId, target, programme, kind, revision]));
    const lengths = texts.map((text) => Buffer.byteLength(text));
    const blocks = Buffer.allocUnsafe(lengths.reduce((room, length) => room + roundedUp(length), 0));
    const tokens: Buffer[] = [];
    let at = 0;
    for (let i = 0; i < texts.length; i++) {
      const token = Buffer.allocUnsafe(VECTOR + lengths[i]!);
      token.write(this.vectorOf(deliveries[i]!.deliveryId, texts[i]!), 0, VECTOR, 'hex');
      token.write(texts[i]!, VECTOR);
      tokens.push(token);
      at = countUp(token, blocks, at, at + roundedUp(lengths[i]!));
    }
    const stream = createCipheriv('aes-256-ecb', this.sealing, null).setAutoPadding(false).update(blocks);
    at = 0;
    return tokens.map((token, i) => {
      for (let byte = 0; byte < lengths[i]!; byte++) token[VECTOR + byte]! ^= stream[at + byte]!;
      at += roundedUp(lengths[i]!);
      return token.toString('base64url');
    });
  }

  /** Where the answer belongs; undefined when this token is not for this delivery. */
  open(token: string, deliveryId: string): Delivery | undefined {
    const sealed = Buffer.from(token, 'base64url');
    if (sealed.length <= VECTOR || sealed.toString('base64url') !== token) return undefined;
    const vector = sealed.subarray(0, VECTOR);
    const text = createDecipheriv('aes-256-ctr', this.sealing, vector).update(sealed.subarray(VECTOR)).toString('utf8');
    const proven = timingSafeEqual(Buffer.from(this.vectorOf(deliveryId, text), 'hex'), vector) ? text : this.earlier.open(sealed, deliveryId);
    if (proven === undefined) return undefined;
    const [caseId, tellId, target, programme, kind, revision] = JSON.parse(proven) as [string, string, string, ProgrammeId, DeliveryKind, number];
    return DELIVERY_KINDS.includes(kind) ? { caseId, deliveryId, tellId, target, programme, kind, revision } : undefined;
  }

  async admits(token: string, { id = '' }: Readonly<Record<string, string>>): Promise<boolean> {
    return this.open(token, id) !== undefined;
  }

  /**
   * SHA-256 behind a secret of one block, cut in half: half a state says nothing of what longer content would give. JSON holds no line feed, so where the id ends is plain.
   * In hexadecimal because to ask for a buffer takes twice as long.
   */
  private vectorOf(deliveryId: string, text: string): string {
    return hash('sha256', `${this.naming}${deliveryId}\n${text}`).slice(0, 2 * VECTOR);
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
