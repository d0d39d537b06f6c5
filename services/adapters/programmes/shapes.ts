import type { Address, Names } from '#contracts/notifications/birth.js';
import type { JurisdictionId, Language } from '#contracts/words.js';

/** A name as a programme holds it that knows no other script than the Roman one: whole where romanised, because nobody told us where the family name begins. */
export const inRoman = ({ given, family, romanised }: Names): { readonly givenNames: readonly string[]; readonly surname: string } | { readonly fullName: string } =>
  romanised !== undefined ? { fullName: romanised } : { givenNames: given, surname: family };

/** A name as it was declared, in any script, with its Roman form beside it. */
export const asDeclared = ({ given, family, romanised }: Names) => ({ givenNames: given, familyName: family, ...(romanised !== undefined && { inRomanLetters: romanised }) });

/** `ca-on` → `ON`. */
export const provinceOf = (jurisdiction: JurisdictionId): string => jurisdiction.slice(3).toUpperCase();
/** Where somebody was born: country, and the province of those born in Canada. */
export const placeOf = ({ jurisdiction, country }: { readonly jurisdiction?: JurisdictionId; readonly country?: string }) => (jurisdiction !== undefined ? { country: 'CA', province: provinceOf(jurisdiction) } : { country });
export const languageOf = (language: Language | undefined): string | undefined => language?.slice(0, 2);
export const addressOf = ({ line, municipality, jurisdiction, postalCode }: Address) => ({ street: line, city: municipality, province: provinceOf(jurisdiction), postalCode, country: 'CA' });

/** Leaves out what the declaration does not have. */
export const compact = (body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const kept: Record<string, unknown> = {};
  for (const key in body) if (body[key] !== undefined) kept[key] = body[key];
  return kept;
};
