import type { IdentityAnswerable } from '#contracts/apis/vault.js';
import type { JurisdictionId } from '#contracts/words.js';
import type { Finding } from '../domain/identity-file.js';

/** What leaves for one authority: who is meant, and the id under which a repetition is known again. */
export type IdentityEnquiry = IdentityAnswerable & { readonly authority: JurisdictionId };

/** What came back. Nothing but a finding confirms anybody: a refusal, silence and nonsense are all `unreachable`. */
export type Reply =
  | { readonly kind: 'found'; readonly finding: Finding }
  | { readonly kind: 'unreachable'; readonly retryAfterMs?: number };

/** Whoever knows a person: vital statistics of the province or territory of birth, IRCC for people born abroad. */
export abstract class IdentityAuthority {
  /** Puts one question, once. May reject or hang: the caller bounds it and asks again under the same id. */
  abstract confirm(enquiry: IdentityEnquiry, signal: AbortSignal): Promise<Reply>;
}
