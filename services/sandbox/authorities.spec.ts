import { describe, expect, it } from '@jest/globals';
import { confirm, type Question } from './authorities.js';
import { PEOPLE } from './people.js';

const question = (id: string, over: Partial<Question> = {}): Question => {
  const { given, family, birthDate, born } = PEOPLE.find((p) => p.id === id)!;
  return { names: { given, family }, birthDate, birthPlace: born.startsWith('ca-') ? { jurisdiction: born } : { country: born }, ...over };
};
const SAME = { givenNames: 'SAME', familyName: 'SAME', birthDate: 'SAME', birthPlace: 'SAME' };
const NOAV = { givenNames: 'NOAV', familyName: 'NOAV', birthDate: 'NOAV', birthPlace: 'NOAV' };

describe('the authority of the place of birth', () => {
  it('confirms everyone it knows, wherever they live', () => {
    for (const person of PEOPLE.filter((p) => p.unknown !== true && p.onRegister === undefined)) {
      const authority = person.born.startsWith('ca-') ? person.born : 'ca';
      expect([person.id, confirm(authority, question(person.id), 'NOMA')]).toEqual([person.id, { resolution: 'FUMA', score: 100, fields: SAME }]);
    }
  });

  it('does not mind accents, case or punctuation', () => {
    expect(confirm('ca-qc', question('etienne', { names: { given: ['ETIENNE'], family: 'Cote' } }), 'NOMA').resolution).toBe('FUMA');
    expect(confirm('ca-on', question('liam', { names: { given: ['Liam'], family: 'OConnor Doyle' } }), 'NOMA').resolution).toBe('FUMA');
  });

  it('finds a near match acceptable and says which field is similar, never what it should be', () => {
    expect(confirm('ca-on', question('nora'), 'NOMA')).toEqual({ resolution: 'ACMA', score: 85, fields: { ...SAME, birthDate: 'SIML' } });
    expect(confirm('ca-on', question('olivia', { names: { given: ['Olivia'], family: 'Tremblay-Okafor' } }), 'NOMA')).toEqual({ resolution: 'ACMA', score: 87, fields: { ...SAME, givenNames: 'SIML' } });
    expect(confirm('ca-on', question('olivia', { birthDate: '1993-05-15', names: { given: ['Olivia'], family: 'Tremblay-Okofor' } }), 'NOMA').resolution).toBe('NOMA');
  });

  it('does not match another person', () => {
    expect(confirm('ca-on', question('olivia', { names: { given: ['Aurora'], family: 'Whitlock' } }), 'NOMA')).toEqual({ resolution: 'NOMA', score: 0, fields: NOAV });
    expect(confirm('ca-on', question('olivia', { birthDate: '1970-01-01' }), 'NOMA')).toMatchObject({ resolution: 'NOMA', fields: { ...SAME, birthDate: 'DIFF' } });
  });

  it('knows nobody born elsewhere: people born abroad are the federal authority’s', () => {
    expect(confirm('ca-on', question('noah'), 'FUMA').resolution).toBe('NOMA');
    expect(confirm('ca', question('noah'), 'NOMA').resolution).toBe('FUMA');
    expect(confirm('ca', question('olivia'), 'FUMA').resolution).toBe('NOMA');
    expect(confirm('ca-qc', question('olivia', { birthPlace: { jurisdiction: 'ca-qc' } }), 'NOMA').resolution).toBe('NOMA');
  });

  it('answers of people nobody made up as it is set, and never changes its mind about its own', () => {
    const stranger = question('olivia', { names: { given: ['Quentin'], family: 'Made-Up' } });
    expect(confirm('ca-on', stranger, 'NOMA').resolution).toBe('NOMA');
    expect(confirm('ca-on', stranger, 'FUMA')).toEqual({ resolution: 'FUMA', score: 100, fields: SAME });
    expect(confirm('ca-on', question('zed'), 'FUMA').resolution).toBe('NOMA');
    expect(confirm('ca-on', question('nora'), 'FUMA').resolution).toBe('ACMA');
    expect(confirm('ca-on', question('olivia', { birthDate: '1970-01-01' }), 'FUMA').resolution).toBe('NOMA');
  });
});
