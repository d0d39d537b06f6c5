import type { VerifiedClaims } from '../apis/vault.js';
import type { Names } from './birth.js';

/**
 * A name as it is compared, never as it is stored: letters and digits without case, hyphens, apostrophes, spaces or Latin, Greek and
 * Cyrillic accents. Marks of other scripts stay: there they are vowels.
 */
export const normaliseName = (name: string): string => name.normalize('NFKD').replaceAll(/[\u0300-\u036f]/g, '').toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');

/** All names of a person in one; where one given name ends and the next begins does not matter. */
export const normaliseNames = ({ given, family }: Pick<Names, 'given' | 'family'>): string => `${given.map(normaliseName).join('')}|${normaliseName(family)}`;

/** `Marie Claire Anne` → marie, marieclaire, marieclaireanne: where a first name ends is anyone's guess. */
const beginnings = (given: readonly string[]): string[] => {
  let sofar = '';
  return given.flatMap((g) => g.split(/\s+/)).map((word) => (sofar += normaliseName(word)));
};

const sameGiven = (declared: readonly string[], claimed: string): boolean =>
  beginnings([claimed]).includes(normaliseName(declared[0] ?? '')) || beginnings(declared).includes(normaliseName(claimed.trim().split(/\s+/)[0]!));

const sameNames = ({ given, family, romanised }: Pick<Names, 'given' | 'family' | 'romanised'>, { givenName = '', familyName = '' }: VerifiedClaims): boolean => {
  const [first, last] = [normaliseName(givenName), normaliseName(familyName)];
  if (romanised !== undefined && [first + last, last + first].includes(normaliseName(romanised))) return true;
  // Who has a single name has it as family name here, and wherever their sign-in provider put it.
  if (given.length === 0) return first === '' || last === '' || first === last ? (last || first) === normaliseName(family) : false;
  return last === normaliseName(family) && sameGiven(given, givenName);
};

/** Whether a sign-in's claims are this declared person's. `none`: they contradict nothing, but do not say enough to tell. */
export const compareClaims = (claims: VerifiedClaims | undefined, { names, birthDate }: { readonly names: Pick<Names, 'given' | 'family' | 'romanised'>; readonly birthDate: string }): 'match' | 'differ' | 'none' => {
  if (claims?.birthDate !== undefined && claims.birthDate !== birthDate) return 'differ';
  const said = [claims?.givenName, claims?.familyName].filter((name) => name !== undefined && normaliseName(name) !== '').length;
  if (!claims || said < Math.min(2, names.given.length + 1)) return 'none';
  if (!sameNames(names, claims)) return 'differ';
  return claims.birthDate === undefined ? 'none' : 'match';
};
