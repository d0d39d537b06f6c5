import { afterEach, describe, expect, it } from '@jest/globals';
import { carriedBy, carry, currentTrace, inTrace, isTracing, openSpan, traced, traceWith, type SpanStart } from './tracing.js';

const [ONE, OTHER] = ['1', '2'].map((n) => `00-${n.repeat(32)}-${n.repeat(16)}-01`) as [string, string];
afterEach(() => traceWith(undefined));

/** Remembers what was begun and how it ended; every span's context is its number. */
const remember = (): { readonly begun: SpanStart[]; readonly ended: unknown[] } => {
  const [begun, ended]: [SpanStart[], unknown[]] = [[], []];
  traceWith((start) => {
    const n = begun.push(start);
    return { traceparent: `span-${n}`, end: (how) => void ended.push([n, how]) };
  });
  return { begun, ended };
};

describe('tracing, while it is off', () => {
  it('runs the work and nothing else: no span is described, no trace remembered', async () => {
    const describes = (): SpanStart => {
      throw new Error('nobody asked');
    };
    const command = carry({}, ONE);
    expect([isTracing(), openSpan({ name: 'x', kind: 'server' }), carriedBy(command), inTrace(ONE, currentTrace), await traced(describes, async () => 'done')]).toEqual([false, undefined, undefined, undefined, 'done']);
  });
});

describe('tracing', () => {
  it('knows the trace of the work under way, across what it waits for', async () => {
    remember();
    const seen = await Promise.all([ONE, OTHER].map((trace) => inTrace(trace, async () => {
      await new Promise((turn) => setImmediate(turn));
      return currentTrace();
    })));
    expect([...seen, currentTrace()]).toEqual([ONE, OTHER, undefined]);
  });

  it('puts a span under the one around it, unless it is told which, and ends it whatever happens', async () => {
    const { begun, ended } = remember();
    const fails = (): Promise<never> => Promise.reject(new Error('away'));
    await inTrace(ONE, () => traced(() => ({ name: 'outer', kind: 'client' }), () => traced(() => ({ name: 'inner', kind: 'client' }), async () => 7, (n) => ({ status: n }))));
    await expect(inTrace(ONE, () => traced(() => ({ name: 'failing', kind: 'client', parent: OTHER }), fails))).rejects.toThrow('away');
    expect(begun.map((s) => [s.name, s.parent])).toEqual([['outer', ONE], ['inner', 'span-1'], ['failing', OTHER]]);
    expect(ended).toEqual([[2, { status: 7 }], [1, {}], [3, { failed: true }]]);
  });

  it('lets a command keep the trace it came with, whoever takes it up', () => {
    remember();
    const command = inTrace(ONE, () => carry({}));
    inTrace(OTHER, () => carry(command));
    expect([carriedBy(command), carriedBy(carry({}))]).toEqual([ONE, undefined]);
  });
});
