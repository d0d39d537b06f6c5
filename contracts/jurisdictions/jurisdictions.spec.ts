import { describe, expect, it } from '@jest/globals';
import { TRANSPORTS } from '../words.js';
import { birthBundle } from '../bundles/birth.bundle.js';
import { conditions, type PlanningFacts } from '../bundles/index.js';
import { isRealDate } from '../notifications/formats.js';
import { JURISDICTIONS, PROVINCES_AND_TERRITORIES, TERRITORIES, type JurisdictionId } from '../words.js';
import { jurisdictions, offerOf, resolve } from './index.js';
import type { Offer } from './jurisdiction.js';
import { promoters, promotersOn } from './promoters.js';

const TODAY = '2026-11-25';
const facts = (change: Partial<PlanningFacts> = {}): PlanningFacts => ({
  caseId: '', lifeEvent: 'birth', outcome: 'live-birth', eventDate: '2026-11-20', placeOfEvent: 'ca-on', residence: 'ca-on', notifierPersonId: 'parent-1', circumstances: [], consents: [],
  indigenousInterest: false, promoterChosen: false, people: [{ personId: 'parent-1', roles: ['parent', 'gave-birth'], legalStatus: 'citizen', hasSin: true, hasHealthNumber: false }], ...change,
});
const target = (name: string) => birthBundle.targets.find((t) => t.target === name)!;
const offers = Object.values(jurisdictions).flatMap((j) => j.offers.map((o) => [`${o.programme} from ${o.from}`, j.id, o] as const));
const howOf = (id: JurisdictionId, kind: string) => jurisdictions[id].offers.find((o) => o.kind === kind)?.how;
const who = (kind: string, how: Offer['how']) => PROVINCES_AND_TERRITORIES.filter((id) => howOf(id, kind) === how);

describe('the governments of Canada', () => {
  it('are the federal one, ten provinces and three territories', () => {
    expect(Object.keys(jurisdictions).sort()).toEqual([...JURISDICTIONS].sort());
    for (const id of JURISDICTIONS) {
      const j = jurisdictions[id];
      expect([j.id, j.kind]).toEqual([id, id === 'ca' ? 'federal' : (TERRITORIES as readonly string[]).includes(id) ? 'territory' : 'province']);
      expect(Intl.DateTimeFormat('en-CA', { timeZone: j.timeZone }).resolvedOptions().timeZone).toMatch(/^America\//);
    }
  });

  it('all thirteen answer for every programme that a province or territory runs', () => {
    for (const id of PROVINCES_AND_TERRITORIES) {
      for (const kind of ['birth-registration', 'stillbirth-registration', 'birth-certificate', 'health-card', 'education-savings']) expect([id, kind, offerOf(id, kind, TODAY)?.kind]).toEqual([id, kind, kind]);
    }
    for (const kind of ['sin', 'child-benefits', 'learning-bond', 'indian-registration']) expect(offerOf('ca', kind, TODAY)?.programme).toBe(`ca/${kind}`);
    expect(offerOf('ca-qc', 'family-allowance', TODAY)?.how).toBe('deliver');
  });

  it('who is told, and who is not, is as the sources say', () => {
    expect(who('birth-registration', 'deliver')).toEqual(PROVINCES_AND_TERRITORIES);
    expect(who('stillbirth-registration', 'deliver')).toEqual(PROVINCES_AND_TERRITORIES);
    expect(who('birth-certificate', 'deliver')).toEqual(['ca-ab', 'ca-bc', 'ca-on', 'ca-qc', 'ca-sk']);
    expect(who('health-card', 'deliver')).toEqual(['ca-bc', 'ca-qc', 'ca-sk']);
    expect(who('health-card', 'hospital')).toEqual(['ca-on']);
    expect(who('education-savings', 'deliver')).toEqual(['ca-on']);
    expect([howOf('ca', 'sin'), howOf('ca', 'child-benefits'), howOf('ca', 'learning-bond'), howOf('ca', 'indian-registration')]).toEqual(['deliver', 'deliver', 'automatic', 'hand-over']);
  });
});

describe('an offer', () => {
  const kinds = birthBundle.targets.map((t) => t.kind);

  it.each(offers)('%s belongs to its jurisdiction, is of a kind the bundle knows and has a name, a route and a source', (_, id, o) => {
    expect(o.programme).toBe(`${id}/${o.kind}`);
    expect(kinds).toContain(o.kind);
    expect(isRealDate(o.from) && (o.to === undefined || (isRealDate(o.to) && o.from < o.to))).toBe(true);
    for (const { en, fr } of [o.name, o.route]) expect(en.length > 3 && fr.length > 3 && en !== fr).toBe(true);
    expect(o.route.en).toMatch(/https:\/\/\S+\.\S+/);
    expect(o.route.fr).toMatch(/https:\/\/\S+\.\S+/);
    if (o.source !== 'none') expect(o.source.url).toMatch(/^https?:\/\/\S+$/);
    if (o.how === 'deliver') {
      expect(o.source).not.toBe('none');
      expect(TRANSPORTS).toContain(o.transport);
      // A broker is not to be had everywhere; the others always are.
      expect(o.transport === 'topic' ? o.otherwise : 'http').toMatch(/^(http|file)$/);
    }
    if (o.standard) expect(o.standard.promised < o.standard.chase && o.standard.chase < o.standard.limit).toBe(true);
    for (const { condition } of o.deliverWhen ?? []) expect(Object.keys(conditions)).toContain(condition);
  });

  it('no two entries of one programme answer for the same day', () => {
    for (const [name, , o] of offers) {
      const same = offers.filter(([, , other]) => other.programme === o.programme && other.from < (o.to ?? '9999') && o.from < (other.to ?? '9999'));
      expect([name, same.length]).toEqual([name, 1]);
    }
  });

  it('is not found before its first day', () => {
    expect(offerOf('ca-sk', 'birth-registration', '2015-12-31')).toBeUndefined();
    expect(offerOf('ca-sk', 'birth-registration', '2016-01-01')?.programme).toBe('ca-sk/birth-registration');
    expect(resolve(target('birth-registration'), facts({ placeOfEvent: 'ca-sk' }), '2015-12-31')).toEqual({ programme: 'ca-sk/birth-registration', jurisdiction: 'ca-sk', how: 'hand-over' });
  });

  it('the Social Insurance Number is promised in ten business days and chased at fifteen, child benefits in eighty calendar days', () => {
    expect(offerOf('ca', 'sin', TODAY)?.standard).toMatchObject({ days: 'business', promised: 10, chase: 15 });
    expect(offerOf('ca', 'child-benefits', TODAY)?.standard).toMatchObject({ days: 'calendar', promised: 80 });
    expect(offerOf('ca-bc', 'birth-registration', TODAY)?.standard).toMatchObject({ days: 'calendar', promised: 42 });
    expect(offerOf('ca-ab', 'birth-registration', TODAY)?.standard).toMatchObject({ days: 'calendar', promised: 21 });
  });
});

describe('resolving a target', () => {
  it('registration goes to the place of birth, health insurance to where the family lives, the rest to Ottawa', () => {
    const gatineau = facts({ placeOfEvent: 'ca-on', residence: 'ca-qc' });
    expect(['birth-registration', 'birth-certificate', 'health-card', 'family-allowance', 'sin'].map((name) => resolve(target(name), gatineau, TODAY).programme))
      .toEqual(['ca-on/birth-registration', 'ca-on/birth-certificate', 'ca-qc/health-card', 'ca-qc/family-allowance', 'ca/sin']);
  });

  it('British Columbia enrols a child only through the health number of the parent who gave birth', () => {
    const vancouver = facts({ placeOfEvent: 'ca-bc', residence: 'ca-bc' });
    expect(resolve(target('health-card'), vancouver, TODAY)).toMatchObject({ how: 'hand-over', reason: 'parent-not-covered' });
    expect(resolve(target('health-card'), { ...vancouver, people: [{ ...vancouver.people[0]!, hasHealthNumber: true }] }, TODAY).how).toBe('deliver');
  });

  it('nobody sends child benefits from Nunavut, and everybody else does', () => {
    for (const placeOfEvent of PROVINCES_AND_TERRITORIES) {
      const { how, reason } = resolve(target('child-benefits'), facts({ placeOfEvent, residence: placeOfEvent }), TODAY);
      expect([placeOfEvent, how, reason]).toEqual(placeOfEvent === 'ca-nu' ? ['ca-nu', 'hand-over', 'child-benefits-not-automated'] : [placeOfEvent, 'deliver', undefined]);
    }
  });

  it('an Ontario hospital gives out the health number; one across the river does not', () => {
    expect(resolve(target('health-card'), facts(), TODAY)).toMatchObject({ programme: 'ca-on/health-card', how: 'hospital' });
    expect(resolve(target('health-card'), facts({ placeOfEvent: 'ca-qc' }), TODAY)).toMatchObject({ programme: 'ca-on/health-card', how: 'hand-over', reason: 'born-in-another-province' });
  });
});

describe('promoters', () => {
  it('have ids of their own, and only those who take referrals are listed', () => {
    expect(new Set(promoters.map((p) => p.id)).size).toBe(promoters.length);
    expect(promotersOn('2026-11-25').map((p) => p.id)).toEqual(['maple-savings', 'northern-lights-credit-union', 'two-rivers-trust']);
    expect(promotersOn('2025-12-31').map((p) => p.id)).toContain('harbour-bank');
    expect(promotersOn('2026-01-01').map((p) => p.id)).not.toContain('harbour-bank');
    for (const p of promoters) expect(p.id).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
  });
});
