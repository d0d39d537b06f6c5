import { describe, expect, it } from '@jest/globals';
import { contract, examples, faultOf, faultOfResponse, schemaNamed } from './contract.conformance.js';
import { isProgramme, JURISDICTIONS } from './programmes.js';

describe('the agency contract', () => {
  it('is an OpenAPI 3.1 document whose every example is what its schema says', () => {
    expect(contract.openapi).toMatch(/^3\.1\./);
    const all = examples();
    expect(all.length).toBeGreaterThan(15);
    expect(all.flatMap(({ where, schema, value }) => faultOf(schema, value)?.concat(` at ${where}`) ?? [])).toEqual([]);
  });

  it('shows bodies that are what it says of the programme’s body', () => {
    const bodyOf = (name: string) => (examples().find(({ where }) => where.endsWith(` ${name}`))!.value as { body: unknown }).body;
    expect(faultOf(schemaNamed('BirthRegistrationBody'), bodyOf('birthRegistration'))).toBeUndefined();
    expect(faultOf(schemaNamed('SinBody'), bodyOf('sin'))).toBeUndefined();
  });

  it('notices an answer that is none', () => {
    expect(faultOfResponse('deliver', 200, 'application/json', { state: 'final', code: 'REGISTERED' })).toBeUndefined();
    expect(faultOfResponse('deliver', 200, 'application/json', { state: 'final' })).toContain('code');
    expect(faultOfResponse('deliver', 200, 'application/json', { state: 'received' })).toBeDefined();
    expect(faultOfResponse('deliver', 422, 'application/json', { state: 'final', code: 'ISSUED' })).toBeDefined();
    expect(faultOfResponse('deliver', 200, 'text/html', {})).toBe('deliver may not answer 200 text/html');
    expect(faultOf(schemaNamed('Delivery'), { kind: 'stop', revision: 2, about: 'a', agreement: 'b', body: { name: 'Ada' } })).toContain('NOT have more than 0');
  });

  it('names the programmes and jurisdictions the sandbox has', () => {
    const parameters = (contract.components as unknown as { parameters: Record<string, { schema: { enum: string[]; pattern: string } }> }).parameters;
    for (const name of parameters['Name']!.schema.enum) expect(isProgramme('ca', name)).toBe(true);
    for (const jurisdiction of JURISDICTIONS) expect(jurisdiction).toMatch(new RegExp(parameters['Jurisdiction']!.schema.pattern));
  });
});
