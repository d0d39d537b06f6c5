import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 allocate among the young objects at all times. In a burst nearly everything survives a scavenge, and V8 would from then on put what is made in the same
 * places among the old objects, also when cases come alone: what each leaves behind then waits for a major collection. Figures: docs/performance.md.
 */
export const allocateYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring');
