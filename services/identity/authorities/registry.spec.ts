import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FIELD_MATCHES, JURISDICTIONS, RESOLUTIONS } from '#contracts/words.js';
import type { IdentityEnquiry, Reply } from './identity-authority.js';
import { authorityKinds, getKindOf } from './registry.js';

interface Sample { readonly enquiry: IdentityEnquiry; readonly request: object; readonly response: { readonly status: number; readonly body: unknown }; readonly reply: Reply }
const samplesOf = (kind: string): (readonly [string, Sample])[] => {
  const folder = join(import.meta.dirname, kind, 'samples');
  return readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Sample] as const);
};
const leavesOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [String(value)]);

it('every jurisdiction confirms the people born there, and exactly one kind of authority speaks for it', () => {
  for (const jurisdiction of JURISDICTIONS) expect(getKindOf(jurisdiction).confirms).toContain(jurisdiction);
  expect(authorityKinds.flatMap((k) => k.confirms).sort()).toEqual([...JURISDICTIONS].sort());
});

describe.each(authorityKinds.map((k) => [k.kind, k] as const))('%s', (name, kind) => {
  it('has a folder of samples, each about somebody it knows', () => {
    expect(samplesOf(name).length).toBeGreaterThan(0);
    for (const [, { enquiry }] of samplesOf(name)) expect(getKindOf(enquiry.authority)).toBe(kind);
  });

  it.each(samplesOf(name))('asks and understands as in %s', (_, { enquiry, request, response, reply }) => {
    expect(kind.toRequest(enquiry)).toEqual(request);
    expect(kind.toAnswer(response.status, response.body)).toEqual(reply);
  });

  it('is told names, date and place of birth, and nothing else', () => {
    const [, { enquiry }] = samplesOf(name)[0]!;
    const request = kind.toRequest({ ...enquiry, sin: '046454286', names: { ...enquiry.names, maiden: 'Canary' }, birthPlace: { ...enquiry.birthPlace, hospital: 'Canary' } } as IdentityEnquiry);
    expect(Object.keys(request).sort()).toEqual(['birthDate', 'birthPlace', 'names']);
    expect(leavesOf(request)).not.toContain('046454286');
    expect(leavesOf(request)).not.toContain('Canary');
  });

  it('never takes anything but a whole answer of known words for one, and never throws', () => {
    fc.assert(fc.property(fc.integer({ min: 100, max: 599 }), fc.anything(), (status, body) => {
      expect(kind.toAnswer(status, body)).toEqual({ kind: 'unreachable' });
    }));
    const word = fc.oneof({ weight: 8, arbitrary: fc.constantFrom<unknown>(...FIELD_MATCHES) }, { weight: 1, arbitrary: fc.anything() });
    const body = fc.record({
      resolution: fc.oneof(fc.constantFrom<unknown>(...RESOLUTIONS), fc.string()), score: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double(), fc.string()),
      fields: fc.record({ givenNames: word, familyName: word, birthDate: word, birthPlace: word }, { requiredKeys: [] }), onRegister: fc.string(),
    }, { requiredKeys: [] });
    let found = 0;
    fc.assert(fc.property(fc.constantFrom(200, 201, 202, 404, 409, 429, 500, 503), body, (status, said) => {
      const reply = kind.toAnswer(status, said);
      if (reply.kind === 'unreachable') return;
      found++;
      expect(status).toBe(200);
      expect(RESOLUTIONS).toContain(reply.finding.resolution);
      for (const match of Object.values(reply.finding.fields)) expect(FIELD_MATCHES).toContain(match);
      expect(Object.keys(reply.finding).sort()).toEqual(['fields', 'resolution', 'score']);
    }), { numRuns: 2000 });
    expect(found).toBeGreaterThan(0);
  });
});
