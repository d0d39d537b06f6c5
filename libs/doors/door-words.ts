import { DomainError, Poison, type FieldFault } from '#libs/kernel/index.js';
import type { Question } from './door.js';

/** Bodies at a door are of this type and nowhere else; whatever comes back without it did not come from a door. */
export const DOOR_TYPE = 'application/vnd.tell-us-once.door+json';

/** What the service behind a door said: its answer, or why it refuses. Anything it says otherwise is a failure. */
export type Said =
  | { readonly answer?: unknown }
  | { readonly refused: { readonly code: string; readonly message: string; readonly status: number; readonly faults: readonly FieldFault[] } }
  | { readonly poison: { readonly reason: string; readonly message: string } };

/** An answer as it travels. */
export const pack = ({ answers }: Question, answer: unknown): Said =>
  answers === 'nothing' ? {} : { answer: answers === 'map' ? [...(answer as ReadonlyMap<unknown, unknown>)] : answer };

/** A refusal as it travels, with the status it deserves; undefined for a failure, which says nothing of itself. */
export const packRefusal = (error: unknown): { readonly status: number; readonly said: Said } | undefined => {
  if (error instanceof DomainError) {
    const { code, message, status, faults } = error;
    return { status, said: { refused: { code, message, status, faults } } };
  }
  return error instanceof Poison ? { status: 422, said: { poison: { reason: error.reason, message: error.message } } } : undefined;
};

/** The answer, or the refusal thrown as the service behind the door threw it. */
export const unpack = ({ answers }: Question, said: Said): unknown => {
  if ('refused' in said) throw new DomainError(said.refused.code, said.refused.message, said.refused.status, said.refused.faults);
  if ('poison' in said) throw new Poison(said.poison.reason, said.poison.message);
  if (answers === 'nothing') return undefined;
  const answer = 'answer' in said ? said.answer : undefined;
  return answers === 'map' ? new Map(answer as readonly (readonly [unknown, unknown])[]) : answer;
};

/** Answers to the parts of one list, put together. */
export const together = ({ answers }: Question, parts: readonly unknown[]): unknown => {
  if (answers === 'nothing') return undefined;
  return answers === 'map' ? new Map((parts as readonly ReadonlyMap<unknown, unknown>[]).flatMap((part) => [...part])) : (parts as readonly (readonly unknown[])[]).flat();
};

/** Items of a part, at most. */
const ITEMS = 64;
/** Bytes of a body, at most; a single declaration is 64 KiB at most. */
export const LONGEST_BODY = 2 * 1024 * 1024;
const PART_BYTES = 1024 * 1024;

/** The bodies of one asking: a list in parts that a door takes, in order; none for an empty list. */
export const bodiesOf = ({ asks }: Question, args: readonly unknown[]): readonly string[] => {
  if (asks === 'whole') return [JSON.stringify(args)];
  const bodies: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (part.length > 0) bodies.push(`[[${part.join(',')}]]`);
    [part, bytes] = [[], 0];
  };
  for (const item of args[0] as readonly unknown[]) {
    const text = JSON.stringify(item);
    const size = Buffer.byteLength(text);
    if (part.length === ITEMS || bytes + size > PART_BYTES) close();
    part.push(text);
    bytes += size;
  }
  close();
  return bodies;
};
