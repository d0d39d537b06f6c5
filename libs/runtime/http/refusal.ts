import { PROBLEMS, type ProblemCode } from '#contracts/texts/problems.js';
import { DomainError, type FieldFault } from '#libs/kernel/domain-error.js';

/** The refusal of that code, with the status and English title of contracts/texts/problems.ts. */
export const refusal = (code: ProblemCode, faults: readonly FieldFault[] = []): DomainError =>
  new DomainError(code, PROBLEMS[code].title.en, PROBLEMS[code].status, faults);
