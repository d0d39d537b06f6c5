import type { BirthNotification } from '#contracts/notifications/birth.js';
import type { ParentId, PartyRole } from '#contracts/words.js';
import { CaseOpenedV1 } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { DomainError, type Decision } from '#libs/kernel/index.js';
import type { EventKeys } from './keys.js';

/** A case on file, as far as recognising it again needs. */
export interface CaseFile {
  readonly caseId: string;
  readonly reference: string;
  readonly openedAt: number;
  /** Every report that led here, by its idempotency key: the one that opened the case, those that joined it or told it again. */
  readonly requests: readonly { readonly idempotency: string; readonly fingerprint: string }[];
  readonly keys: EventKeys;
  readonly cancelled: boolean;
  /** Fingerprints of the people already party to it. */
  readonly subjects: readonly string[];
}

/** Everything a report brings with it; ids are made at the edge, so that deciding stays pure. */
export interface Report {
  readonly caseId: string;
  readonly reference: string;
  readonly partyId: string;
  readonly reviewId: string;
  readonly subject: string;
  readonly role: Exclude<PartyRole, 'signatory'>;
  readonly claimsDiffer: boolean;
  readonly idempotency: string;
  readonly fingerprint: string;
  readonly keys: EventKeys;
  readonly notification: BirthNotification;
}

/** What the caller is told once it is stored. */
export interface Accepted {
  readonly caseId: string;
  readonly reference: string;
}

export type Reception =
  | { readonly kind: 'opened'; readonly reference: string; readonly caseId: string; readonly suspect?: string }
  /** The same request again, or (`newKey`) the same person telling the same event under another key: the same answer. */
  | { readonly kind: 'known'; readonly reference: string; readonly caseId: string; readonly newKey?: true }
  /** Another person tells the event of this case. */
  | { readonly kind: 'told-before'; readonly caseId: string };

/** Opens a case for a report, or recognises it. `suspectedOf` forces a case of its own that a reviewer compares with that one. */
export const accept = (report: Report, onFile: readonly CaseFile[], now: number, suspectedOf?: string): Decision<readonly CaseFile[], Reception, NewEvent> => {
  const { idempotency, fingerprint } = report;
  const repeated = onFile.find((f) => f.requests.some((r) => r.idempotency === idempotency));
  if (repeated) {
    if (!repeated.requests.some((r) => r.idempotency === idempotency && r.fingerprint === fingerprint)) throw new DomainError('idempotency.body-differs', 'this Idempotency-Key was used with another body; use a new key for a new report', 422);
    return { reply: { kind: 'known', reference: repeated.reference, caseId: repeated.caseId } };
  }
  const live = onFile.filter((f) => !f.cancelled);
  const same = live.filter((f) => f.keys.natural === report.keys.natural);
  const mine = same.find((f) => f.subjects.includes(report.subject));
  if (mine) {
    return {
      state: onFile.map((f) => (f === mine ? { ...f, requests: [...f.requests, { idempotency, fingerprint }] } : f)),
      reply: { kind: 'known', reference: mine.reference, caseId: mine.caseId, newKey: true },
    };
  }
  if (same[0] && suspectedOf === undefined) return { reply: { kind: 'told-before', caseId: same[0].caseId } };
  const suspect = suspectedOf ?? live.find((f) => f.keys.near.some((near, i) => near === report.keys.near[i]))?.caseId;
  const file: CaseFile = {
    caseId: report.caseId, reference: report.reference, openedAt: now, requests: [{ idempotency, fingerprint }],
    keys: report.keys, cancelled: false, subjects: [report.subject],
  };
  const person: ParentId = report.notification.notifier;
  return {
    state: [...onFile, file],
    events: [CaseOpenedV1(report.caseId, {
      lifeEvent: 'birth', notifier: person, parties: [{ partyId: report.partyId, personId: person, role: report.role }],
      ...(suspect !== undefined && { held: true }), ...(report.claimsDiffer && { claimsDiffer: true }),
    })],
    reply: { kind: 'opened', reference: report.reference, caseId: report.caseId, ...(suspect !== undefined && { suspect }) },
  };
};
