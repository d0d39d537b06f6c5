import { Injectable } from '@nestjs/common';
import type { VerifiedClaims } from '#contracts/apis/vault.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { compareClaims } from '#contracts/notifications/names.js';
import { newReference, uuidv7, type Instant } from '#libs/kernel/index.js';
import { UnitOfWork } from '#libs/persistence/index.js';
import type { Report } from './domain/accept.js';
import { Fingerprints } from './domain/keys.js';

/** Who tells: a person signed in, or (an agent) somebody beside the parent. */
export interface Teller {
  readonly subject: string;
  readonly agent: boolean;
  readonly claims: VerifiedClaims;
}

/** Makes of what was told a report as it is decided upon, with its ids and fingerprints. */
@Injectable()
export class Reports {
  constructor(private readonly fingerprints: Fingerprints, private readonly unitOfWork: UnitOfWork) {}

  /** `key` tells this teller's reports apart. */
  of(notification: BirthNotification, { subject, agent, claims }: Teller, key: string, now: Instant): Report {
    const notifier = notification.parents.find((p) => p.id === notification.notifier)!;
    return {
      caseId: this.unitOfWork.newCaseId(now), reference: newReference(), partyId: uuidv7(now), reviewId: uuidv7(now),
      subject: this.fingerprints.of('subject', subject), role: agent ? 'agent' : 'notifier',
      claimsDiffer: !agent && compareClaims(claims, notifier) === 'differ',
      idempotency: this.fingerprints.of('idempotency', subject, key), fingerprint: this.fingerprints.body(notification),
      keys: this.fingerprints.event(notification), notification,
    };
  }
}
