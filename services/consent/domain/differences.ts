import { isDeepStrictEqual } from 'node:util';
import { fields, type FieldName, type FieldSource } from '#contracts/notifications/fields.js';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import type { FieldMatch } from '#contracts/words.js';
import { signatoryOf } from './consent.js';
import { letters } from './names.js';

const names = Object.keys(fields) as FieldName[];
const sourceFor = (signatory: 'notifier' | 'birth-giver') => (declaration: BirthDeclaration): FieldSource =>
  ({ declaration, signatory: signatoryOf({ signatory }, declaration), yields: {} });
const asNotifier = sourceFor('notifier');
const asBirthGiver = sourceFor('birth-giver');

/** As it is read back from storage: without `undefined` and without the validator's classes. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** The fields that differ between two declarations, for whichever person signs. */
export const changedFields = (before: BirthDeclaration, after: BirthDeclaration): FieldName[] => {
  const [was, is] = [plain(before), plain(after)];
  return names.filter((name) => [asNotifier, asBirthGiver].some((source) => !isDeepStrictEqual(fields[name](source(was)), fields[name](source(is)))));
};

/** Two people who tell of the same birth number and order the parents as they like. */
const essence = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(essence).sort().join(' ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).filter(([key]) => key !== 'id').sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${key}=${essence(inner)}`).join(',');
  }
  return letters(String(value));
};

/** How two declarations compare: the same, but for accents, case, punctuation and order the same, or different; a field one of them lacks is `NOAV`. */
export const compareDeclarations = (one: BirthDeclaration, other: BirthDeclaration): Partial<Record<FieldName, FieldMatch>> => {
  const [a, b] = [asNotifier(plain(one)), asNotifier(plain(other))];
  const words: Partial<Record<FieldName, FieldMatch>> = {};
  for (const name of names) {
    const [x, y] = [fields[name](a), fields[name](b)];
    if (x === undefined && y === undefined) continue;
    words[name] = x === undefined || y === undefined ? 'NOAV' : isDeepStrictEqual(x, y) ? 'SAME' : essence(x) === essence(y) ? 'SIML' : 'DIFF';
  }
  return words;
};
