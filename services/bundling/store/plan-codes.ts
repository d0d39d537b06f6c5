import type { CaseStatus, ParentId, TargetStatus, WaitingOn } from '#contracts/words.js';
import type { CaseState, Correction, IdentityState, TargetState } from '../domain/case-state.js';

/** The numbers words are stored as. Rows of every age are read by them: a number, once given, is never given to another word. */
export interface Code<Word extends string> {
  readonly numbers: Readonly<Record<Word, number>>;
  readonly pack: (word: Word) => number;
  readonly unpack: (number: number) => Word;
}

const code = <Word extends string>(numbers: Readonly<Record<Word, number>>): Code<Word> => {
  const words: (Word | undefined)[] = [];
  for (const word of Object.keys(numbers) as Word[]) words[numbers[word]] = word;
  return {
    numbers,
    pack: (word) => numbers[word],
    unpack: (number) => {
      const word = words[number];
      if (word === undefined) throw new RangeError(`a stored plan holds ${number}, which stands for no word`);
      return word;
    },
  };
};

export const caseStatus = code<CaseStatus>({
  submitted: 1, 'identity-pending': 2, 'in-progress': 3, completed: 4, 'partially-completed': 5, 'not-completed': 6, 'nothing-to-tell': 7, 'identity-not-confirmed': 8, cancelled: 9, superseded: 10,
});
export const targetStatus = code<TargetStatus>({
  'waiting-identity': 1, 'consent-required': 2, 'waiting-dependency': 3, 'waiting-confirmation': 4, queued: 5, sent: 6, acknowledged: 7, 'in-progress': 8, 'action-required': 9, 'failed-retryable': 10,
  parked: 11, completed: 12, 'already-known': 13, 'handed-over': 14, rejected: 15, 'failed-permanent': 16, 'consent-withheld': 17, 'not-selected': 18, 'not-applicable': 19, recalled: 20, revoked: 21,
});
export const consent = code<TargetState['consent']>({ 'not-needed': 1, awaited: 2, granted: 3, refused: 4, withdrawn: 5, expired: 6, 'not-asked': 7 });
export const waitingOn = code<WaitingOn>({
  'identity-authority': 1, reviewer: 2, notifier: 3, 'other-parent': 4, you: 5, jurisdiction: 6, 'another-target': 7, 'agency-answer': 8, operator: 9, us: 10,
});
export const identity = code<IdentityState>({ asked: 1, delayed: 2, review: 3, 'to-correct': 4, confirmed: 5, refused: 6 });
export const correction = code<Correction['kind']>({ amend: 1, recall: 2, stop: 3 });
export const ended = code<NonNullable<CaseState['ended']>>({ cancelled: 1, superseded: 2 });
export const parent = code<ParentId>({ 'parent-1': 1, 'parent-2': 2, 'parent-3': 3, 'parent-4': 4 });
/** In the order of their numbers: what is known of each stands in its place. */
export const PARENTS = (Object.keys(parent.numbers) as ParentId[]).sort((a, b) => parent.numbers[a] - parent.numbers[b]);

/** A target as rows have it: what must follow is one word there, and an amendment one of them unless another goes before it. */
export type StoredTarget = Omit<TargetState, 'pending'> & { readonly pending: Correction['kind'] | undefined };
export const asStored = (t: TargetState): StoredTarget => (t.stale && t.pending === undefined ? { ...t, pending: 'amend', stale: undefined } : t);
export const fromStored = (t: StoredTarget): TargetState => (t.pending === 'amend' ? { ...t, pending: undefined, stale: true } : (t as TargetState));

/** Outcomes and reasons that come often; any other is stored as it is written. */
export const often = code({
  registered: 1, issued: 2, 'pre-assigned': 3, 'hospital-does-it': 4, 'comes-by-itself': 5, 'not-offered-there': 6, 'not-asked-for': 7, 'refused-by-signatory': 8, 'identity-unreachable': 9,
  'in-review': 10, 'identity-not-confirmed': 11, 'dependency-handed-over': 12, 'dependency-failed': 13, 'born-in-another-province': 14, 'no-promoter-chosen': 15, 'yours-to-apply-for': 16,
});
const isOften = (word: string): word is keyof typeof often.numbers => Object.hasOwn(often.numbers, word);
export const word = {
  pack: (said: string): number | string => (isOften(said) ? often.pack(said) : said),
  unpack: (packed: number | string): string => (typeof packed === 'number' ? often.unpack(packed) : packed),
};
