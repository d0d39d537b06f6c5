import { isDeepStrictEqual } from 'node:util';
import type { Changes } from '#contracts/apis/vault.js';
import { bundles, type Target } from '#contracts/bundles/index.js';
import { fields, type FieldName, type FieldSource } from '#contracts/notifications/fields.js';
import type { BirthDeclaration, Parent } from '#contracts/notifications/birth.js';
import { normaliseName } from '#contracts/notifications/names.js';
import type { FieldMatch } from '#contracts/words.js';
import { signatoryOf } from './consent.js';

const names = Object.keys(fields) as FieldName[];
const sourceFor = (declaration: BirthDeclaration, target: Pick<Target, 'signatory'> = { signatory: 'notifier' }): FieldSource => ({ declaration, signatory: signatoryOf(target, declaration), yields: {} });

/** As it is read back from storage: without `undefined` and without the validator's classes. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const said = (declaration: object): object => ({ ...declaration, decisions: [] });

/** Whether a correction says anything new at all, decisions aside, and the targets with which a changed field is shared: as each one's own signatory. */
export const changesBetween = (before: BirthDeclaration, after: BirthDeclaration): Changes => {
  const [was, is] = [plain(before), plain(after)];
  const shares = (t: Target) => t.shares.some((name) => !isDeepStrictEqual(fields[name](sourceFor(was, t)), fields[name](sourceFor(is, t))));
  const sameIdentity = (p: Parent): boolean => {
    const now = is.parents.find((other) => other.id === p.id);
    return now !== undefined && isDeepStrictEqual([p.names, p.birthDate, p.birthPlace], [now.names, now.birthDate, now.birthPlace]);
  };
  return {
    any: !isDeepStrictEqual(said(was), said(is)), people: was.parents.filter((p) => !sameIdentity(p)).map((p) => p.id),
    targets: (bundles[is.lifeEvent]?.targets ?? []).filter(shares).map((t) => t.target),
  };
};

/** Two people who tell of the same birth number and order the parents as they like. */
const essence = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(essence).sort().join(' ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).filter(([key]) => key !== 'id').sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${key}=${essence(inner)}`).join(',');
  }
  return normaliseName(String(value));
};

/** How two declarations compare: the same, but for accents, case, punctuation and order the same, or different; a field one of them lacks is `NOAV`. */
export const compareDeclarations = (one: BirthDeclaration, other: BirthDeclaration): Partial<Record<FieldName, FieldMatch>> => {
  const [a, b] = [sourceFor(plain(one)), sourceFor(plain(other))];
  const words: Partial<Record<FieldName, FieldMatch>> = {};
  for (const name of names) {
    const [x, y] = [fields[name](a), fields[name](b)];
    if (x === undefined && y === undefined) continue;
    words[name] = x === undefined || y === undefined ? 'NOAV' : isDeepStrictEqual(x, y) ? 'SAME' : essence(x) === essence(y) ? 'SIML' : 'DIFF';
  }
  return words;
};
