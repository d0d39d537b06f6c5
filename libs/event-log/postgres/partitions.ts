/** For good: the partition of an event is stored with it. */
export const PARTITIONS = 64;
