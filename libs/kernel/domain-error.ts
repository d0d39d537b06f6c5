/** One field that is wrong: an RFC 6901 pointer into the body the caller sent, a stable code, and what would be right. */
export interface FieldFault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * A refusal: the caller can mend it. `code` is stable and dotted (`consent.not-signatory`); `message` is safe to show to
 * anyone (no personal data). The edge renders it as RFC 9457 problem+json; `status` is the HTTP status it deserves.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  constructor(
    readonly code: string,
    message: string,
    readonly status = 409,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(message);
  }
}

/** This message can never succeed: the runner parks its case for the group and goes on with the others. */
export class Poison extends Error {
  override readonly name = 'Poison';
  constructor(readonly reason: string, message: string) {
    super(message);
  }
}
