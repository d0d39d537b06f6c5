import {
  CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, ConfirmationDelayedV1, ConsentDecidedV1, DeliveriesProgressedV2, DuplicateResolvedV1,
  PersonConfirmedV1, ReviewOpenedV1, ReviewResolvedV1, answerInFull,
} from '#contracts/events/index.js';
import { when } from '#libs/event-log/index.js';
import { NoteConsent, NoteIdentity, PlanCase, RecallCase, RecordAnswers, ReleaseHold, TellAmendment } from './use-cases/case-commands.js';

export const reactions = [
  when(CaseOpenedV1, (e) => new PlanCase(e.caseId, e.data.lifeEvent, e.data.notifier, e.data.held === true, e.at)),
  when(DuplicateResolvedV1, (e) => new ReleaseHold(e.caseId, e.data.decision)),
  when(PersonConfirmedV1, (e) => new NoteIdentity(e.caseId, e.data.personId, 'confirmed')),
  when(ConfirmationDelayedV1, (e) => new NoteIdentity(e.caseId, e.data.personId, 'delayed')),
  when(ReviewOpenedV1, (e) => new NoteIdentity(e.caseId, e.data.personId, 'review')),
  when(ReviewResolvedV1, (e) => new NoteIdentity(e.caseId, e.data.personId, e.data.decision === 'refuse' ? 'refused' : e.data.decision === 'accept' ? 'confirmed' : 'to-correct')),
  when(ConsentDecidedV1, (e) => new NoteConsent(e.caseId, e.data.decisions)),
  when(DeliveriesProgressedV2, (e) => new RecordAnswers(e.caseId, e.data.answers.map(answerInFull))),
  when(CaseAmendedV1, (e) => new TellAmendment(e.caseId, e.data.targets)),
  when(CaseCancelledV1, (e) => new RecallCase(e.caseId)),
];
