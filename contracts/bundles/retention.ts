import type { LifeEvent } from '../words.js';

export interface Retention {
  /** Calendar days after the last thing that happened to a settled case until what the person told is destroyed. */
  readonly days: number;
  readonly source: { readonly title: string; readonly url: string };
}

/** How long the vault keeps what was told, per life event. Consent records and access lines, which name no one, outlive it as proof. */
export const retention: Partial<Readonly<Record<LifeEvent, Retention>>> = {
  birth: {
    days: 731,
    source: { title: 'Privacy Regulations, SOR/83-508, s. 4(1)(a): at least two years after the last administrative use', url: 'https://laws-lois.justice.gc.ca/eng/regulations/SOR-83-508/' },
  },
};
