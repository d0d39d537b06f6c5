import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { NewEvent } from '#contracts/envelope.js';
import type { Decision } from '#libs/kernel/index.js';
import { UnitOfWork, type Slice, type Unit } from '#libs/persistence/index.js';
import { follow, judge, type ReviewOnFile } from '../domain/decide.js';
import type { IdentityFile } from '../domain/identity-file.js';
import type { ReviewNote } from '../domain/review.js';
import { IdentityStore } from '../store/identity-store.js';
import { FollowCase } from './follow-case.js';
import { JudgeReview } from './judge-review.js';

interface Loaded {
  readonly file?: IdentityFile;
  readonly reviews: ReadonlyMap<string, ReviewOnFile>;
  /** What the commands of this list made of reviews. */
  readonly notes: readonly ReviewNote[];
}

@Injectable()
export class IdentitySlice implements Slice<FollowCase | JudgeReview, Loaded, undefined>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly store: IdentityStore) {}

  onModuleInit(): void {
    this.unitOfWork.register<FollowCase | JudgeReview, Loaded, undefined>(FollowCase, this);
    this.unitOfWork.register<FollowCase | JudgeReview, Loaded, undefined>(JudgeReview, this);
  }

  key(command: FollowCase | JudgeReview): string {
    return command.caseId;
  }

  caseOf(command: FollowCase | JudgeReview): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly (FollowCase | JudgeReview)[]): Promise<Map<string, Loaded>> {
    const files = await this.store.files(unit, commands.map((c) => c.caseId));
    const reviews = await this.store.reviews(unit, commands.flatMap((c) => (c instanceof JudgeReview ? [c.judgement.reviewId] : [])));
    return new Map(commands.map(({ caseId }) => {
      const file = files.get(caseId);
      return [caseId, { ...(file && { file }), reviews, notes: [] }];
    }));
  }

  decide(command: FollowCase | JudgeReview, loaded: Loaded | undefined, now: number): Decision<Loaded, undefined, NewEvent> {
    const { file, reviews, notes } = loaded!;
    if (command instanceof FollowCase) {
      const step = follow(file, command.caseId, command.happenings, command.answers, now);
      return step ? { state: { file: step.file, reviews, notes: [...notes, ...step.notes] }, events: step.events, reply: undefined } : { reply: undefined };
    }
    const { reviewId, decision, evidence } = command.judgement;
    const step = judge(file, reviews.get(reviewId), command.judgement);
    if (!step) return { reply: undefined };
    const decided: ReviewOnFile = { closed: true, decision, ...(evidence !== undefined && { evidence }) };
    return { state: { file: step.file, reviews: new Map([...reviews, [reviewId, decided]]), notes: [...notes, ...step.notes] }, events: step.events, reply: undefined };
  }

  save(unit: Unit, changed: ReadonlyMap<string, Loaded>): void {
    this.store.save(unit, [...changed.values()].flatMap(({ file }) => file ?? []));
    this.store.keepNotes(unit, [...changed].flatMap(([caseId, { notes }]) => notes.map((note) => ({ caseId, note }))));
  }
}
