import type { JurisdictionId } from '../words.js';
import { jurisdictions } from './index.js';
import type { HolidayRule } from './jurisdiction.js';

const DAY = 86_400_000;
const MINUTE = 60_000;
const [SUNDAY, SATURDAY] = [0, 6];

/** Days since 1970-01-01, as a calendar on the wall counts them. */
type DayNumber = number;

const dayNumber = (year: number, month: number, day: number): DayNumber => Date.UTC(year, month - 1, day) / DAY;
/** Day 0 was a Thursday. */
const weekdayOf = (day: DayNumber): number => (((day + 4) % 7) + 7) % 7;
/** Written once a day: what is in force today is asked for every delivery. */
const written = new Map<DayNumber, string>();
const isoOf = (day: DayNumber): string => {
  let iso = written.get(day);
  if (iso === undefined) written.set(day, (iso = new Date(day * DAY).toISOString().slice(0, 10)));
  return iso;
};
const yearOf = (day: DayNumber): number => new Date(day * DAY).getUTCFullYear();

/** A year's offsets from UTC in a zone: each holds from its instant on. Asked of Intl once a zone and year, then read from here. */
type Offsets = readonly { readonly since: number; readonly offset: number }[];

const formatters = new Map<string, Intl.DateTimeFormat>();
const askOffset = (zone: string, at: number): number => {
  let formatter = formatters.get(zone);
  if (!formatter) formatters.set(zone, (formatter = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })));
  const part = new Map(formatter.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.get('year')!, part.get('month')! - 1, part.get('day'), part.get('hour'), part.get('minute'));
  return wall - Math.floor(at / MINUTE) * MINUTE;
};

/** No clock of Canada changes twice within it. */
const FORTNIGHT = 14 * DAY;
const offsetsOf = (zone: string, year: number): Offsets => {
  const found: { since: number; offset: number }[] = [{ since: Date.UTC(year, 0, 1), offset: askOffset(zone, Date.UTC(year, 0, 1)) }];
  for (let day = Date.UTC(year, 0, 1) + FORTNIGHT; day < Date.UTC(year + 1, 0, 1) + FORTNIGHT; day += FORTNIGHT) {
    const offset = askOffset(zone, day);
    if (offset === found.at(-1)!.offset) continue;
    let [before, after] = [day - FORTNIGHT, day];
    while (after - before > MINUTE) {
      const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE;
      if (askOffset(zone, middle) === offset) after = middle;
      else before = middle;
    }
    found.push({ since: after, offset });
  }
  return found;
};

const YEAR = 365.2425 * DAY;
const known = new Map<string, Map<number, Offsets>>();
const offsetAt = (zone: string, at: number): number => {
  let years = known.get(zone);
  if (!years) known.set(zone, (years = new Map<number, Offsets>()));
  // A guess by the mean year is off by at most a day at its ends, where the neighbour's table would say the same.
  const year = 1970 + Math.floor(at / YEAR);
  let offsets = years.get(year);
  if (!offsets) years.set(year, (offsets = offsetsOf(zone, year)));
  for (let i = offsets.length - 1; i > 0; i--) if (at >= offsets[i]!.since) return offsets[i]!.offset;
  return offsets[0]!.offset;
};

const dayIn = (zone: string, at: number): DayNumber => Math.floor((at + offsetAt(zone, at)) / DAY);
/** The last millisecond of a day there. Canadian clocks never change at midnight, so it exists once. */
const endOf = (zone: string, day: DayNumber): number => {
  const wall = (day + 1) * DAY - 1;
  return wall - offsetAt(zone, wall - offsetAt(zone, wall));
};

/** Easter Sunday in the Gregorian calendar (Meeus, Jones, Butcher). */
const easter = (year: number): DayNumber => {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const n = h + l - 7 * Math.floor((a + 11 * h + 22 * l) / 451) + 114;
  return dayNumber(year, Math.floor(n / 31), (n % 31) + 1);
};

const fallsOn = (rule: HolidayRule, year: number): DayNumber => {
  switch (rule.rule) {
    case 'fixed': return dayNumber(year, rule.month, rule.day);
    case 'nth-weekday': {
      const first = dayNumber(year, rule.month, 1);
      return first + ((rule.weekday - weekdayOf(first) + 7) % 7) + (rule.nth - 1) * 7;
    }
    case 'weekday-before': {
      const eve = dayNumber(year, rule.month, rule.day) - 1;
      return eve - ((weekdayOf(eve) - rule.weekday + 7) % 7);
    }
    case 'easter': return easter(year) + rule.offset;
  }
};

const isWeekend = (day: DayNumber): boolean => weekdayOf(day) === SUNDAY || weekdayOf(day) === SATURDAY;

/** Moved days stay in their year: those that move lie in its first days or well before its last. */
const kept = (rules: readonly HolidayRule[], year: number): ReadonlyMap<DayNumber, string> => {
  const days = new Map<DayNumber, string>();
  const inForce = rules.map((rule) => ({ rule, day: fallsOn(rule, year) }))
    .filter(({ rule, day }) => (rule.from === undefined || rule.from <= isoOf(day)) && (rule.to === undefined || isoOf(day) < rule.to));
  for (const { rule, day } of inForce) days.set(day, rule.name);
  // Moved days come last, so that none lands on a holiday that stays where it is.
  for (const { rule, day } of inForce) {
    if (rule.rule !== 'fixed' || rule.observed === undefined || !isWeekend(day)) continue;
    if (rule.observed === 'monday-if-sunday' && weekdayOf(day) !== SUNDAY) continue;
    let moved = day + 1;
    while (isWeekend(moved) || days.has(moved)) moved++;
    days.set(moved, rule.name);
  }
  return days;
};

/** Which days an owner works, kept once asked: due dates are counted thousands of times a second over the same few weeks. */
const workdays = new Map<JurisdictionId, Map<DayNumber, boolean>>();
const isWorkday = (owner: JurisdictionId, day: DayNumber): boolean => {
  let days = workdays.get(owner);
  if (!days) workdays.set(owner, (days = new Map<DayNumber, boolean>()));
  let works = days.get(day);
  if (works === undefined) days.set(day, (works = !isWeekend(day) && !kept(jurisdictions[owner].holidays, yearOf(day)).has(day)));
  return works;
};

/** The date on the wall there, YYYY-MM-DD. */
export const isoDateIn = (jurisdiction: JurisdictionId, now: number): string => isoOf(dayIn(jurisdictions[jurisdiction].timeZone, now));

/** The public holidays a jurisdiction keeps in a year, as dates with their names, in order. */
export const holidaysOf = (jurisdiction: JurisdictionId, year: number): readonly { readonly date: string; readonly name: string }[] =>
  [...kept(jurisdictions[jurisdiction].holidays, year)].sort(([a], [b]) => a - b).map(([day, name]) => ({ date: isoOf(day), name }));

/**
 * The instant by which something is due: the last millisecond of the day that lies `days` days after `from`, in the owner's time
 * zone, so that whoever shows it shows the day itself. The day of `from` counts as 0. Business days leave out Saturdays, Sundays
 * and the owner's statutory holidays; a day on which only some offices close counts, so that we ask a day early rather than late.
 */
export const dueAt = (owner: JurisdictionId, unit: 'business' | 'calendar', days: number, from: number): number => {
  const { timeZone } = jurisdictions[owner];
  let day = dayIn(timeZone, from);
  if (unit === 'calendar') return endOf(timeZone, day + days);
  for (let left = days; left > 0;) {
    day++;
    if (isWorkday(owner, day)) left--;
  }
  return endOf(timeZone, day);
};
