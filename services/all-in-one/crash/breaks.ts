import type { CrashOptions } from './crash-run.js';

/**
 * The safeties that can be switched off, each with what brings about the moments in which it matters: the override itself comes from
 * libs/testing/safety-off and is no part of the built product.
 */
export const BREAKS = {
  /** Deliveries travel under a new key each time; often enough a programme acts and is not heard. */
  idempotency: { faults: [{ fault: 'hang-up-after', probability: 0.2 }] },
  /** What is offered twice is applied twice; everybody changes their mind, so that it matters. */
  inbox: { temper: { fickle: 1, impatient: 0 } },
  /** The log is read by position alone. */
  fence: { temper: { fickle: 0, impatient: 0 } },
  /** Nobody waits for anybody; everybody tells twice at once. */
  locks: { temper: { fickle: 0, impatient: 1 } },
} as const satisfies Readonly<Record<string, Partial<CrashOptions>>>;

export type Break = keyof typeof BREAKS;
export const isBreak = (name: string): name is Break => Object.hasOwn(BREAKS, name);
