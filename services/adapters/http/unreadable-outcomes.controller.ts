import { Controller, Get } from '@nestjs/common';
import { toIso } from '#libs/kernel/index.js';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { Roles } from '#libs/runtime/index.js';
import { UnreadableStore } from '../store/unreadable-store.js';

class UnreadableOutcomeDto {
  @ApiProperty({ enum: ['topic', 'file'] }) transport!: string;
  @ApiProperty({ example: 'jurisdiction.ca-bc.outcomes/2/4711', description: 'Topic, partition and offset, or jurisdiction, file and line.' }) place!: string;
  @ApiProperty({ enum: ['undecodable', 'not-opened', 'unknown-delivery', 'not-understood', 'refused', 'incomplete'] }) reason!: string;
  @ApiProperty({ format: 'date-time' }) since!: string;
}

@ApiTags('operators')
@Controller('ops/unreadable-outcomes')
@Roles('operator')
export class UnreadableOutcomesController {
  constructor(private readonly store: UnreadableStore) {}

  @Get()
  @ApiOperation({ summary: 'Messages from jurisdictions that can never be kept', description: 'Where each lies and why, newest first; nothing of what it says. Its delivery stays open, and its programme is asked about it.' })
  @ApiResponse({ status: 200, type: [UnreadableOutcomeDto] })
  async list(): Promise<readonly UnreadableOutcomeDto[]> {
    return (await this.store.list()).map(({ since, ...one }) => ({ ...one, since: toIso(since) }));
  }
}
