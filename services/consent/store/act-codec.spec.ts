import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Act } from '../domain/case-file.js';
import { packAct, unpackAct } from './act-codec.js';

const by = { partyId: '01a22322-25f7-745e-b7c4-f808678a7457', personId: 'parent-1', capacity: 'self' } as const;
const decisions = fc.uniqueArray(fc.record({
  target: fc.constantFrom('sin', 'health-card', 'child-benefits', 'birth-certificate'), decision: fc.constantFrom('granted', 'refused', 'withdrawn'), notice: fc.constantFrom('sin.v1', 'sin.v2'),
  language: fc.constantFrom('en-CA', 'fr-CA'), expiresAt: fc.option(fc.nat(), { nil: undefined }),
}), { selector: (d) => d.target, minLength: 1 }).map((list) => list.map(({ expiresAt, ...d }) => ({ ...d, ...(expiresAt !== undefined && { expiresAt }) })) as Act['decisions']);

describe('an act of consent as it is stored', () => {
  it('is read back decision by decision, in order', () => {
    fc.assert(fc.property(decisions, (list) => {
      expect(unpackAct(JSON.parse(JSON.stringify(packAct({ by, decisions: list }))) as ReturnType<typeof packAct>)).toEqual({ by, decisions: list });
    }));
  });

  it('says once what its decisions have in common', () => {
    const all = ['birth-certificate', 'sin', 'health-card'].map((target) => ({ target, decision: 'granted' as const, notice: `${target}.v1`, language: 'fr-CA' as const }));
    expect(packAct({ by, decisions: all }).said).toEqual([{ decision: 'granted', language: 'fr-CA', of: { 'birth-certificate': 'birth-certificate.v1', sin: 'sin.v1', 'health-card': 'health-card.v1' } }]);
  });

  it('that was stored whole is read as it stands', () => {
    const whole = { by, decisions: [{ target: 'sin', decision: 'granted' as const, notice: 'sin.v1', language: 'en-CA' as const }] };
    expect(unpackAct(whole)).toEqual(whole);
  });
});
