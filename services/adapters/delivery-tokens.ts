import { createCipheriv, createDecipheriv, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
import { DELIVERY_KINDS, type DeliveryKind, type ProgrammeId } from '#contracts/words.js';
import { DeliveryTokenGate } from '#libs/runtime/index.js';
import type { Delivery } from './domain/delivery.js';

const [IV, TAG] = [12, 16];

/**
 * Tokens that admit the later answer to one delivery. A token holds, sealed with AES-256-GCM, where the answer belongs, so that
 * none is stored and any replica knows it; the delivery id is what it is sealed to. The nonce is drawn from the content under a secret, so
 * that a delivery sent again is the same document to the last byte, and no two contents share one.
 */
export class DeliveryTokens extends DeliveryTokenGate {
  private readonly sealing: KeyObject;
  private readonly naming: string;

  constructor(key: Buffer) {
    super();
    const derive = (use: string) => Buffer.from(hkdfSync('sha256', key, '', `delivery-token ${use}`, 32));
    this.sealing = createSecretKey(derive('sealing'));
    this.naming = derive('nonce').toString('hex');
  }

  issue({ caseId, deliveryId, tellId, target, programme, kind, revision }: Delivery): string {
    const text = JSON.stringify([caseId, tellId, target, programme, kind, revision]);
    const iv = Buffer.from(hash('sha256', `${this.naming}${deliveryId}${text}`).slice(0, 2 * IV), 'hex'); // twice as quick as to ask for a buffer
    const cipher = createCipheriv('aes-256-gcm', this.sealing, iv).setAAD(Buffer.from(deliveryId));
    return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Where the answer belongs; undefined when this token is not for this delivery. */
  open(token: string, deliveryId: string): Delivery | undefined {
    const sealed = Buffer.from(token, 'base64url');
    if (sealed.length <= IV + TAG || sealed.toString('base64url') !== token) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.sealing, sealed.subarray(0, IV)).setAAD(Buffer.from(deliveryId)).setAuthTag(sealed.subarray(-TAG));
      const text = Buffer.concat([decipher.update(sealed.subarray(IV, -TAG)), decipher.final()]).toString('utf8');
      const [caseId, tellId, target, programme, kind, revision] = JSON.parse(text) as [string, string, string, ProgrammeId, DeliveryKind, number];
      return DELIVERY_KINDS.includes(kind) ? { caseId, deliveryId, tellId, target, programme, kind, revision } : undefined;
    } catch {
      return undefined;
    }
  }

  async admits(token: string, { id = '' }: Readonly<Record<string, string>>): Promise<boolean> {
    return this.open(token, id) !== undefined;
  }
}
