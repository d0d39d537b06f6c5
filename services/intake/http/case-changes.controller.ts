import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { Cases, type Standing } from '#contracts/apis/cases.js';
import { Clock, DomainError, crockford, toIso, uuidv7, type FieldFault } from '#libs/kernel/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, MinAcr, type Principal } from '#libs/runtime/index.js';
import { faultsOf } from '../domain/check-birth.js';
import { Fingerprints } from '../domain/keys.js';
import type { Accepted } from '../domain/accept.js';
import { AmendCase, CancelCase, Invite } from '../use-cases/change-case.js';
import { AcceptInvitation, Invitations } from '../use-cases/join-case.js';
import { AcceptedDto, AmendedDto, AmendmentRequest, CancellationRequest, InvitationDto, InvitationRequest } from './intake.dto.js';

const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/;

@ApiTags('citizens')
@Controller()
@MinAcr('loa2')
export class CaseChangesController {
  constructor(private readonly bus: CommandBus, private readonly cases: Cases, private readonly fingerprints: Fingerprints, private readonly invitations: Invitations, private readonly clock: Clock) {}

  @Post('cases/:reference/invitations')
  @ApiOperation({ summary: 'Invite the other parent', description: 'Makes a code for one named person, good for 30 days. It is shown once.' })
  @ApiResponse({ status: 201, type: InvitationDto })
  async invite(@Param('reference') reference: string, @Body() { person }: InvitationRequest, @CurrentPrincipal() principal: Principal): Promise<InvitationDto> {
    const { caseId } = await this.standing(reference, principal);
    const code = crockford(16);
    const { expiresAt } = await this.bus.execute<Invite, { expiresAt: number }>(new Invite(caseId, person, this.fingerprints.of('invitation', code)));
    return { code: code.replaceAll(/(.{4})(?=.)/g, '$1-'), expiresAt: toIso(expiresAt) };
  }

  @Post('invitations/:code/acceptance')
  @HttpCode(200)
  @ApiOperation({ summary: 'Join a case by invitation', description: 'Signed in as the person who was invited.' })
  @ApiResponse({ status: 200, type: AcceptedDto })
  async accept(@Param('code') written: string, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<AcceptedDto> {
    const code = written.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
    const hash = this.fingerprints.of('invitation', code);
    const caseId = CODE.test(code) ? await this.invitations.caseOf(hash) : undefined;
    if (caseId === undefined) throw new DomainError('invitation.unknown', 'this invitation is not known or has expired; ask for a new one', 404);
    const joined = await this.bus.execute<AcceptInvitation, Accepted>(new AcceptInvitation(hash, caseId, uuidv7(this.clock.now()), this.fingerprints.of('subject', principal.subject), principal.claims));
    const location = `/v1/cases/${joined.reference}`;
    void reply.header('location', location);
    return { reference: joined.reference, location };
  }

  @Post('cases/:reference/amendments')
  @HttpCode(202)
  @ApiOperation({ summary: 'Correct what was told', description: 'Everyone told receives an amendment where a field shared with them changed.' })
  @ApiResponse({ status: 202, type: AmendedDto })
  async amend(@Param('reference') reference: string, @Body() { reason, notification }: AmendmentRequest, @CurrentPrincipal() principal: Principal): Promise<AmendedDto> {
    const standing = await this.standing(reference, principal, 'amend');
    const faults: FieldFault[] = faultsOf(notification, this.clock.now()).map((f) => ({ ...f, pointer: `/notification${f.pointer}` }));
    if (notification.decisions.length > 0) faults.push({ pointer: '/notification/decisions', code: 'decision.not-here', detail: 'must be empty; decisions are changed at /v1/cases/{reference}/consents/{target}' });
    if (standing.personId !== undefined && notification.notifier !== standing.personId) faults.push({ pointer: '/notification/notifier', code: 'notifier.changed', detail: 'must stay the person who reported' });
    if (faults.length > 0) throw new DomainError('request.invalid', 'some of what you sent must be corrected', 400, faults);
    return this.bus.execute<AmendCase, { version: number }>(new AmendCase(
      standing.caseId, { partyId: standing.partyId, personId: notification.notifier, capacity: standing.role === 'agent' ? 'assisted' : 'self' }, reason, notification, this.fingerprints.event(notification),
    ));
  }

  @Post('cases/:reference/cancellation')
  @HttpCode(202)
  @ApiOperation({ summary: 'Take back what was told', description: 'Everyone told receives a recall, followed to an outcome of its own. Repeating it changes nothing.' })
  @ApiResponse({ status: 202 })
  async cancel(@Param('reference') reference: string, @Body() { reason }: CancellationRequest, @CurrentPrincipal() principal: Principal): Promise<void> {
    const { caseId } = await this.standing(reference, principal, 'cancel');
    await this.bus.execute<CancelCase>(new CancelCase(caseId, reason));
  }

  private async standing(reference: string, principal: Principal, to?: 'amend' | 'cancel'): Promise<Standing> {
    const standing = await this.cases.find(reference, principal.subject);
    if (!standing) throw new DomainError('case.not-found', 'there is no such case', 404);
    if (to !== undefined && standing.role === 'signatory') throw new DomainError('case.not-notifier', 'only the person who reported, or their agent, can do this', 403);
    return standing;
  }
}
