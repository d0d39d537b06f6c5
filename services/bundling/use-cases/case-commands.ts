import { Command } from '@nestjs/cqrs';
import type { LifeEvent, ParentId } from '#contracts/words.js';
import type { IdentityState } from '../domain/case-state.js';
import type { Answer, ConsentAnswer, Happening } from '../domain/decide.js';

/** The case was opened: resolve its bundle. */
export class PlanCase extends Command<void> {
  constructor(readonly caseId: string, readonly lifeEvent: LifeEvent, readonly notifier: ParentId, readonly held: boolean, readonly acceptedAt: number) {
    super();
  }
}

/** Something happened to a planned case; every reaction, page and timer meets here. */
export abstract class CaseCommand extends Command<void> {
  abstract readonly caseId: string;
  abstract happening(): Happening;
}

export class NoteIdentity extends CaseCommand {
  constructor(readonly caseId: string, readonly personId: ParentId, readonly identity: IdentityState) {
    super();
  }
  happening(): Happening {
    return { kind: 'identity', personId: this.personId, identity: this.identity };
  }
}

export class NoteConsent extends CaseCommand {
  constructor(readonly caseId: string, readonly decisions: readonly ConsentAnswer[]) {
    super();
  }
  happening(): Happening {
    return { kind: 'consent', decisions: this.decisions };
  }
}

export class RecordAnswers extends CaseCommand {
  constructor(readonly caseId: string, readonly answers: readonly Answer[]) {
    super();
  }
  happening(): Happening {
    return { kind: 'answers', answers: this.answers };
  }
}

export class TellAmendment extends CaseCommand {
  constructor(readonly caseId: string, readonly targets: readonly string[]) {
    super();
  }
  happening(): Happening {
    return { kind: 'amended', targets: this.targets };
  }
}

export class RecallCase extends CaseCommand {
  constructor(readonly caseId: string) {
    super();
  }
  happening(): Happening {
    return { kind: 'cancelled' };
  }
}

export class ReleaseHold extends CaseCommand {
  constructor(readonly caseId: string, readonly decision: 'distinct' | 'same-event') {
    super();
  }
  happening(): Happening {
    return { kind: 'duplicate', decision: this.decision };
  }
}

/** Time has passed: mark what is overdue, chase, end what was never signed, park what is past its limit. */
export class TickCase extends CaseCommand {
  constructor(readonly caseId: string) {
    super();
  }
  happening(): Happening {
    return { kind: 'tick' };
  }
}

export class RetryTarget extends CaseCommand {
  constructor(readonly caseId: string, readonly target: string, readonly operator: string) {
    super();
  }
  happening(): Happening {
    return { kind: 'retry', target: this.target };
  }
}

/** An operator settles what cannot move by itself; a late genuine answer overrules it. */
export class SettleByHand extends CaseCommand {
  constructor(
    readonly caseId: string, readonly target: string, readonly operator: string, readonly status: 'completed' | 'failed-permanent' | 'handed-over', readonly reason: string,
  ) {
    super();
  }
  happening(): Happening {
    return { kind: 'settle-by-hand', target: this.target, status: this.status };
  }
}

export const caseCommands = [NoteIdentity, NoteConsent, RecordAnswers, TellAmendment, RecallCase, ReleaseHold, TickCase, RetryTarget, SettleByHand] as const;
