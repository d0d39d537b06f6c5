import type { HolidayRule, Observed } from './jurisdiction.js';

/** July 1 and, when that is a Sunday, July 2: a legal holiday throughout Canada. */
const HOLIDAYS_ACT = 'Holidays Act, R.S.C. 1985, c. H-5';

type Day = Omit<Extract<HolidayRule, { rule: 'fixed' }>, 'statute'> | Omit<Extract<HolidayRule, { rule: 'nth-weekday' }>, 'statute'>
  | Omit<Extract<HolidayRule, { rule: 'weekday-before' }>, 'statute'> | Omit<Extract<HolidayRule, { rule: 'easter' }>, 'statute'>;

const MONDAY = 1;

/** When the holidays that several jurisdictions keep fall. Who keeps which, and by which statute, stands with each jurisdiction. */
const DAYS = {
  'new-year': { name: 'New Year’s Day', rule: 'fixed', month: 1, day: 1 },
  'february-monday': { name: 'Family Day', rule: 'nth-weekday', month: 2, weekday: MONDAY, nth: 3 },
  'good-friday': { name: 'Good Friday', rule: 'easter', offset: -2 },
  'easter-monday': { name: 'Easter Monday', rule: 'easter', offset: 1 },
  victoria: { name: 'Victoria Day', rule: 'weekday-before', month: 5, day: 25, weekday: MONDAY },
  'indigenous-peoples': { name: 'National Indigenous Peoples Day', rule: 'fixed', month: 6, day: 21 },
  canada: { name: 'Canada Day', rule: 'fixed', month: 7, day: 1, observed: 'monday-if-sunday' },
  'august-monday': { name: 'Civic Holiday', rule: 'nth-weekday', month: 8, weekday: MONDAY, nth: 1 },
  labour: { name: 'Labour Day', rule: 'nth-weekday', month: 9, weekday: MONDAY, nth: 1 },
  reconciliation: { name: 'National Day for Truth and Reconciliation', rule: 'fixed', month: 9, day: 30 },
  thanksgiving: { name: 'Thanksgiving Day', rule: 'nth-weekday', month: 10, weekday: MONDAY, nth: 2 },
  remembrance: { name: 'Remembrance Day', rule: 'fixed', month: 11, day: 11 },
  christmas: { name: 'Christmas Day', rule: 'fixed', month: 12, day: 25 },
  boxing: { name: 'Boxing Day', rule: 'fixed', month: 12, day: 26 },
} as const satisfies Record<string, Day>;

export type KeptDay = keyof typeof DAYS;

/** The holidays a statute makes, as rules. `called`: the jurisdiction's own name of the day. */
export const keeps = (statute: string, days: readonly KeptDay[], also: { readonly observed?: Observed; readonly from?: string; readonly called?: string } = {}): HolidayRule[] =>
  days.map((day): HolidayRule => {
    const { observed, from, called } = also;
    const rule: Day = DAYS[day];
    const moved = rule.rule === 'fixed' && observed !== undefined ? { ...rule, observed } : rule;
    const law = day === 'canada' && observed === undefined ? `${statute}; ${HOLIDAYS_ACT}, s. 2` : statute;
    return { ...moved, ...(called !== undefined && { name: called }), ...(from !== undefined && { from }), statute: law };
  });

/** Days no statute of the province names, and yet holidays there: made for all of Canada. */
export const KEPT_THROUGHOUT_CANADA: readonly HolidayRule[] = [
  ...keeps(`${HOLIDAYS_ACT}, s. 4`, ['victoria']),
  ...keeps('Proclamation of 31 January 1957: the second Monday in October, a day of general thanksgiving', ['thanksgiving']),
];
