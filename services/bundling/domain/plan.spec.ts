import { describe, expect, it } from '@jest/globals';
import { birthBundle } from '#contracts/bundles/birth.bundle.js';
import type { PlanningFacts, PlanningPerson } from '#contracts/bundles/index.js';
import { PROVINCES_AND_TERRITORIES, type ProvinceOrTerritory } from '#contracts/words.js';
import { plan } from './plan.js';

const ACCEPTED_ON = '2026-11-25';
const NOW = Date.parse('2026-11-25T17:00:00Z');
const EVERYTHING = birthBundle.targets.filter((t) => t.basis === 'consent').map((t) => t.target);

const mother: PlanningPerson = { personId: 'parent-1', roles: ['parent', 'gave-birth'], legalStatus: 'citizen', hasSin: true, hasHealthNumber: true };
const father: PlanningPerson = { personId: 'parent-2', roles: ['parent'], legalStatus: 'citizen', hasSin: true, hasHealthNumber: true };

/** A mother who lives where she gave birth and asks for everything. */
const facts = (place: ProvinceOrTerritory, change: Partial<PlanningFacts> = {}): PlanningFacts => ({
  caseId: '', lifeEvent: 'birth', outcome: 'live-birth', eventDate: '2026-11-20', placeOfEvent: place, residence: place, people: [mother, father], notifierPersonId: 'parent-1', circumstances: [],
  consents: EVERYTHING.map((target) => ({ target, personId: 'parent-1', decision: 'granted' })), indigenousInterest: false, promoterChosen: true, ...change,
});

const planned = (f: PlanningFacts) => plan(birthBundle, f, ACCEPTED_ON, NOW);
const lines = (f: PlanningFacts): string =>
  planned(f).map(({ plan: { target, programme, signatory, standard }, status, reason, outcome, consent }) => {
    const said = reason === undefined ? status : `${status} (${reason}${outcome === undefined ? '' : `, ${outcome}`})`;
    return `  ${target.padEnd(24)}${programme.padEnd(32)}${said.padEnd(54)}${(signatory ?? '').padEnd(10)}${consent.padEnd(12)}${standard.promised} ${standard.days}`.trimEnd();
  }).join('\n');
const table = (cases: readonly (readonly [string, PlanningFacts])[]): string => `\n${cases.map(([title, f]) => `${title}\n${lines(f)}`).join('\n\n')}\n`;

// A serializer that prints the table as it reads, without quotation marks.
expect.addSnapshotSerializer({ test: (value) => typeof value === 'string', print: (value) => value as string });

describe('the plan of a birth', () => {
  it('in each of the thirteen provinces and territories, with everything asked for', () => {
    expect(table(PROVINCES_AND_TERRITORIES.map((place) => [place, facts(place)]))).toMatchSnapshot();
  });

  it('of a stillbirth, in each of the thirteen: one target and nothing else', () => {
    for (const place of PROVINCES_AND_TERRITORIES) expect(planned(facts(place, { outcome: 'stillbirth' })).map((t) => t.plan.target)).toEqual(['stillbirth-registration']);
    expect(table(PROVINCES_AND_TERRITORIES.map((place) => [place, facts(place, { outcome: 'stillbirth', consents: [] })]))).toMatchSnapshot();
  });

  it('of families of every kind', () => {
    expect(table([
      ['born in Ottawa, living in Gatineau', facts('ca-on', { residence: 'ca-qc' })],
      ['born in Gatineau, living in Ottawa', facts('ca-qc', { residence: 'ca-on' })],
      ['Toronto, nothing asked for', facts('ca-on', { consents: [], promoterChosen: false })],
      ['Toronto, one thing refused', facts('ca-on', { consents: [{ target: 'sin', personId: 'parent-1', decision: 'refused' }] })],
      ['Toronto, consent for the certificate lapsed', facts('ca-on', { consents: [{ target: 'birth-certificate', personId: 'parent-1', decision: 'granted', expiresAt: NOW }] })],
      ['Toronto, a protected address', facts('ca-on', { circumstances: ['protected-address'] })],
      ['Toronto, an adoption placement', facts('ca-on', { circumstances: ['adoption-placement'] })],
      ['Québec City, a dispute over surrogacy', facts('ca-qc', { circumstances: ['surrogacy-dispute'] })],
      ['Toronto, the father reports and the mother signs later', facts('ca-on', { notifierPersonId: 'parent-2', consents: EVERYTHING.filter((t) => t !== 'child-benefits').map((target) => ({ target, personId: 'parent-2', decision: 'granted' })) })],
      ['Calgary, a father alone', facts('ca-ab', { people: [{ ...father, personId: 'parent-1' }] })],
      ['Toronto, temporary residents', facts('ca-on', { people: [{ ...mother, legalStatus: 'temporary-resident' }, { ...father, legalStatus: 'temporary-resident' }] })],
      ['Toronto, a protected person and a permanent resident', facts('ca-on', { people: [{ ...mother, legalStatus: 'protected-person' }, { ...father, legalStatus: 'permanent-resident' }] })],
      ['Toronto, the mother gave no SIN', facts('ca-on', { people: [{ ...mother, hasSin: false }, father] })],
      ['Vancouver, the mother gave no health number', facts('ca-bc', { people: [{ ...mother, hasHealthNumber: false }, father] })],
      ['Iqaluit, interested in Indian registration', facts('ca-nu', { indigenousInterest: true })],
    ])).toMatchSnapshot();
  });

  it('of a Québec birth with everything asked for tells six programmes', () => {
    expect(planned(facts('ca-qc')).filter((t) => t.status === 'waiting-identity').map((t) => t.plan.programme))
      .toEqual(['ca-qc/birth-registration', 'ca-qc/birth-certificate', 'ca/sin', 'ca/child-benefits', 'ca-qc/family-allowance', 'ca-qc/health-card']);
  });

  it('uses the channel of the day of acceptance: before Ontario’s bundle began, nobody is told and nothing fails', () => {
    const before = plan(birthBundle, facts('ca-on'), '2018-02-28', NOW).find((t) => t.plan.target === 'birth-registration')!;
    expect([before.status, before.reason]).toEqual(['handed-over', 'not-offered-there']);
  });
});
