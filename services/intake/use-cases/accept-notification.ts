import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Vault, type VerifiedClaims } from '#contracts/apis/vault.js';
import type { NewEvent } from '#contracts/envelope.js';
import type { Decision } from '#libs/kernel/index.js';
import { UnitOfWork, type Slice, type Unit } from '#libs/persistence/index.js';
import { accept, type Accepted, type CaseFile, type Reception, type Report } from '../domain/accept.js';
import { CaseFileStore } from '../store/case-file-store.js';
import { JoinByReport, JoinSlice } from './join-case.js';

/** Take a report: keep it, open its case or recognise it, and answer with the case's reference. */
export class AcceptNotification extends Command<Accepted> {
  constructor(readonly report: Report, readonly claims: VerifiedClaims) {
    super();
  }
}

/** The list form of it; `suspectedOf` opens a case of its own beside the one it may repeat. */
export class OpenCase extends Command<Reception> {
  constructor(readonly report: Report, readonly suspectedOf?: string) {
    super();
  }
}

@Injectable()
export class OpenCaseSlice implements Slice<OpenCase, readonly CaseFile[], Reception>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore, private readonly vault: Vault) {}

  onModuleInit(): void {
    this.unitOfWork.register(OpenCase, this);
  }

  /** One picture for the whole list: a report sees the cases opened just before it in the same list. */
  key(): string {
    return 'files';
  }

  caseOf(): undefined {
    return undefined;
  }

  alsoLock({ report }: OpenCase): readonly string[] {
    return [report.idempotency, report.keys.natural, ...report.keys.near];
  }

  async load(unit: Unit, commands: readonly OpenCase[]): Promise<Map<string, readonly CaseFile[]>> {
    const reports = commands.map((c) => c.report);
    // Where every report is taken for new there is no answer to wait for: all leaves at once, after the sealing.
    const [files] = await Promise.all([this.files.recognise(unit, reports), unit.assumes ? undefined : this.prepare(unit, reports)]);
    return new Map([['files', files]]);
  }

  decide(command: OpenCase, onFile: readonly CaseFile[] | undefined, now: number): Decision<readonly CaseFile[], Reception, NewEvent> {
    return accept(command.report, onFile ?? [], now, command.suspectedOf);
  }

  async save(unit: Unit, _changed: unknown, decided: readonly { readonly command: OpenCase; readonly reply: Reception }[]): Promise<void> {
    const opened = decided.filter(({ reply, command }) => reply.kind === 'opened' && reply.caseId === command.report.caseId);
    const reports = opened.map(({ command }) => command.report);
    const deposit = (): Promise<void> => unit.within(() => this.vault.deposit(reports.map((r) => ({
      caseId: r.caseId, version: 1, declaration: r.notification, decisions: r.notification.decisions,
      by: { partyId: r.partyId, personId: r.notification.notifier, capacity: r.role === 'agent' ? 'assisted' : 'self' },
    }))));
    // Between processes the vault commits before this unit writes anything: a transaction that has written hides from every reader of the log what others state while it
    // waits. What the vault then keeps without a case is destroyed after a day. On one database what is written leaves first, and the vault seals meanwhile.
    if (this.vault.commitsFirst) await deposit();
    this.files.insertCases(unit, reports);
    this.files.insertRepeats(unit, decided.flatMap(({ command: { report }, reply }) => (reply.kind === 'known' && reply.newKey ? [{ caseId: reply.caseId, report }] : [])));
    this.files.insertReviews(unit, opened.flatMap(({ command: { report }, reply }) =>
      reply.kind === 'opened' && reply.suspect !== undefined ? [{ id: report.reviewId, caseId: report.caseId, suspect: reply.suspect, openedAt: unit.now }] : []));
    if (!this.vault.commitsFirst) await deposit();
  }

  /** While the database takes the locks and looks for reports told before, which are few, the vault seals them all. */
  private async prepare(unit: Unit, reports: readonly Report[]): Promise<void> {
    await nextTurn(); // what is asked leaves first
    unit.within(() => this.vault.prepare(reports.map(({ caseId, notification: declaration }) => ({ caseId, declaration }))));
  }
}

@CommandHandler(AcceptNotification)
export class AcceptNotificationHandler implements ICommandHandler<AcceptNotification> {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly vault: Vault, private readonly joining: JoinSlice) {}

  async execute({ report, claims }: AcceptNotification): Promise<Accepted> {
    const reception = await this.unitOfWork.execute<Reception>(new OpenCase(report));
    if (reception.kind !== 'told-before') return reception;
    // Somebody else told this event. Who is proven to be its other parent joins; anyone else learns nothing and gets a case
    // of their own, which a reviewer compares.
    const join = new JoinByReport(reception.caseId, report, claims, this.vault.commitsFirst);
    if (join.decided) await this.joining.decideFirst(join);
    const joined = await this.unitOfWork.execute<Accepted | undefined>(join);
    if (joined) return joined;
    const own = await this.unitOfWork.execute<Reception>(new OpenCase(report, reception.caseId));
    return { caseId: own.caseId, reference: own.kind === 'told-before' ? report.reference : own.reference };
  }
}
