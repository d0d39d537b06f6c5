import { CASE_STATUSES, WAITING_ON } from '../words.js';
import type { NewEvent } from '../envelope.js';

/**
 * The only leaves an event may have: opaque ids, codes, counts, flags and instants of processing. There is deliberately no leaf
 * for text, dates of birth or anything else a person told us; events.spec.ts walks every schema.
 */
export type Leaf =
  | { readonly leaf: 'id' }
  | { readonly leaf: 'code'; readonly of: readonly string[] }
  | { readonly leaf: 'word' }
  | { readonly leaf: 'programme' }
  | { readonly leaf: 'count' }
  | { readonly leaf: 'flag' }
  | { readonly leaf: 'instant' };
export type Shape = Leaf | { readonly list: Shape } | { readonly optional: Shape } | { readonly record: Readonly<Record<string, Shape>> };

export const id = { leaf: 'id' } as const;
export const code = <const T extends readonly string[]>(of: T) => ({ leaf: 'code', of }) as const;
/** A code of a closed list that bundles or adapters declare (target, outcome, reason): small letters, digits, hyphens. */
export const word = { leaf: 'word' } as const;
export const programme = { leaf: 'programme' } as const;
export const count = { leaf: 'count' } as const;
export const flag = { leaf: 'flag' } as const;
export const instant = { leaf: 'instant' } as const;
export const list = <S extends Shape>(of: S) => ({ list: of }) as const;
export const optional = <S extends Shape>(of: S) => ({ optional: of }) as const;
export const record = <R extends Readonly<Record<string, Shape>>>(of: R) => ({ record: of }) as const;

type OptionalKeys<R> = { [K in keyof R]: R[K] extends { optional: Shape } ? K : never }[keyof R];
export type TypeOf<S> = S extends { optional: infer O } ? TypeOf<O>
  : S extends { list: infer I } ? readonly TypeOf<I>[]
  : S extends { record: infer R } ? { readonly [K in Exclude<keyof R, OptionalKeys<R>>]: TypeOf<R[K]> } & { readonly [K in OptionalKeys<R>]?: TypeOf<R[K]> }
  : S extends { leaf: 'code'; of: infer L extends readonly string[] } ? L[number]
  : S extends { leaf: 'count' | 'instant' } ? number
  : S extends { leaf: 'flag' } ? boolean
  : string;

const PATTERNS = {
  id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  word: /^[a-z][a-z0-9-]{0,59}$/,
  programme: /^ca(-[a-z]{2})?\/[a-z][a-z-]{0,40}$/,
};

type Test = (value: unknown) => boolean;
const compile = (shape: Shape): Test => {
  if ('optional' in shape) {
    const inner = compile(shape.optional);
    return (value) => value === undefined || inner(value);
  }
  if ('list' in shape) {
    const inner = compile(shape.list);
    return (value) => Array.isArray(value) && value.every(inner);
  }
  if ('record' in shape) {
    const tests = new Map(Object.entries(shape.record).map(([key, inner]) => [key, compile(inner)]));
    const needed = Object.entries(shape.record).flatMap(([key, inner]) => ('optional' in inner ? [] : [key]));
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const fields = value as Readonly<Record<string, unknown>>;
      for (const key in fields) if (tests.get(key)?.(fields[key]) !== true) return false;
      for (const key of needed) if (fields[key] === undefined) return false;
      return true;
    };
  }
  return leafTest(shape);
};
const compiled = new WeakMap<Shape, Test>();

/** Every event is tested each time it is read: the test of a shape is made once. */
const fits = (shape: Shape, value: unknown): boolean => {
  let test = compiled.get(shape);
  if (!test) {
    test = compile(shape);
    compiled.set(shape, test);
  }
  return test(value);
};

const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Test = (value) => typeof value === 'boolean';
const leafTest = (shape: Leaf): Test => {
  if (shape.leaf === 'code') {
    const words: ReadonlySet<unknown> = new Set(shape.of);
    return (value) => words.has(value);
  }
  if (shape.leaf === 'count' || shape.leaf === 'instant') return isCount;
  if (shape.leaf === 'flag') return isFlag;
  const pattern = PATTERNS[shape.leaf];
  return (value) => typeof value === 'string' && pattern.test(value);
};

/** The path of the first value that does not fit, or undefined. */
export const misfit = (shape: Shape, value: unknown): string | undefined => (fits(shape, value) ? undefined : firstMisfit(shape, value, ''));

const firstMisfit = (shape: Shape, value: unknown, path: string): string | undefined => {
  if ('optional' in shape) return value === undefined ? undefined : firstMisfit(shape.optional, value, path);
  if ('list' in shape) {
    if (!Array.isArray(value)) return path || '/';
    for (const [i, item] of value.entries()) {
      const found = firstMisfit(shape.list, item, `${path}/${i}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if ('record' in shape) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return path || '/';
    for (const key of Object.keys(value)) if (!Object.hasOwn(shape.record, key)) return `${path}/${key}`;
    for (const [key, inner] of Object.entries(shape.record)) {
      const found = firstMisfit(inner, (value as Record<string, unknown>)[key], `${path}/${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return fits(shape, value) ? undefined : path || '/';
};

/** How the data of one version becomes that of the next. */
export interface Upcast<D> {
  readonly from: { readonly type: string };
  readonly with: (previous: never) => D;
}
/** Declared apart from its event: within it, TypeScript would look for the two types in each other. */
export const follows = <P, D>(from: EventType<string, P>, by: (previous: P) => D): Upcast<D> => ({ from, with: by });

/** An event type at one version: its name, its shape and, from version 2 on, how its predecessor becomes it. */
export interface EventType<T extends string = string, D = unknown> {
  readonly type: T;
  readonly shape: Shape;
  readonly upcast?: Upcast<D>;
  /** States the fact for a case. */
  (caseId: string, data: D): NewEvent<T, D>;
}

export const defineEvent = <const T extends string, S extends { readonly record: Readonly<Record<string, Shape>> }>(
  type: T, shape: S, upcast?: Upcast<TypeOf<S>>,
): EventType<T, TypeOf<S>> =>
  Object.assign((caseId: string, data: TypeOf<S>) => ({ caseId, type, data }), { type, shape, ...(upcast && { upcast }) });

export type DataOf<E> = E extends EventType<string, infer D> ? D : never;

export const caseStatus = code(CASE_STATUSES);
export const waitingOn = code(WAITING_ON);
