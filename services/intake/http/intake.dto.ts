import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsOptional, ValidateNested } from 'class-validator';
import { BirthNotification } from '#contracts/notifications/birth.js';
import {
  AMENDMENT_REASONS, CANCELLATION_REASONS, EVIDENCE_CODES, PARENT_IDS, type AmendmentReason, type CancellationReason, type EvidenceCode, type ParentId,
} from '#contracts/words.js';
import { ApiProperty } from '#libs/runtime/described.js';

export class AcceptedDto {
  @ApiProperty({ example: '7K3M-9QXT-2VHB-C' }) reference!: string;
  @ApiProperty({ example: '/v1/cases/7K3M-9QXT-2VHB-C' }) location!: string;
}

export class InvitationRequest {
  /** Whom of the declaration to invite. */
  @ApiProperty({ enum: PARENT_IDS }) @IsIn(PARENT_IDS) person!: ParentId;
}

export class InvitationDto {
  @ApiProperty({ description: 'Shown once: give it to the person yourself.', example: 'M4T8-ZK2P-9WQC-7RXD' }) code!: string;
  @ApiProperty({ format: 'date-time' }) expiresAt!: string;
}

export class AmendmentRequest {
  @ApiProperty({ enum: AMENDMENT_REASONS }) @IsIn(AMENDMENT_REASONS) reason!: AmendmentReason;
  /** The whole report as it should have been; its decisions stay as they are and must be left empty. */
  @ApiProperty({ type: BirthNotification }) @IsDefined() @ValidateNested() @Type(() => BirthNotification) notification!: BirthNotification;
}

export class AmendedDto {
  @ApiProperty({ example: 2 }) version!: number;
}

export class CancellationRequest {
  @ApiProperty({ enum: CANCELLATION_REASONS }) @IsIn(CANCELLATION_REASONS) reason!: CancellationReason;
}

export class DuplicateDecisionRequest {
  /** `accept`: two different births, the case goes on · `refuse`: the same birth told again. */
  @ApiProperty({ enum: ['accept', 'refuse'] }) @IsIn(['accept', 'refuse']) decision!: 'accept' | 'refuse';
  @ApiProperty({ enum: EVIDENCE_CODES, required: false }) @IsOptional() @IsIn(EVIDENCE_CODES) evidence?: EvidenceCode;
}

export class DuplicateReviewDto {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() reference!: string;
  @ApiProperty() suspectReference!: string;
  @ApiProperty({ format: 'date-time' }) openedAt!: string;
  @ApiProperty({ description: 'Per field: SAME, SIML, DIFF, NOAV or NODI; never a value.', type: 'object', additionalProperties: { type: 'string' } }) fields!: Readonly<Record<string, string>>;
}

export class PlannedTargetDto {
  @ApiProperty() target!: string;
  @ApiProperty() programme!: string;
  @ApiProperty() status!: string;
  @ApiProperty({ required: false }) reason?: string;
  @ApiProperty({ description: 'Why it is in the plan, in English and French.', type: 'object', properties: { en: { type: 'string' }, fr: { type: 'string' } } }) why!: { en: string; fr: string };
  @ApiProperty({ enum: ['law', 'consent'] }) basis!: string;
  @ApiProperty({ required: false, description: 'Who signs for it.' }) signatory?: string;
  @ApiProperty({ type: [String], description: 'Exactly the fields that would be shared.' }) fields!: readonly string[];
  @ApiProperty({ required: false, description: 'The notice to read before deciding.' }) notice?: string;
}

export class PlanDto {
  @ApiProperty({ enum: ['birth'] }) lifeEvent!: string;
  @ApiProperty({ type: [PlannedTargetDto] }) targets!: readonly PlannedTargetDto[];
}
