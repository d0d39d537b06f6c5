import { describe, expect, it } from '@jest/globals';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import { aBirth } from '../testing/a-birth.js';
import { changesBetween, compareDeclarations } from './differences.js';

const corrected = (by: (d: BirthDeclaration) => void): BirthDeclaration => {
  const copy = structuredClone(aBirth());
  by(copy);
  return copy;
};

describe('a correction', () => {
  it('of the child’s name concerns everyone with whom it is shared, and nobody else', () => {
    expect(changesBetween(aBirth(), corrected((d) => (d.child.names!.given = ['June'])))).toMatchObject({ any: true, targets: ['birth-registration', 'stillbirth-registration', 'sin', 'child-benefits', 'family-allowance', 'health-card'] });
  });

  it('of a signatory’s own particulars concerns only the targets that person signs', () => {
    // The certificate is signed by the father who reports, child benefits by the mother.
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[0]!.sin = '130692544')))).toMatchObject({ any: true, targets: [] });
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[1]!.sin = '130692544')))).toMatchObject({ any: true, targets: ['child-benefits'] });
  });

  it('that changes what nobody is told is a correction all the same', () => {
    expect(changesBetween(aBirth(), corrected((d) => (d.circumstances = ['protected-address'])))).toMatchObject({ any: true, targets: [] });
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[1]!.legalStatus = 'citizen')))).toMatchObject({ any: true, targets: [] });
  });

  it('names the people told otherwise in what an authority confirms, and no one else', () => {
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[1]!.birthDate = '1992-07-09'))).people).toEqual(['parent-2']);
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[0]!.names.given = ['Thaddaeus']))).people).toEqual(['parent-1']);
    expect(changesBetween(aBirth(), corrected((d) => (d.parents.length = 1))).people).toEqual(['parent-2']);
    expect(changesBetween(aBirth(), corrected((d) => (d.parents[1]!.legalStatus = 'citizen'))).people).toEqual([]);
  });

  it('that says the same, whatever was decided with it, is none', () => {
    const withDecisions = { ...aBirth(), decisions: [{ target: 'sin', decision: 'granted', notice: 'sin.v1', language: 'en-CA' }] };
    expect(changesBetween(aBirth(), withDecisions)).toMatchObject({ any: false, targets: [] });
  });
});

describe('two reports beside each other, for a reviewer', () => {
  it('are compared in words, however the parents are ordered and names are written', () => {
    const other = corrected((d) => {
      d.parents.reverse();
      d.child.names!.given = ['JUNIPER', 'Wrén'];
      d.birth.date = '2026-03-02';
      delete d.birth.facility;
    });
    const words = compareDeclarations(aBirth(), other);
    expect(words).toMatchObject({ 'child.names': 'SIML', 'parents.names': 'SIML', 'birth.date': 'DIFF', 'birth.facility': 'NOAV', 'residence.address': 'SAME' });
    for (const word of Object.values(words)) expect(['SAME', 'SIML', 'DIFF', 'NOAV', 'NODI']).toContain(word);
  });
});
