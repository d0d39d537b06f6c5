import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { targetOf } from '#contracts/bundles/index.js';
import { Vault, type VerifiedClaims } from '#contracts/apis/vault.js';
import { PartyJoinedV1 } from '#contracts/events/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import type { ParentId } from '#contracts/words.js';
import { DomainError, type Decision } from '#libs/kernel/index.js';
import { Database, UnitOfWork, type Slice, type Unit } from '#libs/persistence/index.js';
import type { Accepted, Report } from '../domain/accept.js';
import { CaseFileStore } from '../store/case-file-store.js';

/** The other parent reports the event of this case. Answers undefined when the sign-in proves no parent named there. */
export class JoinByReport extends Command<Accepted | undefined> {
  /** `decided`: the vault, which commits first, has recorded their decisions. */
  constructor(readonly caseId: string, readonly report: Report, readonly claims: VerifiedClaims, readonly decided = false) {
    super();
  }
}

/** A person accepts an invitation, signed in as themselves. */
export class AcceptInvitation extends Command<Accepted> {
  constructor(readonly code: string, readonly caseId: string, readonly partyId: string, readonly subject: string, readonly claims: VerifiedClaims) {
    super();
  }
}

type Join = JoinByReport | AcceptInvitation;
interface Invitation { readonly personId: ParentId; readonly expiresAt: number; readonly acceptedBy: string | undefined }
interface Loaded {
  readonly reference: string;
  readonly cancelled: boolean;
  /** Who may decide what only the parent who gave birth decides. */
  readonly gaveBirth: ParentId | undefined;
  readonly parties: readonly { readonly partyId: string; readonly subject: string; readonly role: string; readonly personId: ParentId | undefined }[];
  readonly invitations: ReadonlyMap<string, Invitation>;
  /** The declared parents the sign-in's claims fit. */
  readonly fits: ReadonlyMap<Join, readonly ParentId[]>;
  readonly claims: ReadonlyMap<Join, 'match' | 'differ' | 'none'>;
  readonly joined: readonly { readonly partyId: string; readonly subject: string; readonly personId: ParentId; readonly code?: string }[];
}

@Injectable()
export class JoinSlice implements Slice<Join, Loaded, Accepted | undefined>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly files: CaseFileStore, private readonly vault: Vault) {}

  onModuleInit(): void {
    this.unitOfWork.register<Join, Loaded, Accepted | undefined>(JoinByReport, this);
    this.unitOfWork.register<Join, Loaded, Accepted | undefined>(AcceptInvitation, this);
  }

  key(command: Join): string {
    return command.caseId;
  }

  caseOf(command: Join): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly Join[]): Promise<Map<string, Loaded>> {
    const ids = [`{${[...new Set(commands.map((c) => c.caseId))].join(',')}}`];
    const files = await unit.tx.rows<{ case_id: string; reference: string; cancelled: string | null }>('select case_id, reference, cancelled from intake.case_file where case_id = any($1::uuid[])', ids);
    const parties = await unit.tx.rows<{ case_id: string; party_id: string; subject: string; role: string; person_id: ParentId | null }>('select * from intake.party where case_id = any($1::uuid[])', ids);
    const invitations = await unit.tx.rows<{ code: string; case_id: string; person_id: ParentId; expires_at: string; accepted_by: string | null }>('select * from intake.invitation where case_id = any($1::uuid[])', ids);
    const facts = commands.some((c) => c instanceof JoinByReport) ? await unit.within(() => this.vault.planningFacts(files.map((f) => f.case_id))) : undefined;
    const loaded = new Map<string, Loaded>();
    for (const file of files) {
      const fits = new Map<Join, readonly ParentId[]>();
      const claims = new Map<Join, 'match' | 'differ' | 'none'>();
      const invited = new Map(invitations.filter((i) => i.case_id === file.case_id).map((i) => [i.code.replaceAll('-', ''), { personId: i.person_id, expiresAt: Number(i.expires_at), acceptedBy: i.accepted_by ?? undefined }]));
      for (const command of commands.filter((c) => c.caseId === file.case_id)) {
        if (command instanceof JoinByReport) fits.set(command, await unit.within(() => this.vault.whoIs(file.case_id, command.claims)));
        else {
          const invitation = invited.get(command.code);
          if (invitation) claims.set(command, (await unit.within(() => this.vault.people([{ caseId: file.case_id, personId: invitation.personId, claims: command.claims }])))[0]!.claims);
        }
      }
      loaded.set(file.case_id, {
        reference: file.reference, cancelled: file.cancelled !== null, gaveBirth: facts?.get(file.case_id)?.people.find((p) => p.roles.includes('gave-birth'))?.personId, invitations: invited, fits, claims, joined: [],
        parties: parties.filter((p) => p.case_id === file.case_id).map((p) => ({ partyId: p.party_id, subject: p.subject.replaceAll('-', ''), role: p.role, personId: p.person_id ?? undefined })),
      });
    }
    return loaded;
  }

  decide(command: Join, loaded: Loaded | undefined, now: number): Decision<Loaded, Accepted | undefined, NewEvent> {
    if (!loaded) throw new DomainError('case.not-found', 'there is no such case', 404);
    const answer = { caseId: command.caseId, reference: loaded.reference };
    return command instanceof JoinByReport ? this.byReport(command, loaded, answer) : this.byInvitation(command, loaded, answer, now);
  }

  async save(unit: Unit, changed: ReadonlyMap<string, Loaded>, decided: readonly { readonly command: Join; readonly reply: Accepted | undefined }[]): Promise<void> {
    for (const [caseId, { joined, gaveBirth }] of changed) {
      this.files.insertParties(unit, joined.map((j) => ({ caseId, partyId: j.partyId, subject: j.subject, role: 'signatory', personId: j.personId, joinedAt: unit.now })));
      for (const { code, partyId } of joined) if (code !== undefined) unit.tx.write('update intake.invitation set accepted_by = $2 where code = $1', [code, partyId]);
      for (const { command } of decided) {
        if (!(command instanceof JoinByReport) || command.caseId !== caseId) continue;
        const joiner = joined.find((j) => j.partyId === command.report.partyId);
        if (joiner) this.files.insertRepeats(unit, [{ caseId, report: command.report }]);
        if (!command.decided) await unit.within(() => this.recordDecisions(command, { joined, gaveBirth }));
      }
    }
  }

  /**
   * Records the joiner's decisions before they join, where the vault commits first: it states them on the log, whose lock joining holds.
   * Nothing is told on the strength of them until they have joined and their identity is confirmed; repeating the report completes it.
   */
  async decideFirst(command: JoinByReport): Promise<void> {
    const loaded = await this.unitOfWork.read((unit) => this.load(unit, [command]));
    const { state } = this.decide(command, loaded.get(command.caseId), 0);
    if (state) await this.recordDecisions(command, state);
  }

  /** The decisions in the second report are the joiner's own: those for targets they sign in this case stand. */
  private async recordDecisions({ caseId, report }: JoinByReport, { joined, gaveBirth }: Pick<Loaded, 'joined' | 'gaveBirth'>): Promise<void> {
    const joiner = joined.find((j) => j.partyId === report.partyId);
    const theirs = joiner && joiner.personId === gaveBirth ? report.notification.decisions.filter((d) => targetOf('birth', d.target)?.signatory === 'birth-giver') : [];
    if (joiner && theirs.length > 0) await this.vault.decide(caseId, { partyId: joiner.partyId, personId: joiner.personId, capacity: 'self' }, theirs);
  }

  private byReport(command: JoinByReport, loaded: Loaded, answer: Accepted): Decision<Loaded, Accepted | undefined, NewEvent> {
    const { report } = command;
    if (loaded.parties.some((p) => p.subject === report.subject)) return { reply: answer };
    const taken = new Set(loaded.parties.filter((p) => p.role !== 'agent').map((p) => p.personId));
    const [personId] = (loaded.fits.get(command) ?? []).filter((p) => !taken.has(p));
    if (personId === undefined || report.role === 'agent' || loaded.cancelled) return { reply: undefined };
    return this.joins(loaded, { partyId: report.partyId, subject: report.subject, personId }, command.caseId, false, answer);
  }

  private byInvitation(command: AcceptInvitation, loaded: Loaded, answer: Accepted, now: number): Decision<Loaded, Accepted | undefined, NewEvent> {
    const invitation = loaded.invitations.get(command.code);
    if (!invitation || invitation.expiresAt <= now) throw new DomainError('invitation.unknown', 'this invitation is not known or has expired; ask for a new one', 404);
    const already = loaded.parties.find((p) => p.subject === command.subject);
    if (already) {
      if (already.personId === invitation.personId) return { reply: answer };
      throw new DomainError('invitation.own', 'you are already part of this case', 409);
    }
    if (invitation.acceptedBy !== undefined) throw new DomainError('invitation.used', 'this invitation was accepted already', 409);
    return this.joins(loaded, { partyId: command.partyId, subject: command.subject, personId: invitation.personId, code: command.code }, command.caseId, loaded.claims.get(command) === 'differ', answer);
  }

  private joins(loaded: Loaded, who: Loaded['joined'][number], caseId: string, claimsDiffer: boolean, answer: Accepted): Decision<Loaded, Accepted, NewEvent> {
    return {
      state: {
        ...loaded, joined: [...loaded.joined, who], parties: [...loaded.parties, { ...who, role: 'signatory' }],
        invitations: new Map([...loaded.invitations].map(([code, i]) => [code, code === who.code ? { ...i, acceptedBy: who.partyId } : i])),
      },
      events: [PartyJoinedV1(caseId, { partyId: who.partyId, personId: who.personId, role: 'signatory', claimsDiffer })],
      reply: answer,
    };
  }
}

@CommandHandler(AcceptInvitation)
export class AcceptInvitationHandler implements ICommandHandler<AcceptInvitation> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: AcceptInvitation): Promise<Accepted> {
    return this.unitOfWork.execute(command);
  }
}

/** Which case an invitation's code belongs to; the code itself is never stored. */
@Injectable()
export class Invitations {
  constructor(private readonly db: Database) {}

  async caseOf(code: string): Promise<string | undefined> {
    const [row] = await this.db.rows<{ case_id: string }>('select case_id from intake.invitation where code = $1', [code]);
    return row?.case_id;
  }
}
