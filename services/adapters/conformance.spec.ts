import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundles } from '#contracts/bundles/index.js';
import { jurisdictions } from '#contracts/jurisdictions/index.js';
import { fields, type FieldName, type Shared } from '#contracts/notifications/fields.js';
import { isOutcomeCode } from '#contracts/texts/outcomes.js';
import { isReasonCode } from '#contracts/texts/reasons.js';
import type { AgencyAnswer } from '#libs/transports/index.js';
import { adapters } from './adapters.js';
import type { Outcome } from './domain/outcome.js';
import { cardOf, type Adapter, type RequestContext } from './programmes/adapter.js';
import { CORRECTION_CODES } from './programmes/read-answer.js';

interface Sample {
  readonly about: string;
  readonly context: RequestContext;
  readonly shared: Shared;
  readonly request: unknown;
  readonly answers: readonly { readonly answer: AgencyAnswer; readonly outcome: Outcome }[];
}
const folderOf = ({ kind }: Adapter): string => join(import.meta.dirname, 'programmes', kind, 'samples');
const samplesOf = (adapter: Adapter): readonly Sample[] => readdirSync(folderOf(adapter)).map((file) => JSON.parse(readFileSync(join(folderOf(adapter), file), 'utf8')) as Sample);

/** Every field of the house with a value that says its own name, wherever a text may stand. */
const CANARY = 'must-not-leave';
const everyField = (shared: Shared, needs: readonly FieldName[]): Shared =>
  ({ ...Object.fromEntries((Object.keys(fields) as FieldName[]).filter((f) => !needs.includes(f)).map((f) => [f, CANARY])), ...shared });

const traced = (shared: Shared): { readonly shared: Shared; readonly read: Set<string> } => {
  const read = new Set<string>();
  return { read, shared: new Proxy(shared, { get: (of, key) => { read.add(String(key)); return of[key as FieldName]; }, ownKeys: (of) => { read.add('(all of them)'); return Reflect.ownKeys(of); } }) };
};

const STATUSES: readonly Outcome['status'][] = ['acknowledged', 'in-progress', 'action-required', 'completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'failed-retryable', 'parked'];
const STATES = ['final', 'received', 'in-progress', 'action-required', 'refused'];
const isReading = (outcome: Outcome): boolean => STATUSES.includes(outcome.status)
  && (outcome.outcome === undefined || isOutcomeCode(outcome.outcome)) && (outcome.reason === undefined || isReasonCode(outcome.reason));

it('has one folder per adapter and one line in the registry for each', () => {
  const folders = readdirSync(join(import.meta.dirname, 'programmes'), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);
  expect(adapters.map((a) => a.kind)).toEqual(folders.sort());
  const lines = readFileSync(join(import.meta.dirname, 'registry.ts'), 'utf8').split('\n').filter((line) => line.startsWith('export'));
  expect(lines).toHaveLength(folders.length);
});

describe.each(adapters.map((a) => [a.kind, a] as const))('%s', (_, adapter) => {
  const samples = samplesOf(adapter);

  it('makes of each sample exactly the request beside it', () => {
    expect(samples.length).toBeGreaterThan(0);
    for (const { about, shared, context, request } of samples) expect({ about, request: JSON.parse(JSON.stringify(adapter.toRequest(shared, context))) as unknown }).toEqual({ about, request });
  });

  it('reads each answer of its samples as written beside it', () => {
    for (const { answers } of samples) for (const { answer, outcome } of answers) expect(adapter.toOutcome(answer)).toEqual(outcome);
    const told = new Set(samples.flatMap((s) => s.answers).map(({ answer }) => ('body' in answer ? (answer.body as { code?: string }).code : undefined)));
    for (const code of Object.keys(adapter.codes)) expect(told).toContain(code);
  });

  it('reads no field but those its agreement names, and lets none other into the request', () => {
    for (const { shared, context } of samples) {
      const trace = traced(everyField(shared, adapter.needs));
      const request = JSON.stringify(adapter.toRequest(trace.shared, context));
      expect([...trace.read].filter((f) => !adapter.needs.includes(f as FieldName))).toEqual([]);
      expect(request).not.toContain(CANARY);
    }
  });

  it('makes a request of whatever part of its fields a declaration has', () => {
    fc.assert(fc.property(fc.constantFrom(...samples), fc.subarray([...adapter.needs]), (sample, given) => {
      const shared = Object.fromEntries(Object.entries(sample.shared).filter(([f]) => given.includes(f as FieldName)));
      expect(JSON.parse(JSON.stringify(adapter.toRequest(shared, sample.context)))).toBeInstanceOf(Object);
    }));
  });

  it('needs exactly what the bundle shares with it', () => {
    const targets = Object.values(bundles).flatMap((b) => b.targets).filter((t) => t.kind === adapter.kind);
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) {
      expect([...adapter.needs].sort()).toEqual([...target.shares].sort());
      for (const { purpose } of adapter.agreements) expect(purpose).toBe(target.purpose);
    }
  });

  it('stands on an agreement with every programme that is told, for all that it needs', () => {
    const told = Object.values(jurisdictions).flatMap((j) => j.offers).filter((o) => o.how === 'deliver' && o.kind === adapter.kind).map((o) => o.programme);
    expect([...new Set(told)].sort()).toEqual([...new Set(adapter.agreements.map((a) => a.programme))].sort());
    for (const { fields: named, kinds } of adapter.agreements) {
      expect(adapter.needs.every((f) => named.includes(f))).toBe(true);
      expect([...kinds].sort()).toEqual(['amend', 'recall', 'stop', 'tell']);
    }
    expect(new Set(adapter.agreements.map((a) => a.id)).size).toBe(adapter.agreements.length);
  });

  it('reads every status with every code in words the house has a text for', () => {
    const codes = [...Object.keys({ ...adapter.codes, ...CORRECTION_CODES }), 'SOMETHING_NEW', undefined];
    const misread: string[] = [];
    for (let status = 200; status <= 599; status++) {
      for (const code of codes) {
        for (const state of [...STATES, 'unknown', undefined]) {
          const outcome = adapter.toOutcome({ status, body: { state, code, yields: { registrationNumber: '1', sin: '1', healthNumber: '1' } } });
          const fits = status < 300 || ['failed-retryable', 'parked', 'rejected', 'handed-over', 'failed-permanent'].includes(outcome.status);
          if (!isReading(outcome) || !fits) misread.push(`${status} ${String(state)} ${String(code)}: ${outcome.status}`);
        }
      }
    }
    expect(misread).toEqual([]);
    expect(cardOf(adapter).outcomes.every(isOutcomeCode)).toBe(true);
  });

  it('never throws, and never takes garbage for success', () => {
    const body = fc.oneof(fc.anything(), fc.record({
      state: fc.oneof(fc.constantFrom(...STATES), fc.anything()), code: fc.oneof(fc.constantFrom(...Object.keys(adapter.codes)), fc.anything()),
      yields: fc.anything(), actionBy: fc.anything(), note: fc.anything(),
    }, { requiredKeys: [] }));
    fc.assert(fc.property(fc.integer({ min: 100, max: 999 }), body, (status, given) => {
      const outcome = adapter.toOutcome({ status, body: given });
      expect(isReading(outcome)).toBe(true);
      const isDocument = typeof given === 'object' && given !== null && STATES.includes((given as { state: string }).state);
      if (!isDocument) expect(['failed-retryable', 'parked']).toContain(outcome.status);
    }), { numRuns: 500 });
    for (const status of ['unreachable', 'unknown'] as const) expect(adapter.toOutcome({ status, why: 'x' }).status).toBe('failed-retryable');
  });
});
