import { AsyncLocalStorage } from 'node:async_hooks';

/** What a span may say: ids, codes and templates. Nothing a person told us has a place here. */
export interface SpanFields {
  readonly caseId?: string | undefined;
  readonly eventId?: string;
  readonly deliveryId?: string;
  readonly group?: string;
  readonly programme?: string;
  readonly authority?: string;
  readonly door?: string;
  readonly method?: string;
  /** A template: `/v1/cases/:reference`. */
  readonly route?: string;
  readonly status?: number | string;
}

export interface SpanStart extends SpanFields {
  /** A verb and words of closed lists, few in number. */
  readonly name: string;
  /** `server`: asked over HTTP · `client`: asks over HTTP · `consumer`: follows an event. */
  readonly kind: 'server' | 'client' | 'consumer';
  /** The W3C trace context it continues; a trace of its own when absent or unreadable. */
  readonly parent?: string | undefined;
}

/** A piece of work that has begun. */
export interface OpenSpan {
  /** Its W3C trace context, for whatever follows from it. */
  readonly traceparent: string;
  end(how?: { readonly failed?: boolean } & SpanFields): void;
}

export type SpanOpener = (start: SpanStart) => OpenSpan;

let opener: SpanOpener | undefined;
const here = new AsyncLocalStorage<string>();
const carried = new WeakMap<object, string>();

/** Set once by the process; undefined turns tracing off. */
export const traceWith = (open: SpanOpener | undefined): void => {
  opener = open;
};

/** False costs nothing: whoever would name a span, or remember a trace, asks first. */
export const isTracing = (): boolean => opener !== undefined;

/** Undefined when tracing is off. */
export const openSpan = (start: SpanStart): OpenSpan | undefined => opener?.(start);

/** The trace context of the work under way. */
export const currentTrace = (): string | undefined => (opener === undefined ? undefined : here.getStore());

/** Runs work as part of a trace; as it is when there is none. */
export const inTrace = <T>(traceparent: string | undefined, work: () => T): T =>
  (opener === undefined || traceparent === undefined ? work() : here.run(traceparent, work));

/** Runs work as a span of the trace under way. `describe` is asked only when tracing is on; `failed` says whether an answer means failure. */
export const traced = async <T>(describe: () => SpanStart, work: () => Promise<T>, read: (answer: T) => { readonly failed?: boolean } & SpanFields = () => ({})): Promise<T> => {
  if (opener === undefined) return work();
  const span = opener({ parent: here.getStore(), ...describe() });
  try {
    const answer = await here.run(span.traceparent, work);
    span.end(read(answer));
    return answer;
  } catch (error) {
    span.end({ failed: true });
    throw error;
  }
};

/** A command keeps the trace it came with: in the list that forms, and in a feed's page, the work under way is of many. */
export const carry = <C extends object>(command: C, traceparent = currentTrace()): C => {
  if (opener !== undefined && traceparent !== undefined && !carried.has(command)) carried.set(command, traceparent);
  return command;
};
export const carriedBy = (command: object): string | undefined => (opener === undefined ? undefined : carried.get(command));
