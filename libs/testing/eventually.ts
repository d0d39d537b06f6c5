import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds until the wait fails; 15 s when absent, so that a test tells the reason before it is cut off. */
  readonly within?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

/** Looks until the probe finds something: it neither throws nor answers undefined or false. Answers that, or throws the last reason when time is up. */
export const eventually = async <T extends object | string | number | bigint | boolean | null | undefined>(
  probe: () => T | Promise<T>, { within = 15_000, every = 10 }: Patience = {},
): Promise<Exclude<T, undefined | false>> => {
  const until = performance.now() + within; // not Date: tests move that
  for (;;) {
    let reason: unknown = new Error(`it did not happen within ${within} ms`);
    try {
      const seen = await probe();
      if (seen !== undefined && seen !== false) return seen as unknown as Exclude<T, undefined | false>;
    } catch (error) {
      reason = error;
    }
    if (performance.now() >= until) throw reason as Error;
    await sleep(every);
  }
};

/** Looks until the check, such as an `expect`, no longer throws. */
export const eventuallyHolds = async (check: () => void | Promise<void>, patience?: Patience): Promise<void> => {
  await eventually(async () => {
    await check();
    return true;
  }, patience);
};
