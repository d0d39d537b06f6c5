import type { LocalisedText } from '../texts/localised.js';

/** A company that opens Registered Education Savings Plans and answers referrals. These are invented; the real list is the federal government's. */
export interface Promoter {
  readonly id: string;
  readonly name: LocalisedText;
  readonly from: string;
  /** The first day it no longer takes referrals. */
  readonly to?: string;
}

/** Ended and added, never edited: a referral under way keeps the promoter it named. */
export const promoters: readonly Promoter[] = [
  { id: 'maple-savings', name: { en: 'Maple Education Savings', fr: 'Épargne-études L’Érable' }, from: '2024-01-01' },
  { id: 'northern-lights-credit-union', name: { en: 'Northern Lights Credit Union', fr: 'Caisse Aurores boréales' }, from: '2024-01-01' },
  { id: 'two-rivers-trust', name: { en: 'Two Rivers Trust', fr: 'Fiducie Deux-Rivières' }, from: '2024-01-01' },
  { id: 'harbour-bank', name: { en: 'Harbour Bank', fr: 'Banque du Havre' }, from: '2024-01-01', to: '2026-01-01' },
];

/** Those who take referrals on a day (ISO date). */
export const promotersOn = (date: string): readonly Promoter[] => promoters.filter((p) => p.from <= date && (p.to === undefined || date < p.to));
