/** AES-256-GCM at rest: format version, key id, IV, ciphertext and tag in one buffer, bound to a context. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { random } from '#libs/kernel/index.js';

export interface SealingKey {
  readonly id: Buffer;
  readonly secret: Buffer;
}

const FORMAT = 1;
const IV = 12;
const TAG = 16;

const associated = (header: Buffer, context: string): Buffer => Buffer.concat([header, Buffer.from(context)]);

/** `context` says where the result lies (which case, which version): moved elsewhere it cannot be opened. */
export const seal = (key: SealingKey, plain: Buffer, context: string): Buffer => {
  const header = Buffer.concat([Buffer.from([FORMAT, key.id.length]), key.id]);
  const iv = random(IV);
  const cipher = createCipheriv('aes-256-gcm', key.secret, iv).setAAD(associated(header, context));
  return Buffer.concat([header, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** Which key opens it. Throws when the format is one this build does not know. */
export const keyIdOf = (sealed: Buffer): Buffer => {
  if (sealed[0] !== FORMAT) throw new Error(`sealed in format ${sealed[0] ?? 'none'}, which this build cannot open`);
  return sealed.subarray(2, 2 + sealed[1]!);
};

/** Throws when it was sealed by another key, lies in another place, or was changed. */
export const unseal = (key: SealingKey, sealed: Buffer, context: string): Buffer => {
  const id = keyIdOf(sealed);
  if (!id.equals(key.id)) throw new Error('sealed by another key');
  const body = 2 + id.length;
  const decipher = createDecipheriv('aes-256-gcm', key.secret, sealed.subarray(body, body + IV), { authTagLength: TAG })
    .setAAD(associated(sealed.subarray(0, body), context)).setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([decipher.update(sealed.subarray(body + IV, sealed.length - TAG)), decipher.final()]);
};
