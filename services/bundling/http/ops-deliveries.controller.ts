import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { createHash } from 'node:crypto';
import { Cases } from '#contracts/apis/cases.js';
import { Vault } from '#contracts/apis/vault.js';
import { Clock, DomainError, parseReference, toIso, uuidv7 } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, Roles, type Principal } from '#libs/runtime/index.js';
import { OpenTargets } from '../open-targets.js';
import { RetryTarget, SettleByHand } from '../use-cases/case-commands.js';
import { DeliveriesQuery, OpsDeliveryDto, SettlementRequest, SummaryLineDto } from './ops-deliveries.dto.js';

interface OpenRow { case_id: string; target: string; programme: string; status: string; reason: string | null; since: string; attempts: number; overdue: boolean }

@ApiTags('operators')
@Controller('ops/deliveries')
@Roles('operator')
export class OpsDeliveriesController {
  constructor(private readonly bus: CommandBus, private readonly db: Database, private readonly open: OpenTargets, private readonly cases: Cases, private readonly vault: Vault, private readonly clock: Clock) {}

  @Get()
  @ApiOperation({ summary: 'What is still open after its first answer', description: 'By status, programme and age, oldest first. No personal data.' })
  @ApiResponse({ status: 200, type: [OpsDeliveryDto] })
  async list(@Query() query: DeliveriesQuery): Promise<readonly OpsDeliveryDto[]> {
    const before = query.olderThanMinutes === undefined ? null : this.clock.now() - query.olderThanMinutes * 60_000;
    const rows = await this.db.rows<OpenRow>(
      `select * from bundling.open_target where ($1::text is null or status = $1) and ($2::text is null or programme = $2) and ($3::bigint is null or since <= $3) order by since limit $4`,
      [query.status ?? null, query.programme ?? null, before, query.limit ?? 100]);
    const references = await this.cases.references(rows.map((r) => r.case_id));
    return rows.map((r) => ({ reference: references.get(r.case_id)!, target: r.target, programme: r.programme, status: r.status, reason: r.reason, attempts: r.attempts, overdue: r.overdue, since: toIso(Number(r.since)) }));
  }

  @Get('summary')
  @ApiOperation({ summary: 'How many are open, per programme and status' })
  @ApiResponse({ status: 200, type: [SummaryLineDto] })
  async summary(): Promise<readonly SummaryLineDto[]> {
    return (await this.open.summary()).map((line) => ({ ...line, oldest: toIso(line.oldest) }));
  }

  @Post(':reference/:target/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Try a parked or failing delivery again', description: 'The programme is asked by key first; nothing is done twice there. Audited.' })
  @ApiResponse({ status: 202 })
  async retry(@Param('reference') reference: string, @Param('target') target: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.bus.execute<RetryTarget>(new RetryTarget(await this.caseOf(reference), target, operatorOf(principal)));
  }

  @Post(':reference/:target/settlement')
  @HttpCode(202)
  @ApiOperation({ summary: 'Settle a delivery by hand', description: 'Audited. It is a presumption: a genuine answer that comes later overrules it.' })
  @ApiResponse({ status: 202 })
  async settle(@Param('reference') reference: string, @Param('target') target: string, @Body() body: SettlementRequest, @CurrentPrincipal() principal: Principal): Promise<void> {
    const caseId = await this.caseOf(reference);
    await this.bus.execute<SettleByHand>(new SettleByHand(caseId, target, operatorOf(principal), body.status, body.reason));
    if (body.note !== undefined) await this.vault.depositYields([{ caseId, deliveryId: uuidv7(this.clock.now()), yields: {}, freeText: body.note }]);
  }

  private async caseOf(written: string): Promise<string> {
    const reference = parseReference(written);
    const caseId = reference === undefined ? undefined : await this.cases.byReference(reference);
    if (caseId === undefined) throw new DomainError('case.not-found', 'there is no such case', 404);
    return caseId;
  }
}

/** Who did it, for the audit: the same person gives the same word, which names nobody. */
const operatorOf = (principal: Principal): string => createHash('sha256').update(principal.subject).digest('hex').slice(0, 32);
