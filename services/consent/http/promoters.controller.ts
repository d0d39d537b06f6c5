import { Controller, Get } from '@nestjs/common';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import { promotersOn } from '#contracts/jurisdictions/promoters.js';
import { Clock } from '#libs/kernel/index.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '#libs/runtime/described.js';
import { PromotersView } from './notice.dto.js';

/** Whom a parent can choose for education savings. For whoever is signed in. */
@ApiTags('Consent')
@Controller('promoters')
export class PromotersController {
  constructor(private readonly clock: Clock) {}

  @Get()
  @ApiOperation({ summary: 'The education savings promoters that take referrals today' })
  @ApiOkResponse({ type: PromotersView })
  list(): PromotersView {
    return { promoters: promotersOn(isoDateIn('ca', this.clock.now())).map(({ id, name }) => ({ id, name })) };
  }
}
