/** Chances that a seed repeats. */
export interface Dice {
  /** From 0, below 1. */
  roll(): number;
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32: one seed, one run of chances. */
export const diceOf = (seed: number): Dice => {
  let state = seed | 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(roll() * n);
  return { roll, below, pick: (list) => list[below(list.length)]! };
};
