import type { NewEvent } from '#contracts/envelope.js';
import { ConfirmationDelayedV1, PersonConfirmedV1, ReviewOpenedV1, ReviewResolvedV1 } from '#contracts/events/index.js';
import type { EvidenceCode, JurisdictionId, ParentId, ReviewDecision } from '#contracts/words.js';
import { DomainError, withKey } from '#libs/kernel/index.js';
import { isOpen, peopleOf, questionIdOf, takeAll, type Finding, type Happening, type IdentityFile, type PersonState } from './identity-file.js';
import { reviewIdOf, type ReviewNote, type ReviewReason } from './review.js';

/** A question without an answer by then was lost with the process that put it: it is put again. Milliseconds. */
export const LOST_AFTER = 20_000;

interface About {
  readonly questionId: string;
  readonly personId: ParentId;
}

/** What came of one question. */
export type Answer =
  | About & { readonly kind: 'found'; readonly authority: JurisdictionId; readonly finding: Finding }
  /** It could not be reached, or said nothing that can be understood; it is asked again in so many milliseconds. */
  | About & { readonly kind: 'unreachable'; readonly authority: JurisdictionId; readonly retryInMs: number }
  /** Put, and not answered yet. */
  | About & { readonly kind: 'pending'; readonly authority: JurisdictionId }
  /** The vault names no such person (any more). */
  | About & { readonly kind: 'gone' };

export interface Followed {
  readonly file: IdentityFile;
  readonly events: readonly NewEvent[];
  readonly notes: readonly ReviewNote[];
}

/** A person about whom nothing is asked and nothing looked at any more. */
const settled = ({ version, attempts, authority, claimsDiffer }: PersonState, status: PersonState['status']): PersonState =>
  ({ status, version, attempts, ...(authority !== undefined && { authority }), ...(claimsDiffer && { claimsDiffer }) });

/** A person after one answer to their question, and the fact it makes, if any. */
const hear = (caseId: string, person: PersonState, answer: Answer, now: number): { readonly person: PersonState; readonly event?: NewEvent } => {
  if (answer.kind === 'gone') return { person: settled(person, 'gone') };
  const { personId, authority } = answer;
  const here = { ...person, authority };
  if (answer.kind === 'pending') return { person: { ...here, due: now + LOST_AFTER } };
  const attempts = person.attempts + 1;
  if (answer.kind === 'unreachable') {
    const later: PersonState = { ...here, attempts, due: now + answer.retryInMs };
    if (person.status === 'review' || person.claimsDiffer || person.delayed) return { person: later };
    return { person: { ...later, delayed: true }, event: ConfirmationDelayedV1(caseId, { personId, authority, attempts }) };
  }
  const { finding } = answer;
  if (finding.resolution === 'FUMA' && !person.claimsDiffer && person.status === 'asking') {
    return { person: { ...settled(here, 'confirmed'), attempts }, event: PersonConfirmedV1(caseId, { personId, authority, resolution: 'FUMA', by: 'authority' }) };
  }
  return { person: { ...settled(here, person.status), attempts, finding, ...(person.review !== undefined && { review: person.review }) } };
};

const reasonFor = ({ claimsDiffer, finding }: PersonState): ReviewReason | undefined =>
  claimsDiffer ? 'claims-differ' : finding?.resolution === 'NOMA' ? 'no-match' : finding ? 'acceptable-match' : undefined;

/** Takes what intake said and what authorities answered. Answers to a question that is no longer put are dropped. */
export const follow = (before: IdentityFile | undefined, caseId: string, happenings: readonly Happening[], answers: readonly Answer[], now: number): Followed | undefined => {
  let file = takeAll(before, caseId, happenings);
  if (!file) return undefined;
  const events: NewEvent[] = [];
  const notes: ReviewNote[] = [];
  const put = (personId: ParentId, person: PersonState): void => {
    file = { ...file!, people: withKey(file!.people, personId, person) };
  };
  for (const answer of answers) {
    const person: PersonState | undefined = file.people[answer.personId];
    if (!person || !isOpen(file, person) || answer.questionId !== questionIdOf(caseId, answer.personId, person.version)) continue;
    const heard = hear(caseId, person, answer, now);
    put(answer.personId, heard.person);
    if (heard.event) events.push(heard.event);
    if (person.review !== undefined && heard.person.finding) notes.push({ kind: 'heard', id: person.review, finding: heard.person.finding });
  }
  for (const [personId, person] of peopleOf(file)) {
    const reason = reasonFor(person);
    if (file.ended || person.status !== 'asking' || reason === undefined || person.authority === undefined) continue;
    const review = reviewIdOf(questionIdOf(caseId, personId, person.version), reason);
    put(personId, { ...person, status: 'review', review });
    events.push(ReviewOpenedV1(caseId, { personId, authority: person.authority, reason }));
    notes.push({ kind: 'opened', id: review, personId, authority: person.authority, reason, ...(person.finding && { finding: person.finding }) });
  }
  // What an amendment or the end of the case overtook needs no decision any more.
  for (const [personId, was] of before && !before.ended ? peopleOf(before) : []) {
    if (was.status === 'review' && was.review !== undefined && (file.ended || file.people[personId]?.review !== was.review)) notes.push({ kind: 'overtaken', id: was.review });
  }
  return { file, events, notes };
};

export interface Judgement {
  readonly reviewId: string;
  readonly personId: ParentId;
  readonly decision: ReviewDecision;
  /** What the reviewer saw; needed to accept. */
  readonly evidence?: EvidenceCode;
  readonly operator: string;
}

/** How a review stands in its own row. */
export interface ReviewOnFile {
  readonly closed: boolean;
  readonly decision?: ReviewDecision;
  readonly evidence?: EvidenceCode;
}

/** Ends a review. The same decision again changes nothing; another one is refused. */
export const judge = (file: IdentityFile | undefined, review: ReviewOnFile | undefined, { reviewId, personId, decision, evidence, operator }: Judgement): Followed | undefined => {
  const person = file?.people[personId];
  if (!file || !review || !person) throw new DomainError('review.unknown', 'there is no such review', 404);
  if (review.closed || person.review !== reviewId || person.status !== 'review') {
    if (review.decision === decision && review.evidence === evidence) return undefined;
    throw new DomainError('review.already-decided', 'this review was decided already, or the report was changed meanwhile', 409);
  }
  if (decision === 'accept' && evidence === undefined) {
    throw new DomainError('review.evidence-missing', 'say what was seen', 422, [{ pointer: '/evidence', code: 'field.required', detail: 'must be given when a person is accepted' }]);
  }
  if (decision === 'accept' && !person.finding) throw new DomainError('review.authority-not-heard', 'the authority has not answered yet: nobody is accepted before it has', 409);
  const { authority, finding } = person;
  const event = decision === 'accept'
    ? PersonConfirmedV1(file.caseId, { personId, authority: authority!, resolution: finding!.resolution, by: 'reviewer' })
    : ReviewResolvedV1(file.caseId, { personId, decision, ...(evidence !== undefined && { evidence }) });
  const next = settled(person, decision === 'accept' ? 'confirmed' : decision === 'refuse' ? 'refused' : 'to-correct');
  return {
    file: { ...file, people: withKey(file.people, personId, next) },
    events: [event],
    notes: [{ kind: 'decided', id: reviewId, decision, ...(evidence !== undefined && { evidence }), operator }],
  };
};
