import { Controller, Get } from '@nestjs/common';
import { Feed } from '#libs/event-log/index.js';
import { toIso } from '#libs/kernel/index.js';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { Roles } from '#libs/runtime/index.js';

export class ParkedCaseDto {
  @ApiProperty({ description: 'The consumer that cannot go on with the case.' }) group!: string;
  @ApiProperty({ format: 'uuid' }) caseId!: string;
  @ApiProperty({ description: 'The event it is stuck at: case and number.' }) eventId!: string;
  @ApiProperty({ example: 'wrong-schema' }) reason!: string;
  @ApiProperty({ format: 'date-time' }) since!: string;
}

export class UnreadableRecordDto {
  @ApiProperty() group!: string;
  @ApiProperty() topic!: string;
  @ApiProperty() partition!: number;
  @ApiProperty() offset!: string;
  @ApiProperty({ description: 'What of it could not be read: its key, one of its headers, its value.' }) part!: string;
}

@ApiTags('operators')
@Controller('ops/log')
@Roles('operator')
export class OpsLogController {
  constructor(private readonly feed: Feed) {}

  @Get('parked')
  @ApiOperation({ summary: 'Cases a consumer of the log cannot go on with', description: 'Every consumer, oldest first; everything else goes on. No personal data, and nothing of what the event says.' })
  @ApiResponse({ status: 200, type: [ParkedCaseDto] })
  async parked(): Promise<readonly ParkedCaseDto[]> {
    return (await this.feed.parked()).map(({ group, caseId, seq, reason, since }) => ({ group, caseId, eventId: `${caseId}/${seq}`, reason, since: toIso(since) }));
  }

  @Get('unreadable')
  @ApiOperation({ summary: 'Records on the topic that are no event', description: 'Newest first. The event each stands for was taken from the log itself: nothing is lost. Only over Kafka.' })
  @ApiResponse({ status: 200, type: [UnreadableRecordDto] })
  async unreadable(): Promise<readonly UnreadableRecordDto[]> {
    return this.feed.unreadable();
  }
}
