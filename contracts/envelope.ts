/**
 * The CloudEvents 1.0 attributes we use. `id` is `<caseId>/<seq>`, `subject` the case id: opaque, never personal data.
 * `seq` numbers the events of one case from 1 without gaps.
 */
export interface Envelope<T extends string = string, D = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly subject: string;
  readonly time: string;
  readonly caseId: string;
  readonly seq: number;
  readonly data: D;
  /** W3C trace context, where one was open. */
  readonly traceparent?: string;
}

/** An event as a decision states it; the log adds number, time and transaction. */
export interface NewEvent<T extends string = string, D = unknown> {
  readonly caseId: string;
  readonly type: T;
  readonly data: D;
}

/** While it is written, field by field. What every case makes is: a literal that spreads conditions is put together by V8's runtime, ten times as slowly. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
