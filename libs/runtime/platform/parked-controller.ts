import { Controller, HttpCode, Param, Post, type Type } from '@nestjs/common';
import { Feed } from '#libs/event-log/index.js';
import { DomainError } from '#libs/kernel/index.js';
import { Roles } from '../auth/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '../described.js';
import { Logger } from '../logging/index.js';

/** The way a service gives its operators to go on with a case its group is stuck at, once what was wrong is mended. */
export const parkedController = (group: string): Type => {
  @ApiTags('operators')
  @Controller(`ops/log/${group}/parked`)
  @Roles('operator')
  class ParkedController {
    constructor(private readonly feed: Feed, private readonly logger: Logger) {}

    @Post(':caseId/retry')
    @HttpCode(202)
    @ApiOperation({ operationId: `retry-${group}`, summary: `Offer a parked case to ${group} again`, description: 'From its first event it has not applied; nothing is done twice. If it cannot go on it is parked again.' })
    @ApiResponse({ status: 202 })
    async retry(@Param('caseId') caseId: string): Promise<void> {
      if (!(await this.feed.parked()).some((p) => p.group === group && p.caseId === caseId)) throw new DomainError('case.not-found', 'this case is not parked', 404);
      await this.feed.unpark(group, caseId);
      this.logger.info('log.unparked', { group, caseId });
    }
  }
  return ParkedController;
};
