/** Identifiers that pass every published check and belong to nobody. */

let last = 0;
const next = (): number => ++last;

const luhnDigit = (body: string): string => {
  // The digit to be appended stands first from the right, so the doubling begins beside it.
  const sum = Array.from(body).reverse().reduce((total, c, i) => total + (i % 2 === 0 ? (Number(c) * 2 > 9 ? Number(c) * 2 - 9 : Number(c) * 2) : Number(c)), 0);
  return String((10 - (sum % 10)) % 10);
};

/** A Social Insurance Number beginning with 0, which no programme issues; the same `n` gives the same number. */
export const aSin = (n: number = next()): string => {
  const body = `0${String(n % 9_999_999 + 1).padStart(7, '0')}`;
  return body + luhnDigit(body);
};

/** An Ontario health number: ten digits, Luhn. */
export const anOntarioHealthNumber = (n: number = next()): string => {
  const body = `9${String(n % 100_000_000).padStart(8, '0')}`;
  return body + luhnDigit(body);
};

/** A British Columbia PHN; a body whose check would be 10 is not issued, so the next one is taken. */
export const aBcHealthNumber = (n: number = next()): string => {
  for (let body = n % 100_000_000; ; body = (body + 1) % 100_000_000) {
    const digits = String(body).padStart(8, '0');
    const sum = [2, 4, 8, 5, 10, 9, 7, 3].reduce((total, weight, i) => total + ((weight * Number(digits[i])) % 11), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check < 10) return `9${digits}${check}`;
  }
};
