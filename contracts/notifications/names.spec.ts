import { describe, expect, it } from '@jest/globals';
import { compareClaims, normaliseNames } from './names.js';

const person = (given: string[], family: string, romanised?: string) => ({ names: { given, family, ...(romanised !== undefined && { romanised }) }, birthDate: '1990-04-05' });
const claims = (givenName: string | undefined, familyName: string | undefined, birthDate = '1990-04-05') =>
  ({ ...(givenName !== undefined && { givenName }), ...(familyName !== undefined && { familyName }), birthDate });

describe('a sign-in and the person declared', () => {
  it.each([
    [['Zoé'], 'Lévesque', 'ZOE', 'levesque'],
    [['Marie-Claire'], 'O’Brien', 'Marie Claire', "O'BRIEN"],
    [['Marie', 'Claire'], 'Saint-Pierre', 'Marie-Claire', 'Saint Pierre'],
    [['Anne'], 'Roy', 'Anne Sophie Louise', 'Roy'],
    [['Anne', 'Sophie'], 'Roy', 'Anne', 'Roy'],
    [['李'], '王', '李', '王'],
  ])('match: %j %s is %s %s', (given, family, givenName, familyName) => {
    expect(compareClaims(claims(givenName, familyName), person(given, family))).toBe('match');
  });

  it.each([
    [['Anne'], 'Roy', 'Sophie Anne', 'Roy'],
    [['Anne'], 'Roy', 'Anne', 'Royer'],
    [['Ann'], 'Roy', 'Anne', 'Roy'],
    [['कि'], 'राम', 'का', 'राम'],
  ])('differ: %j %s is not %s %s', (given, family, givenName, familyName) => {
    expect(compareClaims(claims(givenName, familyName), person(given, family))).toBe('differ');
  });

  it('differ when the date of birth does, whatever the names', () => {
    expect(compareClaims(claims('Anne', 'Roy', '1990-05-04'), person(['Anne'], 'Roy'))).toBe('differ');
    expect(compareClaims({ birthDate: '1990-05-04' }, person(['Anne'], 'Roy'))).toBe('differ');
  });

  it('say nothing when the sign-in says too little', () => {
    expect(compareClaims(undefined, person(['Anne'], 'Roy'))).toBe('none');
    expect(compareClaims({ givenName: 'Anne', familyName: 'Roy' }, person(['Anne'], 'Roy'))).toBe('none');
    expect(compareClaims({ familyName: 'Roy', birthDate: '1990-04-05' }, person(['Anne'], 'Roy'))).toBe('none');
  });

  it('match by a single name, and by names in Roman letters', () => {
    expect(compareClaims(claims(undefined, 'Suharto'), person([], 'Suharto'))).toBe('match');
    expect(compareClaims(claims('Suharto', undefined), person([], 'Suharto'))).toBe('match');
    expect(compareClaims(claims('Siti', 'Suharto'), person([], 'Suharto'))).toBe('differ');
    expect(compareClaims(claims('Wei', 'Wang'), person(['伟'], '王', 'Wang Wei'))).toBe('match');
  });
});

describe('names as they are compared', () => {
  it.each([
    [{ given: ['Marie-Claire'], family: 'Saint-Pierre' }, { given: ['Marie', 'Claire'], family: 'SAINT PIERRE' }],
    [{ given: ['Zoé'], family: 'O’Brien' }, { given: ['Zoe\u0301'], family: "o'brien" }],
  ])('%j and %j are the same', (one, other) => {
    expect(normaliseNames(one)).toBe(normaliseNames(other));
  });

  it.each([
    [{ given: ['कि'], family: 'राम' }, { given: ['का'], family: 'राम' }],
    [{ given: ['Anne'], family: 'Marie' }, { given: [], family: 'Anne Marie' }],
    [{ given: ['ᐃᓅᒃ'], family: 'ᐊᕐᓇᖅ' }, { given: ['ᐃᓄᒃ'], family: 'ᐊᕐᓇᖅ' }],
  ])('%j and %j are not', (one, other) => {
    expect(normaliseNames(one)).not.toBe(normaliseNames(other));
  });
});
