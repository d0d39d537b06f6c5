import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JURISDICTIONS, type JurisdictionId } from '../words.js';
import { dueAt, holidaysOf, isoDateIn } from './calendar.js';
import { jurisdictions } from './index.js';

const datesOf = (id: JurisdictionId, year: number) => holidaysOf(id, year).map((h) => h.date);
const noon = (date: string) => Date.parse(`${date}T17:00:00Z`);
const dueOn = (id: JurisdictionId, unit: 'business' | 'calendar', days: number, from: string) => isoDateIn(id, dueAt(id, unit, days, noon(from)));

describe('public holidays', () => {
  it.each<[JurisdictionId, string[]]>([
    ['ca', ['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-18', '2026-07-01', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25', '2026-12-26', '2026-12-28']],
    ['ca-ab', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-bc', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-08-03', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-mb', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-nb', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-08-03', '2026-09-07', '2026-10-12', '2026-11-11', '2026-12-25', '2026-12-26']],
    ['ca-nl', ['2026-01-01', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-ns', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-nt', ['2026-01-01', '2026-04-03', '2026-05-18', '2026-06-21', '2026-07-01', '2026-08-03', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-nu', ['2026-01-01', '2026-04-03', '2026-05-18', '2026-07-01', '2026-07-09', '2026-08-03', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-on', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-10-12', '2026-12-25', '2026-12-26']],
    ['ca-pe', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-qc', ['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-18', '2026-06-24', '2026-07-01', '2026-09-07', '2026-10-12', '2026-12-25']],
    ['ca-sk', ['2026-01-01', '2026-02-16', '2026-04-03', '2026-05-18', '2026-07-01', '2026-08-03', '2026-09-07', '2026-10-12', '2026-11-11', '2026-12-25']],
    ['ca-yt', ['2026-01-01', '2026-04-03', '2026-05-18', '2026-06-21', '2026-07-01', '2026-08-17', '2026-09-07', '2026-09-30', '2026-10-12', '2026-11-11', '2026-12-25']],
  ])('%s in 2026', (id, dates) => expect(datesOf(id, 2026)).toEqual(dates));

  it('in 2027 Christmas Day and Boxing Day of the federal government fall on a weekend and are kept on Monday and Tuesday', () => {
    expect(datesOf('ca', 2027)).toEqual([
      '2027-01-01', '2027-03-26', '2027-03-29', '2027-05-24', '2027-07-01', '2027-09-06', '2027-09-30', '2027-10-11', '2027-11-11', '2027-12-25', '2027-12-26', '2027-12-27', '2027-12-28',
    ]);
    expect(datesOf('ca-on', 2027)).toEqual(['2027-01-01', '2027-02-15', '2027-03-26', '2027-05-24', '2027-07-01', '2027-09-06', '2027-10-11', '2027-12-25', '2027-12-26']);
  });

  it('Canada Day on a Sunday is kept on Monday everywhere', () => {
    for (const id of JURISDICTIONS) expect([id, datesOf(id, 2029).includes('2029-07-02')]).toEqual([id, true]);
    expect(datesOf('ca-qc', 2029)).toContain('2029-06-24');
    expect(datesOf('ca-qc', 2035)).toEqual(expect.arrayContaining(['2035-06-24', '2035-06-25']));
  });

  it('a new holiday begins with its statute: no Truth and Reconciliation Day before', () => {
    expect(datesOf('ca', 2020)).not.toContain('2020-09-30');
    expect(datesOf('ca-bc', 2022)).not.toContain('2022-09-30');
    expect(datesOf('ca-bc', 2023)).toContain('2023-09-30');
  });

  it('Easter is right for a century of years known by heart', () => {
    const goodFridays = { 1961: '1961-03-31', 2000: '2000-04-21', 2008: '2008-03-21', 2011: '2011-04-22', 2024: '2024-03-29', 2025: '2025-04-18', 2038: '2038-04-23', 2049: '2049-04-16' };
    for (const [year, date] of Object.entries(goodFridays)) expect(datesOf('ca-on', Number(year))).toContain(date);
  });

  it('every rule names its statute', () => {
    for (const id of JURISDICTIONS) for (const rule of jurisdictions[id].holidays) expect([id, rule.name, /Act|Code|CQLR|Proclamation/.test(rule.statute)]).toEqual([id, rule.name, true]);
  });
});

describe('business days', () => {
  it.each<[JurisdictionId, string]>([
    ['ca', '2026-10-14'], ['ca-ab', '2026-10-13'], ['ca-bc', '2026-10-14'], ['ca-mb', '2026-10-14'], ['ca-nb', '2026-10-13'], ['ca-nl', '2026-10-13'], ['ca-ns', '2026-10-13'],
    ['ca-nt', '2026-10-14'], ['ca-nu', '2026-10-14'], ['ca-on', '2026-10-13'], ['ca-pe', '2026-10-14'], ['ca-qc', '2026-10-13'], ['ca-sk', '2026-10-13'], ['ca-yt', '2026-10-14'],
  ])('15 business days of %s from Monday 21 September 2026 end on %s', (id, date) => expect(dueOn(id, 'business', 15, '2026-09-21')).toBe(date));

  it.each<[JurisdictionId, string]>([
    ['ca', '2026-07-13'], ['ca-qc', '2026-07-14'], ['ca-nu', '2026-07-14'], ['ca-on', '2026-07-13'], ['ca-yt', '2026-07-13'],
  ])('15 business days of %s from Friday 19 June 2026 end on %s: Québec keeps its National Holiday, Nunavut its own day', (id, date) => expect(dueOn(id, 'business', 15, '2026-06-19')).toBe(date));

  it('on Remembrance Day the federal government rests and Québec works; on Easter Monday both rest and Ontario works', () => {
    expect([dueOn('ca', 'business', 1, '2026-11-10'), dueOn('ca-qc', 'business', 1, '2026-11-10')]).toEqual(['2026-11-12', '2026-11-11']);
    expect([dueOn('ca', 'business', 1, '2026-04-02'), dueOn('ca-qc', 'business', 1, '2026-04-02'), dueOn('ca-on', 'business', 1, '2026-04-02')]).toEqual(['2026-04-07', '2026-04-07', '2026-04-06']);
  });

  it('over the turn of the year, moved days included', () => {
    expect([dueOn('ca', 'business', 15, '2026-12-21'), dueOn('ca-on', 'business', 15, '2026-12-21')]).toEqual(['2027-01-14', '2027-01-13']);
    expect(dueOn('ca', 'business', 1, '2027-12-24')).toBe('2027-12-29');
    expect(dueOn('ca', 'business', 1, '2027-12-31')).toBe('2028-01-04');
  });

  it('told on a Saturday, Monday is the first day', () => {
    expect(dueOn('ca-on', 'business', 1, '2026-11-21')).toBe('2026-11-23');
    expect(dueOn('ca-on', 'business', 0, '2026-11-21')).toBe('2026-11-21');
  });

  it('ten business days never end on a weekend or holiday, and ten of them lie between', () => {
    fc.assert(fc.property(fc.constantFrom(...JURISDICTIONS), fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2031, 11, 31) }), fc.integer({ min: 1, max: 40 }), (id, from, days) => {
      const end = isoDateIn(id, dueAt(id, 'business', days, from));
      let counted = 0;
      for (let day = Date.parse(isoDateIn(id, from)) + 86_400_000; ; day += 86_400_000) {
        const date = new Date(day).toISOString().slice(0, 10);
        const free = [0, 6].includes(new Date(day).getUTCDay()) || datesOf(id, Number(date.slice(0, 4))).includes(date);
        if (!free) counted++;
        if (date === end) return !free && counted === days;
        if (date > end) return false;
      }
    }), { numRuns: 200 });
  });
});

describe('time zones', () => {
  it('the same instant is two dates: New Year comes first to St. John’s', () => {
    const at = Date.parse('2026-01-01T04:30:00Z');
    expect([isoDateIn('ca-nl', at), isoDateIn('ca-ns', at), isoDateIn('ca-on', at), isoDateIn('ca-bc', at)]).toEqual(['2026-01-01', '2026-01-01', '2025-12-31', '2025-12-31']);
  });

  it('a due day ends at its last millisecond, by summer time or not', () => {
    const from = Date.parse('2026-10-30T12:00:00Z');
    expect(new Date(dueAt('ca-on', 'calendar', 1, from)).toISOString()).toBe('2026-11-01T03:59:59.999Z');
    expect(new Date(dueAt('ca-on', 'calendar', 2, from)).toISOString()).toBe('2026-11-02T04:59:59.999Z');
    expect(new Date(dueAt('ca-sk', 'calendar', 2, from)).toISOString()).toBe('2026-11-02T05:59:59.999Z');
    expect(new Date(dueAt('ca-nl', 'calendar', 130, from)).toISOString()).toBe('2027-03-10T03:29:59.999Z');
    expect(new Date(dueAt('ca-on', 'calendar', 1, Date.parse('2026-03-07T12:00:00Z'))).toISOString()).toBe('2026-03-09T03:59:59.999Z');
  });

  it('dates are those of the zone itself, at any instant', () => {
    const formatters = new Map(JURISDICTIONS.map((id) => [id, new Intl.DateTimeFormat('en-CA', { timeZone: jurisdictions[id].timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })]));
    fc.assert(fc.property(fc.constantFrom(...JURISDICTIONS), fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) }), (id, at) => isoDateIn(id, at) === formatters.get(id)!.format(at)), { numRuns: 3000 });
  });

  it('around every change of the clocks and every turn of the year too', () => {
    for (const id of JURISDICTIONS) {
      const formatter = new Intl.DateTimeFormat('en-CA', { timeZone: jurisdictions[id].timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
      for (const day of ['2026-03-08', '2026-11-01', '2027-01-01', '2027-03-14', '2027-11-07', '2028-01-01', '2029-01-01']) {
        for (let h = -12; h < 36; h++) {
          const at = Date.parse(`${day}T00:00:00Z`) + h * 3_600_000 - 1;
          expect([id, at, isoDateIn(id, at)]).toEqual([id, at, formatter.format(at)]);
        }
      }
    }
  });
});
