import { Controller, Get, Header, Headers, Param, Res, Sse, type MessageEvent } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Observable, takeUntil } from 'rxjs';
import { Cases, type Standing } from '#contracts/apis/cases.js';
import { DomainError } from '#libs/kernel/index.js';
import { History } from '#libs/event-log/index.js';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, MinAcr, Stopping, type Principal } from '#libs/runtime/index.js';
import { isSettled, tell } from '../domain/case-story.js';
import { CaseDto, CaseLineDto, caseDto } from './case-view.js';
import { follow } from './follow.js';

@ApiTags('citizens')
@Controller('cases')
@MinAcr('loa2')
export class CasesController {
  constructor(private readonly cases: Cases, private readonly history: History, private readonly stopping: Stopping) {}

  @Get()
  @ApiOperation({ summary: 'My cases', description: 'Newest first.' })
  @ApiResponse({ status: 200, type: [CaseLineDto] })
  async mine(@CurrentPrincipal() principal: Principal): Promise<readonly CaseLineDto[]> {
    const standings = await this.cases.mine(principal.subject);
    const stories = await this.history.ofMany(standings.map((s) => s.caseId));
    return standings.map((s) => {
      const story = tell(stories.get(s.caseId) ?? []);
      return { reference: s.reference, lifeEvent: s.lifeEvent, status: story.status, settled: isSettled(story), openedAt: new Date(s.openedAt).toISOString(), role: s.role };
    });
  }

  @Get(':reference')
  @ApiOperation({ summary: 'One case: every programme, who is waited for, and what to do next' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiResponse({ status: 200, type: CaseDto })
  @ApiResponse({ status: 304, description: 'Unchanged' })
  async show(@Param('reference') reference: string, @CurrentPrincipal() principal: Principal, @Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): Promise<CaseDto | undefined> {
    const standing = await this.standing(reference, principal);
    const story = tell(await this.history.of(standing.caseId));
    const etag = `"${story.seq}"`;
    void reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
      void reply.status(304);
      return undefined;
    }
    return caseDto(story, standing, await this.cases.siblings(standing.caseId, principal.subject));
  }

  @Sse(':reference/events')
  @Header('cache-control', 'no-store')
  @Header('x-accel-buffering', 'no')
  @ApiOperation({ summary: 'The case as it changes', description: 'Server-sent events: `case` with the whole case and the targets that changed; resumable with Last-Event-ID. The stream stays open after the case settles.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200 })
  async events(@Param('reference') reference: string, @CurrentPrincipal() principal: Principal, @Headers('last-event-id') last: string | undefined): Promise<Observable<MessageEvent>> {
    const standing = await this.standing(reference, principal);
    if (last !== undefined && !/^\d{1,9}$/.test(last)) throw new DomainError('request.invalid', 'Last-Event-ID must be an id this stream gave', 400);
    return follow(this.history, standing, Number(last ?? 0)).pipe(takeUntil(this.stopping.stop$));
  }

  private async standing(reference: string, principal: Principal): Promise<Standing> {
    const standing = await this.cases.find(reference, principal.subject);
    if (!standing) throw new DomainError('case.not-found', 'there is no such case', 404);
    return standing;
  }
}
