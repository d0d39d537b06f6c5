import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { NewEvent } from '#contracts/envelope.js';
import type { ConsentDecision, Stated } from '#contracts/apis/vault.js';
import { ConsentDecidedV1 } from '#contracts/events/index.js';
import { DomainError, type Decision } from '#libs/kernel/index.js';
import { UnitOfWork, type Slice, type Unit } from '#libs/persistence/index.js';
import { withActs, type CaseFile } from '../domain/case-file.js';
import { newDecisions } from '../domain/consent.js';
import { CaseFileStore } from '../store/case-file-store.js';

/** Records what a signatory decided now. What already stands is not recorded again. */
export class DecideConsent extends Command<void> {
  constructor(readonly caseId: string, readonly by: Stated, readonly decisions: readonly ConsentDecision[]) {
    super();
  }
}

export const decideConsent = ({ by, decisions }: DecideConsent, file: CaseFile | undefined, now: number): Decision<CaseFile, void, NewEvent> => {
  if (!file?.declaration) throw new DomainError('case.not-found', 'There is no such case.', 404);
  const fresh = newDecisions(file.declaration, file.acts, by, decisions, now);
  if (fresh.length === 0) return { reply: undefined };
  return {
    state: withActs(file, [...file.acts, { seq: file.acts.length + 1, at: now, by, decisions: fresh }]),
    events: [ConsentDecidedV1(file.caseId, { decisions: fresh.map(({ target, decision }) => ({ target, personId: by.personId, decision })) })],
    reply: undefined,
  };
};

@Injectable()
export class DecideConsentSlice implements Slice<DecideConsent, CaseFile, void>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore) {}

  onModuleInit(): void {
    this.unitOfWork.register(DecideConsent, this);
  }

  key(command: DecideConsent): string {
    return command.caseId;
  }

  caseOf(command: DecideConsent): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly DecideConsent[]): Promise<Map<string, CaseFile>> {
    return new Map(await this.files.load(unit, commands.map((c) => c.caseId)));
  }

  decide(command: DecideConsent, file: CaseFile | undefined, now: number): Decision<CaseFile, void, NewEvent> {
    return decideConsent(command, file, now);
  }

  save(unit: Unit, changed: ReadonlyMap<string, CaseFile>): void {
    for (const [caseId, file] of changed) this.files.keepActs(unit, caseId, file.acts);
  }
}

@CommandHandler(DecideConsent)
export class DecideConsentHandler implements ICommandHandler<DecideConsent> {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async execute(command: DecideConsent): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}
