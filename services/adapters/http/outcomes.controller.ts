import { Body, Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { History } from '#libs/event-log/index.js';
import { DomainError } from '#libs/kernel/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { DeliveryToken } from '#libs/runtime/index.js';
import { carry, isTracing } from '#libs/tracing/index.js';
import { findAdapter } from '../adapters.js';
import { DeliveryTokens } from '../delivery-tokens.js';
import { RecordProgress } from '../use-cases/record-progress.js';
import { OutcomeRequest } from './outcome.dto.js';

@ApiTags('jurisdictions')
@Controller('deliveries')
export class OutcomesController {
  constructor(private readonly bus: CommandBus, private readonly tokens: DeliveryTokens, private readonly history: History) {}

  @Post(':id/outcome')
  @HttpCode(204)
  @DeliveryToken()
  @ApiOperation({
    summary: 'A later answer to a delivery',
    description: 'Authorised by the token that came with the delivery, good for that one alone. May be repeated: what was said before changes nothing.',
  })
  @ApiResponse({ status: 204 })
  @ApiResponse({ status: 404, description: 'Nothing is known of this delivery any more: what was kept of it was lost.' })
  async answer(@Param('id') id: string, @Headers('authorization') authorization: string, @Body() body: OutcomeRequest): Promise<void> {
    const delivery = this.tokens.open(authorization.replace(/^Bearer +/i, '').trim(), id);
    const adapter = delivery && findAdapter(delivery.programme);
    if (!adapter) throw new DomainError('auth.invalid-token', 'this token is not good for this delivery', 401);
    const outcome = adapter.toOutcome({ status: 200, body });
    const command = new RecordProgress(delivery.caseId, [{ delivery, outcome, tries: 0, waitMs: 0 }], { unasked: true });
    // A later answer goes on in its case's trace, whatever trace it came in.
    await this.bus.execute(isTracing() ? carry(command, await this.history.traceOf(delivery.caseId)) : command);
  }
}
