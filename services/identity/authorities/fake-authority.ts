import type { Finding } from '../domain/identity-file.js';
import { IdentityAuthority, type IdentityEnquiry, type Reply } from './identity-authority.js';

const SAME = { givenNames: 'SAME', familyName: 'SAME', birthDate: 'SAME', birthPlace: 'SAME' } as const;
export const FULL_MATCH: Finding = { resolution: 'FUMA', score: 100, fields: SAME };

/** Answers in process, as told; everybody is a full match when not told otherwise. */
export class FakeAuthority extends IdentityAuthority {
  /** Every question put, in order, repetitions included. */
  readonly asked: IdentityEnquiry[] = [];

  constructor(public answer: (enquiry: IdentityEnquiry, signal: AbortSignal) => Reply | Promise<Reply> = () => ({ kind: 'found', finding: FULL_MATCH })) {
    super();
  }

  async confirm(enquiry: IdentityEnquiry, signal: AbortSignal): Promise<Reply> {
    this.asked.push(enquiry);
    return this.answer(enquiry, signal);
  }
}
