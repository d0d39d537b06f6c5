import { ValidateBy, type ValidationOptions } from 'class-validator';

/** Identifier formats; vectors in formats.spec.ts come from published check-digit rules. All take what a person typed. */

const digits = (value: string): string => value.replaceAll(/[\s-]/g, '');

export const luhn = (value: string): boolean => {
  let sum = 0;
  for (let i = 0; i < value.length; i++) {
    let d = value.charCodeAt(value.length - 1 - i) - 48;
    if (i % 2 === 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
    sum += d;
  }
  return sum % 10 === 0;
};

/** Social Insurance Number: nine digits, Luhn; 000000000 and 800000002 pass Luhn and are refused by name; first digit 0 or 8 is not issued. */
export const isSin = (value: string): boolean => {
  const sin = digits(value);
  return /^\d{9}$/.test(sin) && sin !== '000000000' && !sin.startsWith('8') && luhn(sin);
};

/** British Columbia PHN: ten digits, first 9, weights 2 4 8 5 10 9 7 3 over digits 2–9, check = (11 − Σ((w·d) mod 11)) mod 11; 10 is unissuable. */
export const isBcHealthNumber = (value: string): boolean => {
  const phn = digits(value);
  if (!/^9\d{9}$/.test(phn)) return false;
  const sum = [2, 4, 8, 5, 10, 9, 7, 3].reduce((total, weight, i) => total + ((weight * Number(phn[i + 1])) % 11), 0);
  return (11 - (sum % 11)) % 11 === Number(phn[9]);
};

const ofLength = (pattern: RegExp) => (value: string) => pattern.test(digits(value));

/** Health numbers by the jurisdiction that issues them; only Ontario's and British Columbia's check digits are published. */
const HEALTH_NUMBERS: Readonly<Record<string, (value: string) => boolean>> = {
  'ca-on': (value) => /^[1-9]\d{9}$/.test(digits(value)) && luhn(digits(value)),
  'ca-bc': isBcHealthNumber,
  'ca-qc': (value) => /^[A-Z]{4}\d{8}$/.test(digits(value.toUpperCase())),
  'ca-ab': ofLength(/^\d{9}$/), 'ca-sk': ofLength(/^\d{9}$/), 'ca-mb': ofLength(/^\d{9}$/), 'ca-nb': ofLength(/^\d{9}$/),
  'ca-ns': ofLength(/^\d{10}$/), 'ca-nl': ofLength(/^\d{12}$/), 'ca-pe': ofLength(/^\d{8}(\d{2})?$/), 'ca-yt': ofLength(/^\d{9}$/),
  'ca-nt': (value) => /^[NDMTH]\d{7}$/.test(digits(value.toUpperCase())), 'ca-nu': ofLength(/^1\d{8}$/),
};
export const isHealthNumber = (jurisdiction: string, value: string): boolean => Object.hasOwn(HEALTH_NUMBERS, jurisdiction) && HEALTH_NUMBERS[jurisdiction]!(value);

/** Canada Post's form once upper-cased; `K1A-0B1`, `k1a0b1` and `K1A 0B1` are the same code. */
export const isPostalCode = (value: string): boolean =>
  /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d$/.test(value.toUpperCase().replaceAll(/[\s-]/g, ''));

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number => (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : DAYS[month - 1]!);

/** A day that exists in the Gregorian calendar, written YYYY-MM-DD, from 1850 on. */
export const isRealDate = (value: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const [year, month, day] = [Number(value.slice(0, 4)), Number(value.slice(5, 7)), Number(value.slice(8))];
  return year >= 1850 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
};

/** Control characters, bidirectional overrides, unpaired surrogates, private use and line separators do not belong in text people type. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Co}\u200E\u200F\u202A-\u202E\u2028\u2029\u2066-\u2069\uFEFF\uFFFD]/u;

/** A name in any script: letters and marks, with spaces, apostrophes, hyphens, full stops and middle dots between them; 1 to 100 characters. */
export const isPersonName = (value: string): boolean =>
  value.length <= 100 && value.trim() === value && !FORBIDDEN.test(value) && /^\p{L}[\p{L}\p{M}'’ʼ\-‐‑.· ]*$/u.test(value);

/** One line of free text such as a street or a place: no control or bidi characters, 1 to 200 characters. */
export const isPlainText = (value: string): boolean => value.length >= 1 && value.length <= 200 && value.trim() === value && !FORBIDDEN.test(value);

const rule = (name: string, code: string, test: (value: string) => boolean, says: string) => (options?: ValidationOptions) =>
  ValidateBy({ name, validator: { validate: (value: unknown) => typeof value === 'string' && test(value), defaultMessage: () => says } }, { context: { code }, ...options });

export const IsSin = rule('isSin', 'sin.invalid', isSin, 'must be a Social Insurance Number: nine digits with a valid check digit');
export const IsPostalCode = rule('isCanadianPostalCode', 'postal-code.invalid', isPostalCode, 'must be a Canadian postal code such as K1A 0B1');
export const IsRealDate = rule('isRealDate', 'date.invalid', isRealDate, 'must be a date that exists, written YYYY-MM-DD');
export const IsPersonName = rule('isPersonName', 'name.invalid', isPersonName, 'must be a name of 1 to 100 letters in any script, with spaces, apostrophes or hyphens between them');
export const IsPlainText = rule('isPlainText', 'text.invalid', isPlainText, 'must be 1 to 200 characters on one line, without control characters');
export const IsTimeOfDay = rule('isTimeOfDay', 'time.invalid', (v) => /^([01]\d|2[0-3]):[0-5]\d$/.test(v), 'must be a time of day written HH:MM');
const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
export const IsCountry = rule('isCountry', 'country.invalid', (v) => /^[A-Z]{2}$/.test(v) && REGIONS.of(v) !== undefined, 'must be an ISO 3166-1 country code such as IN');
export const IsFacility = rule('isFacility', 'facility.invalid', (v) => /^[a-z0-9-]{1,40}$/.test(v), 'must be a facility code of small letters, digits and hyphens');
