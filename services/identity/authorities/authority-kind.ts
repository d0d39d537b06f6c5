import type { JurisdictionId } from '#contracts/words.js';
import type { IdentityEnquiry, Reply } from './identity-authority.js';

/** A kind of authority: whom it knows, and how it is spoken with. One folder each; pure, with samples beside it. */
export interface AuthorityKind {
  readonly kind: string;
  readonly confirms: readonly JurisdictionId[];
  /** The body of a question: exactly what this kind may be told. */
  toRequest(enquiry: IdentityEnquiry): object;
  /** Total: whatever came back has a meaning. `body` is undefined when it was not JSON. */
  toAnswer(status: number, body: unknown): Reply;
}
