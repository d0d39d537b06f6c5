import { IsIn, IsISO8601, IsOptional, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';

const STATES = ['final', 'received', 'in-progress', 'action-required', 'refused'] as const;

const areYields = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length <= 8
  && Object.entries(value).every(([kind, given]) => /^[a-z][A-Za-z]{0,39}$/.test(kind) && typeof given === 'string' && given.length > 0 && given.length <= 200);

/** `Answer` of contracts/agency.openapi.yaml. */
export class OutcomeRequest {
  @ApiProperty({ enum: STATES }) @IsIn(STATES) state!: (typeof STATES)[number];
  @ApiPropertyOptional({ example: 'REGISTERED' }) @IsOptional() @Matches(/^[A-Z][A-Z0-9_]{1,39}$/) code?: string;
  @ApiPropertyOptional({ type: Object, additionalProperties: { type: 'string' }, example: { registrationNumber: '2026-07-001234' }, description: 'What the programme gave; kept in the vault.' })
  @IsOptional() @ValidateBy({ name: 'areYields', validator: { validate: areYields, defaultMessage: () => 'must map at most 8 kinds to texts of 1 to 200 characters' } })
  yields?: Record<string, string>;
  @ApiPropertyOptional({ format: 'date-time', description: 'By when the person has to act.' }) @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) actionBy?: string;
  @ApiPropertyOptional({ maxLength: 2000, description: 'Words for the person; kept in the vault.' }) @IsOptional() @IsString() @MaxLength(2000) note?: string;
}
