import type { VerifiedClaims } from '#contracts/apis/vault.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { compareClaims } from '#contracts/notifications/names.js';
import { newReference, uuidv7, type Instant } from '#libs/kernel/index.js';
import type { Report } from './domain/accept.js';
import type { Fingerprints } from './domain/keys.js';

/** Who tells: a person signed in, or (an agent) somebody beside the parent. */
export interface Teller {
  readonly subject: string;
  readonly agent: boolean;
  readonly claims: VerifiedClaims;
}

/** A report as it is decided upon: the edge makes its ids and fingerprints. `key` tells this teller's reports apart. */
export const reportOf = (notification: BirthNotification, { subject, agent, claims }: Teller, key: string, now: Instant, fingerprints: Fingerprints): Report => {
  const notifier = notification.parents.find((p) => p.id === notification.notifier)!;
  return {
    caseId: uuidv7(now), reference: newReference(), partyId: uuidv7(now), reviewId: uuidv7(now),
    subject: fingerprints.of('subject', subject), role: agent ? 'agent' : 'notifier',
    claimsDiffer: !agent && compareClaims(claims, notifier) === 'differ',
    idempotency: fingerprints.of('idempotency', subject, key), fingerprint: fingerprints.body(notification),
    keys: fingerprints.event(notification), notification,
  };
};
