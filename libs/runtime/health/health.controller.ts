import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/access.js';
import { ApiOperation, ApiTags } from '../described.js';
import { Stopping } from '../stopping.js';
import { Probes } from './probes.js';

@Public()
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly probes: Probes, private readonly stopping: Stopping) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether the process can serve; if not, what it waits for' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; failing?: Readonly<Record<string, string>> }> {
    const failing = this.stopping.isStopping ? { process: 'is stopping' } : await this.probes.failures();
    if (Object.keys(failing).length === 0) return { status: 'ready' };
    void reply.code(503);
    return { status: 'not-ready', failing };
  }
}
