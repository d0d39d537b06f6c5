import { createHash } from 'node:crypto';

/** Numbers a register would issue. All are made up, well formed, and the same for the same delivery, so that a repeated request cannot yield another. */

/** `count` decimal digits drawn from a name. */
const digits = (name: string, count: number): string =>
  (BigInt(`0x${createHash('sha256').update(name).digest('hex')}`) % 10n ** BigInt(count)).toString().padStart(count, '0');

/** The digit that completes `body` to a number that passes Luhn. */
const luhnDigit = (body: string): string => {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const d = Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 2 : 1);
    sum += d > 9 ? d - 9 : d;
  }
  return String((10 - (sum % 10)) % 10);
};

/** A Social Insurance Number that begins with 0: no person holds one. */
export const sinOf = (deliveryId: string): string => {
  const body = `0${String(1 + Number(digits(`sin/${deliveryId}`, 7)) % 9_999_999).padStart(7, '0')}`;
  return body + luhnDigit(body);
};

const BC_WEIGHTS = [2, 4, 8, 5, 10, 9, 7, 3];
/** British Columbia: first 9, check (11 − Σ((w·d) mod 11)) mod 11; a body whose check is 10 is never issued, so the next is drawn. */
const bcNumber = (seed: string): string => {
  for (let draw = 0; ; draw++) {
    const body = digits(`${seed}/${draw}`, 8);
    const sum = BC_WEIGHTS.reduce((total, weight, i) => total + ((weight * Number(body[i])) % 11), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check < 10) return `9${body}${check}`;
  }
};
const onNumber = (seed: string): string => {
  const body = String(1 + Number(digits(`${seed}/first`, 6)) % 9) + digits(seed, 8);
  return body + luhnDigit(body);
};

const HEALTH_NUMBERS: Readonly<Record<string, (seed: string) => string>> = {
  'ca-on': onNumber, 'ca-bc': bcNumber, 'ca-qc': (seed) => `SAND${digits(seed, 8)}`,
  'ca-ns': (seed) => digits(seed, 10), 'ca-nl': (seed) => digits(seed, 12), 'ca-pe': (seed) => digits(seed, 8),
  'ca-nt': (seed) => `H${digits(seed, 7)}`, 'ca-nu': (seed) => `1${digits(seed, 8)}`,
};
export const healthNumberOf = (jurisdiction: string, deliveryId: string): string =>
  (HEALTH_NUMBERS[jurisdiction] ?? ((seed) => digits(seed, 9)))(`health/${deliveryId}`);

/** There is no national format: the province or territory and nine digits. */
export const registrationNumberOf = (jurisdiction: string, deliveryId: string): string =>
  `${jurisdiction.slice(3).toUpperCase()}-${digits(`registration/${deliveryId}`, 9)}`;

/** A whole number from `from` to `to`, the same for the same name: how long this one takes. */
export const spread = (name: string, from: number, to: number): number => from + Number(digits(`spread/${name}`, 6)) % (to - from + 1);
