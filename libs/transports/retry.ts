/** `baseMs` doubles with every failure up to `capMs`. */
export interface BackOffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Full-jitter exponential backoff: how long to wait, in milliseconds, after the `failures`-th failure in a row (1 is the first).
 * `chance` is a random number in [0, 1). Somewhere between nothing and the doubled base, so that many who failed together do
 * not come back together; what the other side asked for (Retry-After) is waited in full before.
 */
export const backOff = (failures: number, chance: number, { baseMs, capMs }: BackOffOptions, retryAfterMs = 0): number =>
  Math.round(retryAfterMs + chance * Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 40)));

/** Longer than this nobody means to wait before the next try. */
const LONGEST_MS = 24 * 3_600_000;

/** RFC 9110 Retry-After, seconds or an HTTP date, as milliseconds from `now`; undefined when it says neither. */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : /[A-Za-z]{3}/.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
};
