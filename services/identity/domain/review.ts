import type { EvidenceCode, JurisdictionId, ParentId, ReviewDecision } from '#contracts/words.js';
import { uuidv5 } from '#libs/kernel/index.js';
import type { Finding } from './identity-file.js';

export type ReviewReason = 'acceptable-match' | 'no-match' | 'claims-differ';

/** What happens to the row of a review, which exists from the moment a person must look. */
export type ReviewNote =
  | { readonly kind: 'opened'; readonly id: string; readonly personId: ParentId; readonly authority: JurisdictionId; readonly reason: ReviewReason; readonly finding?: Finding }
  /** The authority's words came after the review was opened. */
  | { readonly kind: 'heard'; readonly id: string; readonly finding: Finding }
  | { readonly kind: 'decided'; readonly id: string; readonly decision: ReviewDecision; readonly evidence?: EvidenceCode; readonly operator: string }
  /** The report was amended or the case ended: nothing is left to decide. */
  | { readonly kind: 'overtaken'; readonly id: string };

export const reviewIdOf = (questionId: string, reason: ReviewReason): string => uuidv5(questionId, reason);
