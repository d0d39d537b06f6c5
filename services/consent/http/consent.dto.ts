import { IsIn, Matches } from 'class-validator';
import { LANGUAGES, type Language } from '#contracts/words.js';
import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';
import type { Receipt } from '../receipts/receipt.js';

const DECISIONS = ['granted', 'refused', 'withdrawn'] as const;
const STATUSES = [...DECISIONS, 'expired', 'not-decided', 'waiting-for-other-parent'] as const;

export class DecideConsentBody {
  @ApiProperty({ enum: DECISIONS })
  @IsIn(DECISIONS)
  decision!: (typeof DECISIONS)[number];

  @ApiProperty({ example: 'child-benefits.v1', description: 'The version of the notice that was read.' })
  @Matches(/^[a-z][a-z-]{1,59}\.v\d{1,4}$/, { context: { code: 'notice.invalid' }, message: 'must be the id of the notice that was read, such as child-benefits.v1' })
  notice!: string;

  @ApiProperty({ enum: LANGUAGES })
  @IsIn(LANGUAGES)
  language!: Language;
}

export class ConsentRecordView {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ enum: DECISIONS }) decision!: (typeof DECISIONS)[number];
  @ApiProperty() notice!: string;
  @ApiProperty({ enum: LANGUAGES }) language!: Language;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ enum: ['self', 'assisted'] }) capacity!: 'self' | 'assisted';
  @ApiPropertyOptional({ format: 'date-time' }) expiresAt?: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'ISO/IEC TS 27560:2023.' }) receipt!: Receipt;
  @ApiProperty({ description: 'The receipt as a compact JWS; its key is at /.well-known/jwks.json.' }) signature!: string;
}

export class ConsentView {
  @ApiProperty() target!: string;
  @ApiProperty({ enum: STATUSES }) status!: (typeof STATUSES)[number];
  @ApiPropertyOptional({ description: 'The notice to read before deciding.' }) notice?: string;
  @ApiPropertyOptional({ type: ConsentRecordView }) record?: ConsentRecordView;
  @ApiPropertyOptional({ type: [ConsentRecordView], description: 'Newest first, the record itself included.' }) history?: ConsentRecordView[];
}

export class ConsentsView {
  @ApiProperty() reference!: string;
  @ApiProperty({ type: [ConsentView] }) consents!: ConsentView[];
}
