import type { FieldMatch, JurisdictionId, ParentId, Resolution } from '#contracts/words.js';
import { uuidv5, withKey } from '#libs/kernel/index.js';

/** The fields an authority speaks of, each with one PCIM word. */
export const CONFIRMED_FIELDS = ['givenNames', 'familyName', 'birthDate', 'birthPlace'] as const;
export type FieldWords = Readonly<Record<(typeof CONFIRMED_FIELDS)[number], FieldMatch>>;

/** What an authority said of a person: words and a score from 0 to 100, never a value. */
export interface Finding {
  readonly resolution: Resolution;
  readonly score: number;
  readonly fields: FieldWords;
}

/** `held`: nobody is asked before a possible duplicate is decided · `gone`: the declaration no longer names this person. */
export type PersonStatus = 'held' | 'asking' | 'review' | 'to-correct' | 'confirmed' | 'refused' | 'gone';

export interface PersonState {
  readonly status: PersonStatus;
  /** The version of the declaration that is, or was, asked about. */
  readonly version: number;
  readonly attempts: number;
  readonly authority?: JurisdictionId;
  /** When the authority is asked again, unless it answers before. */
  readonly due?: number;
  /** The delay was stated; further failures are silent. */
  readonly delayed?: true;
  /** Whoever signed in as this person showed other claims: only a reviewer confirms them. */
  readonly claimsDiffer?: true;
  readonly review?: string;
  /** Kept while a reviewer may need it. */
  readonly finding?: Finding;
}

/** What identity knows of a case. */
export interface IdentityFile {
  readonly caseId: string;
  /** The newest version of the declaration. */
  readonly version: number;
  readonly held?: true;
  /** Cancelled or told before: nobody is asked any more. */
  readonly ended?: true;
  readonly people: Readonly<Partial<Record<ParentId, PersonState>>>;
}

/** What intake says of a case, as far as it concerns who the people are. */
export type Happening =
  | { readonly kind: 'opened'; readonly notifier: ParentId; readonly held: boolean; readonly claimsDiffer: boolean }
  | { readonly kind: 'joined'; readonly personId: ParentId; readonly claimsDiffer: boolean }
  | { readonly kind: 'amended'; readonly version: number }
  | { readonly kind: 'duplicate'; readonly decision: 'distinct' | 'same-event' }
  | { readonly kind: 'cancelled' };

export const peopleOf = (file: IdentityFile): readonly (readonly [ParentId, PersonState])[] => Object.entries(file.people) as [ParentId, PersonState][];

/** One question per person and version of the declaration, however often it is put: the authority sees a repetition. */
export const questionIdOf = (caseId: string, personId: ParentId, version: number): string => uuidv5(caseId, `identity/${personId}/${version}`);

/** An answer is still wanted: nobody knows yet, or the reviewer has no words to look at. */
export const isOpen = (file: IdentityFile, person: PersonState): boolean =>
  file.ended === undefined && (person.status === 'asking' || (person.status === 'review' && person.finding === undefined));

const mapPeople = (file: IdentityFile, change: (person: PersonState) => PersonState): IdentityFile['people'] =>
  Object.fromEntries(peopleOf(file).map(([personId, person]) => [personId, change(person)]));

const asked = (file: IdentityFile, claimsDiffer: boolean): PersonState =>
  ({ status: file.held ? 'held' : 'asking', version: file.version, attempts: 0, ...(claimsDiffer && { claimsDiffer }) });

const join = (file: IdentityFile, personId: ParentId, claimsDiffer: boolean): IdentityFile => {
  const known = file.people[personId];
  const put = (person: PersonState): IdentityFile => ({ ...file, people: withKey(file.people, personId, person) });
  if (!known) return put(asked(file, claimsDiffer));
  if (!claimsDiffer || known.claimsDiffer || known.status === 'refused') return file;
  return known.status === 'confirmed' ? put(asked(file, true)) : put({ ...known, claimsDiffer });
};

/** Takes note of what intake said; the same word twice changes nothing the second time. Whoever is `asking` without `due` is to be asked now. */
export const take = (file: IdentityFile | undefined, caseId: string, happening: Happening): IdentityFile => {
  if (happening.kind === 'opened') {
    if (file) return file;
    const fresh: IdentityFile = { caseId, version: 1, people: {}, ...(happening.held && { held: true }) };
    return { ...fresh, people: withKey(fresh.people, happening.notifier, asked(fresh, happening.claimsDiffer)) };
  }
  const before = file ?? { caseId, version: 1, people: {} };
  if (before.ended) return before;
  switch (happening.kind) {
    case 'joined': return join(before, happening.personId, happening.claimsDiffer);
    case 'amended': {
      const { version } = happening;
      if (version <= before.version) return before;
      return {
        ...before, version,
        people: mapPeople(before, (p) => (['confirmed', 'refused'].includes(p.status) ? p : asked({ ...before, version }, p.claimsDiffer === true))),
      };
    }
    case 'duplicate': {
      if (happening.decision === 'same-event') return { ...before, ended: true };
      const free: IdentityFile = { caseId, version: before.version, people: {} };
      return { ...free, people: mapPeople(before, (p) => (p.status === 'held' ? asked(free, p.claimsDiffer === true) : p)) };
    }
    case 'cancelled': return { ...before, ended: true };
  }
};

export const takeAll = (file: IdentityFile | undefined, caseId: string, happenings: readonly Happening[]): IdentityFile | undefined =>
  happenings.reduce<IdentityFile | undefined>((f, happening) => take(f, caseId, happening), file);

export interface Question {
  readonly questionId: string;
  readonly caseId: string;
  readonly personId: ParentId;
  /** How often it was put before. */
  readonly attempts: number;
}

/** Whom to ask about now: whoever was never asked, and whoever is due again. */
export const questionsDue = (file: IdentityFile | undefined, now: number): readonly Question[] =>
  file === undefined ? [] : peopleOf(file).flatMap(([personId, person]) =>
    isOpen(file, person) && (person.due ?? 0) <= now
      ? [{ questionId: questionIdOf(file.caseId, personId, person.version), caseId: file.caseId, personId, attempts: person.attempts }]
      : []);

/** The earliest instant at which somebody of this case is asked again. */
export const nextDue = (file: IdentityFile): number | undefined => {
  const due = peopleOf(file).flatMap(([, person]) => (isOpen(file, person) ? [person.due ?? 0] : []));
  return due.length > 0 ? Math.min(...due) : undefined;
};
