/** One round of one subject: per case where a case is what it is counted by, CPU in seconds per thousand of them. */
export interface Round {
  readonly cases: number;
  readonly perSecond: number;
  readonly nodeCpu: number;
  readonly postgresCpu: number;
  readonly rows: number;
  readonly wrote: number;
  readonly transactions: number;
  readonly fsyncs: number;
  readonly wal: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly ownRate: number | undefined;
  readonly ownP50: number | undefined;
  readonly ownP99: number | undefined;
}

export interface Measured {
  readonly name: string;
  readonly rounds: readonly Round[];
  /** Medians over the rounds, each figure for itself. */
  readonly median: Round;
  readonly told: number;
  readonly completed: number;
  readonly outcomes: number;
}

/** The middle value; of an even number, the lower of the two in the middle. Undefined of none. */
export const median = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((v) => v !== undefined).sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)];
};

export const medianOf = (rounds: readonly Round[]): Round => {
  const of = (pick: (r: Round) => number | undefined) => median(rounds.map(pick));
  return {
    cases: rounds.reduce((sum, r) => sum + r.cases, 0),
    perSecond: of((r) => r.perSecond)!, nodeCpu: of((r) => r.nodeCpu)!, postgresCpu: of((r) => r.postgresCpu)!, rows: of((r) => r.rows)!, wrote: of((r) => r.wrote)!,
    transactions: of((r) => r.transactions)!, fsyncs: of((r) => r.fsyncs)!, wal: of((r) => r.wal)!,
    p50: of((r) => r.p50), p99: of((r) => r.p99), ownRate: of((r) => r.ownRate), ownP50: of((r) => r.ownP50), ownP99: of((r) => r.ownP99),
  };
};
