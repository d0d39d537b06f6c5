import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Cases } from '#contracts/apis/cases.js';
import { Vault } from '#contracts/apis/vault.js';
import { DomainError, toIso } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, Roles, type Principal } from '#libs/runtime/index.js';
import { Fingerprints } from '../domain/keys.js';
import { DecideDuplicate } from '../use-cases/change-case.js';
import { DuplicateDecisionRequest, DuplicateReviewDto } from './intake.dto.js';

@ApiTags('operators')
@Controller('ops/duplicates')
@Roles('operator')
export class DuplicatesController {
  constructor(private readonly bus: CommandBus, private readonly db: Database, private readonly cases: Cases, private readonly vault: Vault, private readonly fingerprints: Fingerprints) {}

  @Get()
  @ApiOperation({ summary: 'Reports that may repeat another', description: 'Oldest first; words per field, never a value.' })
  @ApiResponse({ status: 200, type: [DuplicateReviewDto] })
  async list(): Promise<readonly DuplicateReviewDto[]> {
    const rows = await this.db.rows<{ id: string; case_id: string; suspect: string; opened_at: string }>(
      'select id, case_id, suspect, opened_at from intake.duplicate_review where decided_at is null order by opened_at limit 200');
    const references = await this.cases.references(rows.flatMap((r) => [r.case_id, r.suspect]));
    const compared = await this.vault.compare(rows.map((r) => ({ caseId: r.case_id, other: r.suspect })));
    return rows.map((r, i) => ({
      id: r.id, reference: references.get(r.case_id)!, suspectReference: references.get(r.suspect)!, openedAt: toIso(Number(r.opened_at)), fields: compared[i]!,
    }));
  }

  @Post(':id/decision')
  @HttpCode(204)
  @ApiOperation({ summary: 'Decide whether a report repeats another' })
  @ApiResponse({ status: 204 })
  async decide(@Param('id', ParseUUIDPipe) id: string, @Body() { decision, evidence }: DuplicateDecisionRequest, @CurrentPrincipal() principal: Principal): Promise<void> {
    if (decision === 'accept' && evidence === undefined) {
      throw new DomainError('request.invalid', 'say what was seen', 400, [{ pointer: '/evidence', code: 'field.required', detail: 'must be given when a report is accepted' }]);
    }
    const [row] = await this.db.rows<{ case_id: string }>('select case_id from intake.duplicate_review where id = $1', [id]);
    if (!row) throw new DomainError('review.unknown', 'there is no such review', 404);
    await this.bus.execute<DecideDuplicate>(new DecideDuplicate(row.case_id, id, decision, evidence, this.fingerprints.of('subject', principal.subject)));
  }
}
