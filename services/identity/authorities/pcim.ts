import { FIELD_MATCHES, RESOLUTIONS, type FieldMatch, type Resolution } from '#contracts/words.js';
import { CONFIRMED_FIELDS, type FieldWords } from '../domain/identity-file.js';
import type { Reply } from './identity-authority.js';

const UNREACHABLE: Reply = { kind: 'unreachable' };
const isOneOf = <T extends string>(words: readonly T[], value: unknown): value is T => (words as readonly unknown[]).includes(value);

/**
 * Reads an answer in the words of the PCIM Information Exchange Specification v0.3. Only the words are taken over; a field left out was not
 * disclosed, and an answer with a word that is not in the list is as good as none.
 */
export const readPcimAnswer = (status: number, body: unknown): Reply => {
  if (status !== 200 || typeof body !== 'object' || body === null) return UNREACHABLE;
  const { resolution, score, fields = {} } = body as { resolution?: unknown; score?: unknown; fields?: unknown };
  if (!isOneOf<Resolution>(RESOLUTIONS, resolution) || !Number.isInteger(score) || (score as number) < 0 || (score as number) > 100) return UNREACHABLE;
  if (typeof fields !== 'object' || fields === null) return UNREACHABLE;
  const words = CONFIRMED_FIELDS.map((field) => [field, Object.hasOwn(fields, field) ? (fields as Record<string, unknown>)[field] : 'NODI'] as const);
  if (!words.every(([, word]) => isOneOf<FieldMatch>(FIELD_MATCHES, word))) return UNREACHABLE;
  return { kind: 'found', finding: { resolution, score: score as number, fields: Object.fromEntries(words) as FieldWords } };
};
