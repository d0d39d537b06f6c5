import { createHash } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Cases } from '#contracts/apis/cases.js';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import type { FieldMatch, JurisdictionId, ParentId } from '#contracts/words.js';
import { Clock, DomainError, toIso } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { ApiOperation, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { CurrentPrincipal, Roles, type Principal } from '#libs/runtime/index.js';
import { JudgeReview } from '../use-cases/judge-review.js';
import { IdentityDecisionRequest, IdentityReviewDto } from './identity-reviews.dto.js';

const REVIEW_WITHIN_BUSINESS_DAYS = 2;
interface ReviewRow {
  id: string; case_id: string; person_id: ParentId; opened_at: string; authority: JurisdictionId; reason: string;
  resolution: string | null; score: number | null; fields: Readonly<Record<string, FieldMatch>> | null;
}

@ApiTags('operators')
@Controller('ops/identity-reviews')
@Roles('operator')
export class IdentityReviewsController {
  constructor(private readonly bus: CommandBus, private readonly db: Database, private readonly cases: Cases, private readonly clock: Clock) {}

  @Get()
  @ApiOperation({ summary: 'People whom no authority fully confirmed', description: 'Oldest first; words per field, never a value.' })
  @ApiResponse({ status: 200, type: [IdentityReviewDto] })
  async list(): Promise<readonly IdentityReviewDto[]> {
    const rows = await this.db.rows<ReviewRow>(
      'select id, case_id, person_id, opened_at, authority, reason, resolution, score, fields from identity.review where closed_at is null order by opened_at limit 200');
    const references = await this.cases.references(rows.map((r) => r.case_id));
    const now = this.clock.now();
    return rows.map((r) => ({
      id: r.id, reference: references.get(r.case_id)!, person: r.person_id, authority: r.authority, reason: r.reason, resolution: r.resolution, score: r.score, fields: r.fields ?? {},
      openedAt: toIso(Number(r.opened_at)), overdue: now > dueAt(r.authority, 'business', REVIEW_WITHIN_BUSINESS_DAYS, Number(r.opened_at)),
    }));
  }

  @Post(':id/decision')
  @HttpCode(204)
  @ApiOperation({ summary: 'Decide whether a person is who they say', description: 'Audited; the same decision may be sent again, another one is refused.' })
  @ApiResponse({ status: 204 })
  async decide(@Param('id', ParseUUIDPipe) id: string, @Body() { decision, evidence }: IdentityDecisionRequest, @CurrentPrincipal() principal: Principal): Promise<void> {
    const [row] = await this.db.rows<{ case_id: string; person_id: ParentId }>('select case_id, person_id from identity.review where id = $1', [id]);
    if (!row) throw new DomainError('review.unknown', 'there is no such review', 404);
    await this.bus.execute<JudgeReview>(new JudgeReview(row.case_id, { reviewId: id, personId: row.person_id, decision, ...(evidence !== undefined && { evidence }), operator: operatorOf(principal) }));
  }
}

/** Who did it, for the audit: the same person gives the same word, which names nobody. */
const operatorOf = (principal: Principal): string => createHash('sha256').update(principal.subject).digest('hex').slice(0, 32);
