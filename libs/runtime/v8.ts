import { setFlagsFromString } from 'node:v8';

/**
 * Fits V8 to a process that serves bursts and then single cases. Figures: docs/performance.md.
 *
 * - In a burst nearly everything survives a scavenge, and V8 would from then on put what is made in the same places among the old objects, also when cases come one by one.
 * - At rest V8 lets the heap grow by a third only between two major collections: every few seconds one of them would delay whoever comes in its 60 milliseconds. Three
 *   times what lives (60 to 100 MB) is bearable; the limit of the process, or of its container, holds as ever.
 */
export const tuneV8 = (): void => {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--heap-growing-percent=200');
};
