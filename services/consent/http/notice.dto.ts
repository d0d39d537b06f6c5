import { ApiProperty, ApiPropertyOptional } from '#libs/runtime/described.js';

export class TextView {
  @ApiProperty() en!: string;
  @ApiProperty() fr!: string;
}

export class SharedFieldView {
  @ApiProperty({ example: 'child.names' }) field!: string;
  @ApiProperty({ type: TextView }) words!: TextView;
}

export class NoticeView {
  @ApiProperty({ example: 'child-benefits.v1' }) id!: string;
  @ApiProperty({ example: 'child-benefits' }) target!: string;
  @ApiProperty({ description: 'Whether this is the version to read before deciding now; earlier ones stay readable.' }) inForce!: boolean;
  @ApiProperty({ format: 'date' }) from!: string;
  @ApiProperty({ type: TextView }) title!: TextView;
  @ApiProperty({ type: TextView }) purpose!: TextView;
  @ApiProperty({ type: [SharedFieldView], description: 'Exactly what leaves.' }) shared!: SharedFieldView[];
  @ApiPropertyOptional({ type: TextView, description: 'What to bear in mind before deciding.' }) mindful?: TextView;
  @ApiProperty({ type: TextView, description: 'Who receives it.' }) recipient!: TextView;
  @ApiProperty({ type: TextView, description: 'Who alone may decide.' }) signedBy!: TextView;
  @ApiProperty({ type: TextView }) legalBasis!: TextView;
  @ApiProperty({ type: TextView, description: 'How to withdraw, and what that does.' }) withdrawal!: TextView;
  @ApiProperty({ type: TextView, description: 'How long the consent lasts.' }) lasts!: TextView;
}

export class NoticesView {
  @ApiProperty({ type: [NoticeView] }) notices!: NoticeView[];
}

export class PromoterView {
  @ApiProperty({ example: 'maple-savings' }) id!: string;
  @ApiProperty({ type: TextView }) name!: TextView;
}

export class PromotersView {
  @ApiProperty({ type: [PromoterView] }) promoters!: PromoterView[];
}
