import { findFieldFault, findProblem, PROBLEMS } from '#contracts/texts/problems.js';
import { inLanguage } from '#contracts/texts/localised.js';
import type { Language } from '#contracts/words.js';
import type { DomainError, FieldFault } from '#libs/kernel/domain-error.js';

/** RFC 9457. Nothing of what the caller sent is in it but the pointers. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  /** `urn:uuid:` and the request's id, also in X-Request-Id and on the log line. */
  readonly instance: string;
  readonly errors?: readonly FieldFault[];
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Renders a refusal in the caller's language. A code without a text of its own shows its safe English sentence in both. */
export const toProblem = (error: Pick<DomainError, 'code' | 'message' | 'status' | 'faults'>, requestId: string, language: Language): Problem => {
  const { code } = error;
  const text = findProblem(code);
  const title = text ? inLanguage(text.title, language) : error.message;
  const detail = text?.detail ? inLanguage(text.detail, language)
    : text && language === 'en-CA' && error.message !== title ? error.message
    : undefined;
  return {
    type: `urn:problem:${code}`,
    title,
    status: text?.status ?? error.status,
    ...(detail !== undefined && { detail }),
    code,
    instance: `urn:uuid:${requestId}`,
    ...(error.faults.length > 0 && { errors: error.faults.map((fault) => inWords(fault, language)) }),
  };
};

const inWords = ({ pointer, code, detail }: FieldFault, language: Language): FieldFault => {
  const text = findFieldFault(code);
  return { pointer, code, detail: text ? inLanguage(text, language) : detail };
};

export const internalProblem = (requestId: string, language: Language): Problem =>
  toProblem({ code: 'internal', message: '', status: PROBLEMS.internal.status, faults: [] }, requestId, language);
