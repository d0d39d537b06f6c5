/** What a decision changes: the new state (absent: unchanged), the facts to append, and the answer to the caller. */
export interface Decision<S, R, E> {
  readonly state?: S | undefined;
  readonly events?: readonly E[] | undefined;
  readonly reply: R;
}

/** Pure: no clock, no input or output. Throws DomainError to refuse the command. */
export type Decide<C, S, R, E> = (command: C, state: S | undefined, now: number) => Decision<S, R, E>;
