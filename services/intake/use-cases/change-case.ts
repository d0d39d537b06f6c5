import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Vault, type Changes, type Stated } from '#contracts/apis/vault.js';
import { CaseAmendedV1, CaseCancelledV1, DuplicateResolvedV1, PersonConfirmedV1, type DataOf } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import type { AmendmentReason, CancellationReason, EvidenceCode, ParentId } from '#contracts/words.js';
import { DomainError, type Decision } from '#libs/kernel/index.js';
import type { LogTable } from '#libs/event-log/index.js';
import { UnitOfWork, type InsertShape, type Slice, type Unit } from '#libs/persistence/index.js';
import type { EventKeys } from '../domain/keys.js';
import { CaseFileStore } from '../store/case-file-store.js';

const INVITATION_DAYS = 30;
/** A number no event of a case has. */
const NEVER = 2 ** 31 - 1;

export class AmendCase extends Command<{ readonly version: number }> {
  constructor(readonly caseId: string, readonly by: Stated, readonly reason: AmendmentReason, readonly notification: BirthNotification, readonly keys: EventKeys) {
    super();
  }
}

export class CancelCase extends Command<void> {
  constructor(readonly caseId: string, readonly reason: CancellationReason) {
    super();
  }
}

/** Invite a person named in the declaration; `code` is the hash under which the spoken code is found again. */
export class Invite extends Command<{ readonly expiresAt: number }> {
  constructor(readonly caseId: string, readonly personId: ParentId, readonly code: string) {
    super();
  }
}

export class DecideDuplicate extends Command<void> {
  constructor(readonly caseId: string, readonly reviewId: string, readonly decision: 'accept' | 'refuse', readonly evidence: EvidenceCode | undefined, readonly operator: string) {
    super();
  }
}

type Change = AmendCase | CancelCase | Invite | DecideDuplicate;
interface FileState {
  readonly version: number;
  readonly cancelled: string | undefined;
  readonly sibling: string;
  readonly keys?: EventKeys;
  readonly people: readonly ParentId[];
  readonly parties: readonly { readonly personId: ParentId | undefined; readonly role: string }[];
  readonly review: { readonly id: string; readonly decision: string | undefined } | undefined;
  readonly changes: ReadonlyMap<AmendCase, Changes>;
  /** Whom an authority, or a reviewer, has confirmed as they were told. */
  readonly confirmed: ReadonlySet<ParentId>;
}
interface InvitationRow { code: string; caseId: string; personId: string; madeAt: number; expiresAt: number }
const INVITATION: InsertShape<InvitationRow> = { into: 'intake.invitation', columns: { code: 'uuid', caseId: 'uuid', personId: 'text', madeAt: 'bigint', expiresAt: 'bigint' } };

/** What happens to a case on file after it was opened. */
@Injectable()
export class ChangeSlice implements Slice<Change, FileState, unknown>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore, private readonly vault: Vault, private readonly log: LogTable) {}

  onModuleInit(): void {
    for (const command of [AmendCase, CancelCase, Invite, DecideDuplicate]) this.unitOfWork.register<Change, FileState, unknown>(command, this);
  }

  key(command: Change): string {
    return command.caseId;
  }

  caseOf(command: Change): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly Change[]): Promise<Map<string, FileState>> {
    const ids = [`{${[...new Set(commands.map((c) => c.caseId))].join(',')}}`];
    const rows = await unit.tx.rows<{ case_id: string; version: number; cancelled: string | null; sibling: string; review_id: string | null; decision: string | null; parties: { personId: ParentId | null; role: string }[] | null }>(`
      select f.case_id, f.version, f.cancelled, f.sibling, r.id review_id, r.decision,
             (select json_agg(json_build_object('personId', p.person_id, 'role', p.role)) from intake.party p where p.case_id = f.case_id) parties
      from intake.case_file f left join intake.duplicate_review r on r.case_id = f.case_id where f.case_id = any($1::uuid[])`, ids);
    const facts = commands.some((c) => c instanceof Invite) ? await unit.within(() => this.vault.planningFacts(rows.map((r) => r.case_id))) : undefined;
    const state = new Map<string, FileState>();
    for (const row of rows) {
      const changes = new Map<AmendCase, Changes>();
      for (const command of commands) {
        if (!(command instanceof AmendCase) || command.caseId !== row.case_id) continue;
        changes.set(command, (await unit.within(() => this.vault.changes([{ caseId: row.case_id, declaration: command.notification }])))[0]!);
      }
      const confirmed = [...changes.values()].some((c) => c.people.length > 0) ? await this.confirmed(unit, row.case_id) : new Set<ParentId>();
      state.set(row.case_id, {
        version: row.version, cancelled: row.cancelled ?? undefined, sibling: row.sibling.replaceAll('-', ''),
        people: facts?.get(row.case_id)?.people.map((p) => p.personId) ?? [],
        parties: (row.parties ?? []).map((p) => ({ personId: p.personId ?? undefined, role: p.role })),
        review: row.review_id === null ? undefined : { id: row.review_id, decision: row.decision ?? undefined }, changes, confirmed,
      });
    }
    return state;
  }

  decide(command: Change, state: FileState | undefined, now: number): Decision<FileState, unknown, NewEvent> {
    if (!state) throw new DomainError('case.not-found', 'there is no such case', 404);
    if (command instanceof DecideDuplicate) return this.duplicate(command, state);
    if (state.cancelled !== undefined) {
      if (command instanceof CancelCase) return { reply: undefined };
      throw new DomainError('case.cancelled', 'this case was cancelled and can no longer be changed', 409);
    }
    if (command instanceof CancelCase) return { state: { ...state, cancelled: command.reason }, events: [CaseCancelledV1(command.caseId, { reason: command.reason })], reply: undefined };
    if (command instanceof Invite) {
      if (!state.people.includes(command.personId)) throw new DomainError('invitation.person-unknown', 'only a parent named in the report can be invited', 422, [{ pointer: '/person', code: 'invitation.person-unknown', detail: 'must be a parent named in the report' }]);
      if (state.parties.some((p) => p.personId === command.personId && p.role !== 'agent')) throw new DomainError('invitation.already-party', 'this person is already part of the case', 409);
      return { reply: { expiresAt: now + INVITATION_DAYS * 86_400_000 } };
    }
    const changes = state.changes.get(command);
    if (!changes?.any) throw new DomainError('amendment.nothing-changed', 'the corrected report says the same as the one on file', 422);
    const faults = command.notification.parents.flatMap(({ id }, i) => (changes.people.includes(id) && state.confirmed.has(id)
      ? [{ pointer: `/notification/parents/${i}`, code: 'amendment.person-confirmed', detail: 'must keep the names, date and place of birth that were confirmed' }] : []));
    const dropped = changes.people.some((id) => state.confirmed.has(id) && !command.notification.parents.some((p) => p.id === id));
    if (faults.length > 0 || dropped) throw new DomainError('amendment.person-confirmed', 'who was confirmed cannot become somebody else: cancel this case and report again', 422, faults);
    const version = state.version + 1;
    return { state: { ...state, version, keys: command.keys }, events: [CaseAmendedV1(command.caseId, { version, reason: command.reason, targets: changes.targets })], reply: { version } };
  }

  async save(unit: Unit, changed: ReadonlyMap<string, FileState>, decided: readonly { readonly command: Change; readonly reply: unknown }[]): Promise<void> {
    const amended = decided.flatMap(({ command, reply }) =>
      (command instanceof AmendCase ? [{ caseId: command.caseId, version: (reply as { version: number }).version, declaration: command.notification, by: command.by, decisions: [] }] : []));
    await unit.within(() => this.vault.deposit(amended));
    for (const [caseId, state] of changed) {
      if (state.keys) this.files.amended(unit, caseId, state.version, state.keys);
      if (state.cancelled !== undefined) unit.tx.write('update intake.case_file set cancelled = $2 where case_id = $1', [caseId, state.cancelled]);
    }
    unit.tx.insertMany(INVITATION, decided.flatMap(({ command, reply }): InvitationRow[] =>
      command instanceof Invite ? [{ code: command.code, caseId: command.caseId, personId: command.personId, madeAt: unit.now, expiresAt: (reply as { expiresAt: number }).expiresAt }] : []));
    for (const { command } of decided) {
      if (command instanceof DecideDuplicate) {
        unit.tx.write('update intake.duplicate_review set decided_at = $2, decision = $3, evidence = $4, operator = $5 where id = $1 and decided_at is null', [command.reviewId, unit.now, command.decision, command.evidence ?? null, command.operator]);
        if (command.decision === 'refuse') unit.tx.write(`update intake.case_file set cancelled = 'duplicate' where case_id = $1`, [command.caseId]);
      }
    }
  }

  /** Under the case's lock: a confirmation cannot come between. */
  private async confirmed(unit: Unit, caseId: string): Promise<ReadonlySet<ParentId>> {
    const events = await this.log.between(unit, [{ caseId, after: 0, before: NEVER }]);
    return new Set(events.filter((e) => e.type === PersonConfirmedV1.type).map((e) => (e.data as DataOf<typeof PersonConfirmedV1>).personId));
  }

  private duplicate(command: DecideDuplicate, state: FileState): Decision<FileState, unknown, NewEvent> {
    if (state.review?.id !== command.reviewId) throw new DomainError('review.unknown', 'there is no such review', 404);
    if (state.review.decision !== undefined) {
      if (state.review.decision === command.decision) return { reply: undefined };
      throw new DomainError('review.already-decided', 'this review was decided already', 409);
    }
    return {
      state: { ...state, review: { ...state.review, decision: command.decision } },
      events: [DuplicateResolvedV1(command.caseId, { decision: command.decision === 'accept' ? 'distinct' : 'same-event' })],
      reply: undefined,
    };
  }
}

@CommandHandler(AmendCase)
export class AmendCaseHandler implements ICommandHandler<AmendCase> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: AmendCase): Promise<{ readonly version: number }> {
    return this.unitOfWork.execute(command);
  }
}

@CommandHandler(CancelCase)
export class CancelCaseHandler implements ICommandHandler<CancelCase> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: CancelCase): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}

@CommandHandler(Invite)
export class InviteHandler implements ICommandHandler<Invite> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: Invite): Promise<{ readonly expiresAt: number }> {
    return this.unitOfWork.execute(command);
  }
}

@CommandHandler(DecideDuplicate)
export class DecideDuplicateHandler implements ICommandHandler<DecideDuplicate> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: DecideDuplicate): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}
