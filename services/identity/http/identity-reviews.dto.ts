import { IsIn, IsOptional } from 'class-validator';
import { EVIDENCE_CODES, FIELD_MATCHES, JURISDICTIONS, PARENT_IDS, RESOLUTIONS, REVIEW_DECISIONS, type EvidenceCode, type ReviewDecision } from '#contracts/words.js';
import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';

export class IdentityReviewDto {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ example: '7K3M-9QXT-2VHB-C' }) reference!: string;
  @ApiProperty({ enum: PARENT_IDS, description: 'Whom of the report it is about.' }) person!: string;
  @ApiProperty({ enum: JURISDICTIONS, description: 'Who was asked: the place of birth; ca for people born abroad.' }) authority!: string;
  @ApiProperty({ enum: ['acceptable-match', 'no-match', 'claims-differ'] }) reason!: string;
  @ApiProperty({ enum: RESOLUTIONS, nullable: true, type: String, description: 'Absent while the authority has not answered.' }) resolution!: string | null;
  @ApiProperty({ minimum: 0, maximum: 100, nullable: true, type: Number }) score!: number | null;
  @ApiProperty({ description: `Per field: ${FIELD_MATCHES.join(', ')}; never a value.`, type: 'object', additionalProperties: { type: 'string', enum: [...FIELD_MATCHES] } }) fields!: Readonly<Record<string, string>>;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty({ description: 'Open for more than two business days.' }) overdue!: boolean;
}

export class IdentityDecisionRequest {
  /** `accept`: the person is who they say · `refuse`: they are not · `ask-citizen-to-correct`: the report seems wrong, and its authors are asked to amend it. */
  @ApiProperty({ enum: REVIEW_DECISIONS }) @IsIn(REVIEW_DECISIONS) decision!: ReviewDecision;
  @ApiPropertyOptional({ enum: EVIDENCE_CODES, description: 'What was seen; needed to accept.' }) @IsOptional() @IsIn(EVIDENCE_CODES) evidence?: EvidenceCode;
}
