import type { Instant } from '#libs/kernel/clock.js';

/** GC cyber-authentication levels of assurance, weakest first. A token with any other `acr` is refused. */
export const ASSURANCE_LEVELS = ['loa1', 'loa2', 'loa3', 'loa4'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];
const ACR_PREFIX = 'urn:gc-ca:cyber-auth:assurance:';

export const acrOf = (level: AssuranceLevel): string => `${ACR_PREFIX}${level}`;
/** The level's place in the order, −1 for an acr nobody declared. */
export const rankOfAcr = (acr: string): number =>
  acr.startsWith(ACR_PREFIX) ? (ASSURANCE_LEVELS as readonly string[]).indexOf(acr.slice(ACR_PREFIX.length)) : -1;

/** Who is calling, as their sign-in provider vouches for them. */
export interface Principal {
  /** `issuer|sub`, the same person on every visit. Personal: never logged. */
  readonly subject: string;
  readonly issuer: string;
  /** One of `urn:gc-ca:cyber-auth:assurance:loa1` … `loa4`. */
  readonly acr: string;
  readonly roles: readonly string[];
  readonly claims: { readonly givenName?: string; readonly familyName?: string; readonly birthDate?: string; readonly locale?: string };
  readonly expiresAt: Instant;
}
