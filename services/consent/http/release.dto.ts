import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';

export class ReleaseView {
  @ApiProperty({ description: '`identity`: an authority was asked to confirm a person.' }) target!: string;
  @ApiProperty({ example: 'ca-on/birth-registration' }) programme!: string;
  @ApiProperty({ enum: ['tell', 'amend', 'recall', 'stop', 'identify'] }) kind!: string;
  @ApiPropertyOptional({ description: 'Whom an identity question was about.' }) personId?: string;
  @ApiProperty({ type: [String], description: 'The fields that left; never their values.' }) fields!: string[];
  @ApiProperty({ description: 'Why, as the agreement names it.' }) purpose!: string;
  @ApiProperty({ enum: ['law', 'consent'] }) basis!: string;
  @ApiProperty() agreement!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ description: 'How often it was sent; more than once when an answer did not come.' }) count!: number;
  @ApiPropertyOptional({ format: 'date-time' }) lastAt?: string;
}

export class ReleasesView {
  @ApiProperty() reference!: string;
  @ApiProperty({ type: [ReleaseView], description: 'Newest first.' }) releases!: ReleaseView[];
}
