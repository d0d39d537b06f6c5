import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UnitOfWork } from '#libs/persistence/index.js';
import type { Judgement } from '../domain/decide.js';

/** A reviewer ends a review. Repeatable; audited in the review's own row. */
export class JudgeReview extends Command<void> {
  constructor(readonly caseId: string, readonly judgement: Judgement) {
    super();
  }
}

@CommandHandler(JudgeReview)
export class JudgeReviewHandler implements ICommandHandler<JudgeReview> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: JudgeReview): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}
