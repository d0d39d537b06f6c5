import type { JurisdictionId, ProgrammeId } from '../words.js';

/** Where a fact comes from. `none`: nobody has a source, so the programme is handed over to the jurisdiction's own page. */
export type Source = { readonly title: string; readonly url: string; readonly asOf?: string } | 'none';

/** A public holiday as a rule: a fixed date, the nth weekday of a month (-1: the last), on or before a date, or days from Easter. */
export type HolidayRule = { readonly name: string; readonly statute: string; readonly from?: string; readonly to?: string } & (
  | { readonly rule: 'fixed'; readonly month: number; readonly day: number; readonly observed?: 'next-monday' | 'next-working-day' }
  | { readonly rule: 'nth-weekday'; readonly month: number; readonly weekday: number; readonly nth: number }
  | { readonly rule: 'weekday-before'; readonly month: number; readonly day: number; readonly weekday: number }
  | { readonly rule: 'easter'; readonly offset: number }
);

/** A service standard: after `promisedDays` a target is overdue and chased at `chaseDays`; past `limitDays` it is parked. */
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
  /** Only with these named conditions of contracts/bundles/conditions.ts is it delivered; otherwise handed over by `route`. */
  readonly deliverWhen?: readonly string[];
  readonly from: string;
  readonly to?: string;
  readonly name: { readonly en: string; readonly fr: string };
  readonly standard: Standard;
  /** Where the person goes when it is not delivered, and for questions. */
  readonly route: { readonly en: string; readonly fr: string };
  readonly source: Source;
  readonly transport: 'http';
}

export interface Jurisdiction {
  readonly id: JurisdictionId;
  readonly name: { readonly en: string; readonly fr: string };
  readonly kind: 'federal' | 'province' | 'territory';
  /** IANA zone in which its dates and business days are counted. */
  readonly timeZone: string;
  readonly holidays: readonly HolidayRule[];
  readonly offers: readonly Offer[];
}
