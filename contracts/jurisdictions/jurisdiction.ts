import type { ConditionName } from '../bundles/conditions.js';
import type { LocalisedText } from '../texts/localised.js';
import type { ReasonCode } from '../texts/reasons.js';
import type { JurisdictionId, ProgrammeId, TransportName } from '../words.js';

/** Where a fact comes from. `none`: nobody has a source, so the programme is handed over to the jurisdiction's own page. */
export type Source = { readonly title: string; readonly url: string; readonly asOf?: string } | 'none';

/** When a holiday that falls on a weekend is kept, where its statute says so. */
export type Observed = 'monday-if-sunday' | 'next-working-day';

/** A public holiday as a rule: a fixed date, the nth weekday of a month, the last weekday before a date, or days from Easter Sunday. Weekdays count from Sunday, 0. */
export type HolidayRule = { readonly name: string; readonly statute: string; readonly from?: string; readonly to?: string } & (
  | { readonly rule: 'fixed'; readonly month: number; readonly day: number; readonly observed?: Observed }
  | { readonly rule: 'nth-weekday'; readonly month: number; readonly weekday: number; readonly nth: number }
  | { readonly rule: 'weekday-before'; readonly month: number; readonly day: number; readonly weekday: number }
  | { readonly rule: 'easter'; readonly offset: number }
);

/** A service standard: after `promised` days a target is overdue and chased at `chase`; past `limit` it is parked. */
export interface Standard {
  readonly days: 'business' | 'calendar';
  readonly promised: number;
  readonly chase: number;
  readonly limit: number;
}

/** What a jurisdiction offers for one kind of target, from a day to a day. Entries are ended and added, never edited. */
export interface Offer {
  /** The kind of programme, which is also the adapter's folder: `birth-registration`, `sin` … */
  readonly kind: string;
  readonly programme: ProgrammeId;
  /** `deliver`: we tell it · `hand-over`: the person goes there by `route` · `hospital`: the hospital did it · `automatic`: nobody needs to ask. */
  readonly how: 'deliver' | 'hand-over' | 'hospital' | 'automatic';
  /** `how` holds only with all of these; with the first that does not, the programme is handed over for its reason. */
  readonly deliverWhen?: readonly { readonly condition: ConditionName; readonly reason: ReasonCode }[];
  /** Why it is handed over, where that is more than not being offered there. */
  readonly reason?: ReasonCode;
  /** The first day this entry answers for; where no source gives the programme's own, the day the catalogue begins. */
  readonly from: string;
  /** The first day it no longer answers for. */
  readonly to?: string;
  readonly name: LocalisedText;
  /** Absent where the jurisdiction states none. */
  readonly standard?: Standard;
  /** Where the person goes when it is not delivered, and for questions. */
  readonly route: LocalisedText;
  readonly source: Source;
  /** How it is told; a word of deploy's TRANSPORTS overrules it. */
  readonly transport?: TransportName;
  /** How it is told where that transport is not to be had: a topic without a broker. */
  readonly otherwise?: TransportName;
}

/** Entries whose own beginning no source gives answer from this day on; before it the catalogue says nothing. */
export const CATALOGUE_BEGINS = '2024-01-01';

export interface Jurisdiction {
  readonly id: JurisdictionId;
  readonly name: LocalisedText;
  readonly kind: 'federal' | 'province' | 'territory';
  /** IANA zone in which its dates and business days are counted. */
  readonly timeZone: string;
  readonly holidays: readonly HolidayRule[];
  readonly offers: readonly Offer[];
}
