import { Command } from '@nestjs/cqrs';
import type { Answer } from '../domain/decide.js';
import type { Happening } from '../domain/identity-file.js';

/** Takes what intake said of a case, and what authorities answered about its people. May be repeated. */
export class FollowCase extends Command<void> {
  constructor(readonly caseId: string, readonly happenings: readonly Happening[], readonly answers: readonly Answer[]) {
    super();
  }
}
