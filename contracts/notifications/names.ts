import type { Names } from './birth.js';

/** Names as they are compared, never as they are stored: no accents, case, hyphens, apostrophes or spaces; any script. */
export const normaliseName = (name: string): string =>
  name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/[^\p{L}]/gu, '');

export const normaliseNames = (names: Pick<Names, 'given' | 'family'>): string => `${names.given.map(normaliseName).join(' ')}|${normaliseName(names.family)}`;

/** What a sign-in states of its holder, verified by the provider. */
export interface Claims {
  readonly givenName?: string;
  readonly familyName?: string;
  readonly birthDate?: string;
}

/**
 * Are these claims this declared person? The family name and the first given name must agree, further given names may be
 * missing on either side, and the birth date must be the same day. `none`: the sign-in states too little to say.
 */
export const compareClaims = (claims: Claims, person: { readonly names: Pick<Names, 'given' | 'family' | 'romanised'>; readonly birthDate: string }): 'match' | 'differ' | 'none' => {
  if (claims.familyName === undefined || claims.birthDate === undefined) return 'none';
  if (claims.birthDate !== person.birthDate) return 'differ';
  const whole = normaliseName(`${claims.givenName ?? ''}${claims.familyName}`);
  if (person.names.romanised !== undefined && normaliseName(person.names.romanised) === whole) return 'match';
  if (normaliseName(claims.familyName) !== normaliseName(person.names.family)) return 'differ';
  const first = (claims.givenName ?? '').split(/\s+/)[0] ?? '';
  return normaliseName(first) === normaliseName(person.names.given[0]?.split(/\s+/)[0] ?? '') ? 'match' : 'differ';
};
