import { Controller, Get, Param } from '@nestjs/common';
import { CurrentPrincipal, type Principal } from '#libs/runtime/auth/index.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '#libs/runtime/described.js';
import { PartyFile } from './party-file.js';
import { ReleasesView } from './release.dto.js';
import { releasesOf } from './views.js';

@ApiTags('Consent')
@Controller('cases/:reference/releases')
export class ReleasesController {
  constructor(private readonly party: PartyFile) {}

  @Get()
  @ApiOperation({ summary: 'Who received which of your information, why, under which agreement and when' })
  @ApiOkResponse({ type: ReleasesView })
  async list(@Param('reference') reference: string, @CurrentPrincipal() principal: Principal): Promise<ReleasesView> {
    const standing = await this.party.standing(reference, principal.subject);
    return { reference: standing.reference, releases: releasesOf(await this.party.get(standing), standing) };
  }
}
