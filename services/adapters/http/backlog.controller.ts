import { Controller, Get } from '@nestjs/common';
import { toIso } from '#libs/kernel/index.js';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '#libs/runtime/described.js';
import { Roles } from '#libs/runtime/index.js';
import { AttemptStore } from '../store/attempt-store.js';

class BacklogLineDto {
  @ApiProperty({ example: 'ca/sin' }) programme!: string;
  @ApiProperty() count!: number;
  @ApiProperty({ format: 'date-time', description: 'Since when the oldest of them has been on its way.' }) oldest!: string;
}

@ApiTags('operators')
@Controller('ops/deliveries/backlog')
@Roles('operator')
export class BacklogController {
  constructor(private readonly store: AttemptStore) {}

  @Get()
  @ApiOperation({ summary: 'How many deliveries each programme has not taken', description: 'Those that did not get through or have no first answer yet; most of them were never tried where the programme is not called. A programme without any is not listed.' })
  @ApiResponse({ status: 200, type: [BacklogLineDto] })
  async list(): Promise<readonly BacklogLineDto[]> {
    return (await this.store.backlog()).map((line) => ({ ...line, oldest: toIso(line.oldest) }));
  }
}
