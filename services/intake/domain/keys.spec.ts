import { describe, expect, it } from '@jest/globals';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { aBirthNotification, aPerson, aSin } from '#libs/testing/index.js';
import { Fingerprints } from './keys.js';

const prints = new Fingerprints(Buffer.alloc(32, 7));
const told = (by: (n: BirthNotification) => void = () => undefined): BirthNotification => {
  const n = structuredClone(aBirthNotification());
  by(n);
  return n;
};
const keys = (by?: (n: BirthNotification) => void) => prints.event(told(by));
const base = keys();

describe('a birth is known again', () => {
  it.each<[string, (n: BirthNotification) => void]>([
    ['whoever of the parents tells it', (n) => (n.notifier = 'parent-2')],
    ['in whatever order the parents are named', (n) => n.parents.reverse()],
    ['however the mother’s name is written', (n) => (n.parents[0]!.names = { given: ['OLIVIA GRACE'], family: 'tremblay okafor' })],
    ['whatever the child is called, and wherever the family lives', (n) => {
      n.child.names = { given: ['Rose'], family: 'Okafor' };
      n.residence.municipality = 'Barrie';
    }],
    ['with or without Social Insurance Numbers', (n) => n.parents.forEach((p) => delete p.sin)],
  ])('%s', (_, by) => {
    expect(keys(by)).toEqual(base);
  });

  it('also where no parent is said to have given birth, whichever of the two names themselves first', () => {
    const fathers = (n: BirthNotification) => n.parents.forEach((p) => (p.role = 'parent'));
    expect(keys((n) => {
      fathers(n);
      n.parents.reverse();
    })).toEqual(keys(fathers));
  });
});

describe('a birth is another one', () => {
  it.each<[string, (n: BirthNotification) => void]>([
    ['on another day', (n) => (n.birth.date = '2026-03-02')],
    ['in another province', (n) => (n.birth.jurisdiction = 'ca-qc')],
    ['of another mother', (n) => (n.parents[0] = aPerson({ names: { given: ['Hannah', 'Mei'], family: 'Wong' } }))],
    ['of the twin', (n) => (n.child.multipleBirth = { count: 2, order: 2 })],
  ])('%s', (_, by) => {
    expect(keys(by).natural).not.toBe(base.natural);
  });

  it('twins differ in every key by which a report is recognised, and are linked by one', () => {
    const [first, second] = [1, 2].map((order) => keys((n) => (n.child.multipleBirth = { count: 2, order }))) as [typeof base, typeof base];
    expect(first.sibling).toBe(second.sibling);
    for (const key of [first.natural, ...first.near]) expect([second.natural, ...second.near]).not.toContain(key);
  });
});

describe('a slip is seen', () => {
  it('in the mother’s name', () => {
    const near = keys((n) => (n.parents[0]!.names = { given: ['Olyvia'], family: 'Tremblay' }));
    expect([near.natural === base.natural, near.near[0] === base.near[0]]).toEqual([false, true]);
  });

  it('in her date of birth', () => {
    const near = keys((n) => (n.parents[0]!.birthDate = '1993-05-15'));
    expect([near.natural === base.natural, near.near[1] === base.near[1]]).toEqual([false, true]);
  });

  it('but two slips at once are another person', () => {
    const other = keys((n) => (n.parents[0] = aPerson({ names: { given: ['Olyvia'], family: 'Tremblay' }, birthDate: '1993-05-15' })));
    expect(other.near.some((key, i) => key === base.near[i])).toBe(false);
  });
});

describe('fingerprints', () => {
  it('say nothing without their key', () => {
    expect(new Fingerprints(Buffer.alloc(32, 8)).event(told())).not.toEqual(base);
    expect(JSON.stringify(base)).toMatch(/^[{}\[\]",:a-z0-9]+$/);
  });

  it('of a body stay what they were: those on file are compared with them', () => {
    expect(prints.body({ b: [{ y: 1, x: 'é"' }, 'two', true], a: { sin: aSin(1), z: null, gone: undefined, ab: [] } })).toBe('6fb565f7aba41a0785b868cf35919d04');
  });

  it('of a body do not depend on a Social Insurance Number, nor on the order of fields', () => {
    const body = told();
    const print = prints.body(body);
    expect(prints.body(told((n) => (n.parents[0]!.sin = aSin(77))))).toBe(print);
    expect(prints.body(told((n) => delete n.parents[0]!.sin))).toBe(print);
    expect(prints.body(Object.fromEntries(Object.entries(body).reverse()))).toBe(print);
    expect(prints.body(told((n) => (n.residence.line = '13 Larch Street')))).not.toBe(print);
    expect(prints.body(told((n) => n.parents.reverse()))).not.toBe(print);
  });
});
