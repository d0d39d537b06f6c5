import { Controller, Get, Param } from '@nestjs/common';
import { bundles } from '#contracts/bundles/index.js';
import { FIELD_WORDS, NOTICES, findNotice, type Notice } from '#contracts/texts/notices.js';
import { DomainError } from '#libs/kernel/index.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '#libs/runtime/described.js';
import { NoticesView, NoticeView } from './notice.dto.js';

const IN_FORCE = new Set(Object.values(bundles).flatMap((bundle) => bundle.targets.map((t): string | undefined => t.notice)));

const viewOf = (id: string, { shares, ...notice }: Notice): NoticeView => ({
  id, ...notice, inForce: IN_FORCE.has(id), shared: shares.map((field) => ({ field, words: FIELD_WORDS[field] })),
});

/** What is read before a consent, in English and French. For whoever is signed in: the texts are the same for everyone. */
@ApiTags('Consent')
@Controller('notices')
export class NoticesController {
  @Get()
  @ApiOperation({ summary: 'The notices in force, one for each programme that asks for consent' })
  @ApiOkResponse({ type: NoticesView })
  list(): NoticesView {
    return { notices: Object.entries(NOTICES).filter(([id]) => IN_FORCE.has(id)).map(([id, notice]) => viewOf(id, notice)) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A notice in the version that was read, in force or not' })
  @ApiOkResponse({ type: NoticeView })
  get(@Param('id') id: string): NoticeView {
    const notice = findNotice(id);
    if (!notice) throw new DomainError('notice.unknown', 'There is no such notice.', 404);
    return viewOf(id, notice);
  }
}
