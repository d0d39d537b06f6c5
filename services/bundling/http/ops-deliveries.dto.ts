import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { IsPlainText } from '#contracts/notifications/formats.js';
import { OPEN_TARGET_STATUSES } from '#contracts/words.js';
import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';

export class DeliveriesQuery {
  @ApiPropertyOptional({ enum: OPEN_TARGET_STATUSES }) @IsOptional() @IsIn(OPEN_TARGET_STATUSES) status?: string;
  @ApiPropertyOptional({ example: 'ca/sin' }) @IsOptional() @Matches(/^ca(-[a-z]{2})?\/[a-z-]{1,40}$/) programme?: string;
  @ApiPropertyOptional({ description: 'Only those in their present state for at least so many minutes.' }) @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(1_000_000) olderThanMinutes?: number;
  @ApiPropertyOptional({ default: 100 }) @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(500) limit?: number;
}

export class OpsDeliveryDto {
  @ApiProperty() reference!: string;
  @ApiProperty() target!: string;
  @ApiProperty() programme!: string;
  @ApiProperty() status!: string;
  @ApiProperty({ nullable: true, type: String }) reason!: string | null;
  @ApiProperty() attempts!: number;
  @ApiProperty() overdue!: boolean;
  @ApiProperty({ format: 'date-time' }) since!: string;
}

export class SummaryLineDto {
  @ApiProperty() programme!: string;
  @ApiProperty() status!: string;
  @ApiProperty() count!: number;
  @ApiProperty() overdue!: number;
  @ApiProperty({ format: 'date-time' }) oldest!: string;
}

const REASONS = ['confirmed-by-telephone', 'confirmed-in-writing', 'programme-closed', 'citizen-went-in-person', 'cannot-be-delivered'] as const;
export class SettlementRequest {
  @ApiProperty({ enum: ['completed', 'failed-permanent', 'handed-over'] }) @IsIn(['completed', 'failed-permanent', 'handed-over']) status!: 'completed' | 'failed-permanent' | 'handed-over';
  @ApiProperty({ enum: REASONS }) @IsIn(REASONS) reason!: (typeof REASONS)[number];
  @ApiPropertyOptional({ description: 'A note for colleagues; kept in the vault, never on the log.' }) @IsOptional() @IsPlainText() note?: string;
}
