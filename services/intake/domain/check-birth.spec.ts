import { describe, expect, it } from '@jest/globals';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { aBirthNotification, aDecision, aPerson } from '#libs/testing/index.js';
import { faultsOf } from './check-birth.js';

const NOW = Date.parse('2026-03-02T15:00:00Z');
const told = (by: (n: BirthNotification) => void = () => undefined): BirthNotification => {
  const n = structuredClone(aBirthNotification());
  by(n);
  return n;
};

describe('what must hold between the fields of a report', () => {
  it('holds for an ordinary one', () => {
    expect(faultsOf(told(), NOW)).toEqual([]);
  });

  it.each<[string, (n: BirthNotification) => void, string, string]>([
    ['the birth is not in the future', (n) => (n.birth.date = '2026-03-03'), '/birth/date', 'date.in-future'],
    ['the birth is of the last twelve months', (n) => (n.birth.date = '2025-02-27'), '/birth/date', 'birth.too-long-ago'],
    ['a parent was born before the child', (n) => (n.parents[1]!.birthDate = '2026-03-01'), '/parents/1/birthDate', 'date.order'],
    ['one person gave birth', (n) => {
      n.parents[1]!.role = 'gave-birth';
    }, '/parents', 'parents.gave-birth-twice'],
    ['who reports is one of the parents', (n) => {
      n.notifier = 'parent-3';
      n.decisions = [];
    }, '/notifier', 'notifier.unknown'],
    ['a living child is named', (n) => delete n.child.names, '/child/names', 'field.required'],
    ['the third of twins does not exist', (n) => (n.child.multipleBirth = { count: 2, order: 3 }), '/child/multipleBirth/order', 'birth-order.invalid'],
    ['the promoter is on the list', (n) => (n.choices!.promoter = 'my-uncle'), '/choices/promoter', 'promoter.unknown'],
    ['the promoter still takes referrals', (n) => (n.choices!.promoter = 'harbour-bank'), '/choices/promoter', 'promoter.unknown'],
    ['a decision is about a programme that asks for consent', (n) => n.decisions.push(aDecision('birth-registration')), '/decisions/5/target', 'decision.unknown-target'],
    ['a decision is about a programme that exists', (n) => n.decisions.push(aDecision('lottery')), '/decisions/5/target', 'decision.unknown-target'],
    ['nobody decides for the parent who gave birth', (n) => {
      n.notifier = 'parent-2';
    }, '/decisions/2/target', 'decision.not-yours'],
    ['the notice that was read is the one in force', (n) => (n.decisions[1]!.notice = 'sin.v0'), '/decisions/1/notice', 'notice.outdated'],
  ])('%s', (_, by, pointer, code) => {
    expect(faultsOf(told(by), NOW).map((f) => [f.pointer, f.code])).toEqual([[pointer, code]]);
  });

  it('the day is counted where the child was born', () => {
    const justAfterMidnightInHalifax = Date.parse('2026-03-02T04:30:00Z');
    const born = (jurisdiction: 'ca-ns' | 'ca-bc') => faultsOf(told((n) => {
      n.birth.date = '2026-03-02';
      n.birth.jurisdiction = jurisdiction;
      delete n.choices;
    }), justAfterMidnightInHalifax).map((f) => f.code);
    expect([born('ca-ns'), born('ca-bc')]).toEqual([[], ['date.in-future']]);
  });

  it('a stillborn child need not be named', () => {
    expect(faultsOf(told((n) => {
      n.birth.outcome = 'stillbirth';
      delete n.child.names;
      n.decisions = [];
    }), NOW)).toEqual([]);
  });

  it('every fault is said at once, and none says what was told', () => {
    const faults = faultsOf(told((n) => {
      n.birth.date = '2027-01-01';
      n.parents = [aPerson({ birthDate: '2027-01-01' })];
      n.choices = { promoter: 'my-uncle' };
    }), NOW);
    expect(faults).toHaveLength(3);
    for (const value of ['2027-01-01', 'Olivia', 'my-uncle']) expect(JSON.stringify(faults)).not.toContain(value);
  });
});
