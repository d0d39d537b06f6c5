import { Body, Controller, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { Planner } from '#contracts/apis/planner.js';
import { BirthNotification } from '#contracts/notifications/birth.js';
import { Clock, DomainError } from '#libs/kernel/index.js';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, MinAcr, type Principal } from '#libs/runtime/index.js';
import type { Accepted } from '../domain/accept.js';
import { faultsOf } from '../domain/check-birth.js';
import { Reports } from '../report.js';
import { AcceptNotification } from '../use-cases/accept-notification.js';
import { AcceptedDto, PlanDto } from './intake.dto.js';

/** A key that may stand in a header: 1 to 200 visible characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

@ApiTags('citizens')
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly bus: CommandBus, private readonly clock: Clock, private readonly reports: Reports, private readonly planner: Planner) {}

  @Post()
  @MinAcr('loa2')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tell a birth, once', description: 'Accepted once it is stored; `Location` is the case that follows it. With `validateOnly=true` nothing is kept and the answer is the plan.' })
  @ApiHeader({ name: 'Idempotency-Key', required: true, description: 'The same key with the same body gives the same answer; with another body it is refused.' })
  @ApiQuery({ name: 'validateOnly', required: false, enum: ['true', 'false'] })
  @ApiResponse({ status: 200, description: 'The plan (validateOnly)', type: PlanDto })
  @ApiResponse({ status: 202, description: 'Accepted', type: AcceptedDto })
  async notify(
    @Body() notification: BirthNotification, @Headers('idempotency-key') key: string | undefined, @Query('validateOnly') validateOnly: string | undefined,
    @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedDto | PlanDto> {
    if (validateOnly !== undefined && validateOnly !== 'true' && validateOnly !== 'false') {
      throw new DomainError('request.invalid', 'validateOnly must be true or false', 400, [{ pointer: '?validateOnly', code: 'field.choice', detail: 'must be true or false' }]);
    }
    const faults = faultsOf(notification, this.clock.now());
    if (faults.length > 0) throw new DomainError('request.invalid', 'some of what you sent must be corrected', 400, faults);
    if (validateOnly === 'true') {
      void reply.status(200);
      return this.preview(notification);
    }
    if (key === undefined) throw new DomainError('idempotency.key-missing', 'send an Idempotency-Key header, new for each report', 400);
    if (!IDEMPOTENCY_KEY.test(key)) throw new DomainError('idempotency.key-invalid', 'the Idempotency-Key header must be 1 to 200 visible characters', 400);
    const { subject, roles, claims } = principal;
    const report = this.reports.of(notification, { subject, agent: roles.includes('agent'), claims }, key, this.clock.now());
    const { reference } = await this.bus.execute<AcceptNotification, Accepted>(new AcceptNotification(report, claims));
    const location = `/v1/cases/${reference}`;
    void reply.header('location', location);
    return { reference, location };
  }

  private async preview(notification: BirthNotification): Promise<PlanDto> {
    const planned = await this.planner.preview(notification);
    return {
      lifeEvent: notification.lifeEvent,
      targets: planned.map(({ view, why, fields, notice }) => ({
        target: view.target, programme: view.programme, status: view.status, ...(view.reason !== undefined && { reason: view.reason }), why, basis: view.basis,
        ...(view.signatory !== undefined && { signatory: view.signatory }), fields, ...(notice !== undefined && { notice }),
      })),
    };
  }
}
