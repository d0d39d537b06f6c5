import type { VerifiedClaims } from '#contracts/apis/vault.js';
import type { Names, Parent } from '#contracts/notifications/birth.js';

/** Letters only, without case or Latin, Greek and Cyrillic accents. Marks of other scripts stay: there they are vowels. */
export const letters = (name: string): string => name.normalize('NFKD').replaceAll(/[\u0300-\u036f]/g, '').toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');

/** `Marie Claire Anne` → marie, marieclaire, marieclaireanne: where a first name ends is anyone's guess. */
const beginnings = (given: readonly string[]): string[] => {
  let sofar = '';
  return given.flatMap((g) => g.split(/\s+/)).map((word) => (sofar += letters(word)));
};

const sameGiven = (declared: readonly string[], claimed: string): boolean =>
  beginnings([claimed]).includes(letters(declared[0] ?? '')) || beginnings(declared).includes(letters(claimed.trim().split(/\s+/)[0]!));

const sameNames = ({ given, family, romanised }: Names, { givenName = '', familyName = '' }: VerifiedClaims): boolean => {
  const [first, last] = [letters(givenName), letters(familyName)];
  if (romanised !== undefined && [first + last, last + first].includes(letters(romanised))) return true;
  // Who has a single name has it as family name here, and wherever their sign-in provider put it.
  if (given.length === 0) return first === '' || last === '' || first === last ? (last || first) === letters(family) : false;
  return last === letters(family) && sameGiven(given, givenName);
};

/** Whether a sign-in's claims are this person's. `none`: they contradict nothing, but do not say enough to tell. */
export const compareClaims = ({ names, birthDate }: Pick<Parent, 'names' | 'birthDate'>, claims: VerifiedClaims | undefined): 'match' | 'differ' | 'none' => {
  if (claims?.birthDate !== undefined && claims.birthDate !== birthDate) return 'differ';
  const said = [claims?.givenName, claims?.familyName].filter((name) => name !== undefined && letters(name) !== '').length;
  if (!claims || said < Math.min(2, names.given.length + 1)) return 'none';
  if (!sameNames(names, claims)) return 'differ';
  return claims.birthDate === undefined ? 'none' : 'match';
};
