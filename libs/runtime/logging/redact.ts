import { DomainError } from '#libs/kernel/domain-error.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WORD = /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/;
const NAME = /^[A-Za-z_$][\w$]{0,79}$/;
const COUNT = 'number';

/**
 * Everything a log line may say: a key that is not here is dropped, and so is a value without the shape of its key. Names, identifiers and
 * free text have no shape here, so nothing a person told us can reach a log by accident.
 */
const SHAPES = {
  requestId: UUID, caseId: UUID, deliveryId: UUID, eventId: UUID, partyId: UUID,
  programme: /^ca(-[a-z]{2})?\/[a-z0-9-]{1,60}$/, jurisdiction: /^ca(-[a-z]{2})?$/,
  target: WORD, kind: WORD, group: WORD, service: WORD, probe: WORD, code: WORD, reason: WORD, outcome: WORD, state: WORD, lane: WORD, eventType: WORD,
  method: /^[A-Z-]{1,20}$/, route: /^[\w/:.*{}-]{1,200}$/, context: NAME, signal: /^SIG[A-Z]{1,10}$/, version: /^[\w.+-]{1,40}$/,
  url: /^https?:\/\/[\w.:[\]-]{1,200}\/?$/,
  status: COUNT, durationMs: COUNT, port: COUNT, lag: COUNT, count: COUNT, events: COUNT, cases: COUNT, deliveries: COUNT, faults: COUNT,
  attempt: COUNT, partition: COUNT, position: COUNT, sequence: COUNT, retryInMs: COUNT, size: COUNT,
} as const satisfies Readonly<Record<string, RegExp | typeof COUNT>>;

export type LogKey = keyof typeof SHAPES;
/** What a caller may add to a line; `error` is reduced to what it is and where, never what it says. */
export type LogFields = { readonly [K in LogKey]?: (typeof SHAPES)[K] extends RegExp ? string | undefined : number | undefined } & { readonly error?: unknown };

const fits = (key: string, value: unknown): boolean => {
  const shape: RegExp | typeof COUNT | undefined = Object.hasOwn(SHAPES, key) ? SHAPES[key as LogKey] : undefined;
  if (shape === undefined) return false;
  return shape === COUNT ? typeof value === 'number' && Number.isFinite(value) : typeof value === 'string' && value.length <= 200 && shape.test(value);
};

export interface ReducedError {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly frames: readonly string[];
  readonly cause?: ReducedError;
}

const FRAME = /^at (?:[\w$.<>[\] #]{1,120} \()?(?:async )?(?:file:|node:|\/|[A-Z]:\\)[^\s()]{1,300}:\d+:\d+\)?$/;

/** Only a DomainError's message was written to be read by anyone; any other may quote a value. */
export const reduceError = (thrown: unknown, depth = 0): ReducedError => {
  if (typeof thrown !== 'object' || thrown === null) return { name: 'NotAnError', frames: [] };
  const { name, code, message, stack, cause } = thrown as Partial<Record<'name' | 'code' | 'message' | 'stack' | 'cause', unknown>>;
  return {
    name: typeof name === 'string' && NAME.test(name) ? name : 'Error',
    ...(typeof code === 'string' && /^[\w.-]{1,60}$/.test(code) && !/\d{6}/.test(code) && { code }),
    ...(thrown instanceof DomainError && typeof message === 'string' && { message }),
    frames: framesOf(stack, message),
    ...(cause !== undefined && depth < 3 && { cause: reduceError(cause, depth + 1) }),
  };
};

/** A message may have lines that look like frames: what stands before its end is cut off first. */
const framesOf = (stack: unknown, message: unknown): readonly string[] => {
  if (typeof stack !== 'string') return [];
  const at = typeof message === 'string' && message !== '' ? stack.indexOf(message) : -1;
  const rest = at < 0 ? stack : stack.slice(at + (message as string).length);
  return rest.split('\n').map((line) => line.trim()).filter((line) => FRAME.test(line)).slice(0, 20);
};

export const redact = (fields: object): Readonly<Record<string, unknown>> => {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'error' && value !== undefined) kept['error'] = reduceError(value);
    else if (fits(key, value)) kept[key] = value;
  }
  return kept;
};

/** The name of what happened is a dotted code; a sentence in its place may hold anything and is withheld. */
export const redactEvent = (event: string): string => (event.length <= 80 && WORD.test(event) ? event : 'withheld');
