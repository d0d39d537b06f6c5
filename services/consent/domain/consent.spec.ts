import { describe, expect, it } from '@jest/globals';
import type { ConsentDecision, Stated } from '#contracts/apis/vault.js';
import { aBirth } from '../testing/a-birth.js';
import type { Act } from './case-file.js';
import { consentFacts, consentInForce, newDecisions } from './consent.js';

const notifier: Stated = { partyId: '0190a000-0000-7000-8000-000000000001', personId: 'parent-1', capacity: 'self' };
const other: Stated = { ...notifier, personId: 'parent-2' };
const decision = (target: string, word: ConsentDecision['decision'], notice = `${target}.v1`): ConsentDecision => ({ target, decision: word, notice, language: 'en-CA' });
const act = (seq: number, by: Stated, ...decisions: (ConsentDecision & { expiresAt?: number })[]): Act => ({ seq, at: seq, by, decisions });

describe('consent', () => {
  it('is in force when the newest decision of the signatory grants it', () => {
    const acts = [act(1, notifier, decision('sin', 'granted')), act(2, notifier, decision('sin', 'withdrawn')), act(3, notifier, decision('sin', 'granted'))];
    expect(consentInForce(acts, 'sin', 'parent-1', 9)).toBe(true);
    expect(consentInForce(acts.slice(0, 2), 'sin', 'parent-1', 9)).toBe(false);
    expect(consentInForce([], 'sin', 'parent-1', 9)).toBe(false);
  });

  it('is not given by somebody else, nor for another programme', () => {
    const acts = [act(1, other, decision('sin', 'granted'))];
    expect(consentInForce(acts, 'sin', 'parent-1', 9)).toBe(false);
    expect(consentInForce(acts, 'health-card', 'parent-2', 9)).toBe(false);
  });

  it('lapses at the instant its notice says', () => {
    const acts = [act(1, notifier, { ...decision('sin', 'granted'), expiresAt: 100 })];
    expect(consentInForce(acts, 'sin', 'parent-1', 99)).toBe(true);
    expect(consentInForce(acts, 'sin', 'parent-1', 100)).toBe(false);
  });

  it('is known to the planner by its newest decision per programme and person', () => {
    const acts = [act(1, notifier, decision('sin', 'granted'), decision('health-card', 'refused')), act(2, other, decision('child-benefits', 'granted')), act(3, notifier, decision('sin', 'withdrawn'))];
    expect(consentFacts(acts)).toEqual([
      { target: 'sin', personId: 'parent-1', decision: 'withdrawn' }, { target: 'health-card', personId: 'parent-1', decision: 'refused' },
      { target: 'child-benefits', personId: 'parent-2', decision: 'granted' },
    ]);
  });
});

describe('deciding', () => {
  const declaration = aBirth();
  const decide = (acts: readonly Act[], by: Stated, ...decisions: ConsentDecision[]) => newDecisions(declaration, acts, by, decisions, 9);

  it('records only what changes something', () => {
    const acts = [act(1, notifier, decision('sin', 'granted'))];
    expect(decide(acts, notifier, decision('sin', 'granted'), decision('health-card', 'granted')).map((d) => d.target)).toEqual(['health-card']);
  });

  it('belongs to the person who signs: the one who gave birth for child benefits', () => {
    expect(() => decide([], notifier, decision('child-benefits', 'granted'))).toThrow(expect.objectContaining({ code: 'consent.not-signatory', status: 403 }));
    expect(decide([], other, decision('child-benefits', 'granted'))).toHaveLength(1);
  });

  it('needs the notice in force, unless the same decision already stands', () => {
    expect(() => decide([], notifier, decision('sin', 'granted', 'sin.v0'))).toThrow(expect.objectContaining({ code: 'consent.notice-outdated' }));
    expect(decide([act(1, notifier, decision('sin', 'granted', 'sin.v0'))], notifier, decision('sin', 'granted', 'sin.v0'))).toEqual([]);
    expect(decide([act(1, notifier, decision('sin', 'granted', 'sin.v0'))], notifier, decision('sin', 'granted'))).toHaveLength(1);
  });

  it('can withdraw only what was given, and reads no newer notice for it', () => {
    expect(() => decide([], notifier, decision('sin', 'withdrawn'))).toThrow(expect.objectContaining({ code: 'consent.nothing-to-withdraw' }));
    expect(() => decide([act(1, notifier, decision('sin', 'refused'))], notifier, decision('sin', 'withdrawn'))).toThrow(expect.objectContaining({ code: 'consent.nothing-to-withdraw' }));
    expect(decide([act(1, notifier, decision('sin', 'granted'))], notifier, decision('sin', 'withdrawn', 'sin.v0'))).toHaveLength(1);
    expect(decide([act(1, notifier, decision('sin', 'granted')), act(2, notifier, decision('sin', 'withdrawn'))], notifier, decision('sin', 'withdrawn'))).toEqual([]);
  });

  it('asks for no consent where the law is the basis, nor for a programme nobody knows', () => {
    for (const target of ['birth-registration', 'no-such-programme']) {
      expect(() => decide([], notifier, decision(target, 'granted'))).toThrow(expect.objectContaining({ code: 'consent.unknown-target', status: 404 }));
    }
  });

  it('decides a programme once at a time', () => {
    expect(() => decide([], notifier, decision('sin', 'granted'), decision('sin', 'refused'))).toThrow(expect.objectContaining({ code: 'consent.decided-twice' }));
  });
});
