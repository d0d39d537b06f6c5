import { Body, Controller, Module, Param, Post, Res, SetMetadata, type DynamicModule } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Door } from './door.js';
import { DoorKeeper, type DoorKeeperOptions } from './door-keeper.js';
import { DOOR_TYPE } from './door-words.js';

/** Marks a route for other services, authorised by a token of theirs: the bound DoorKeeper decides. */
export const AT_DOOR = Symbol('at-door');

@SetMetadata(AT_DOOR, true)
@Controller('doors')
export class DoorController {
  constructor(private readonly keeper: DoorKeeper) {}

  @Post(':door/:question')
  async ask(@Param('door') door: string, @Param('question') question: string, @Body() body: Buffer, @Res() reply: FastifyReply): Promise<void> {
    const { status, said } = await this.keeper.answer({ door, question, body });
    await reply.code(status).type(DOOR_TYPE).send(JSON.stringify(said));
  }
}

const DOORS = Symbol('doors');

/** Opens a process's doors to the other services. Whoever answers behind each is found by its contract. */
@Module({})
export class DoorsModule {
  static open(doors: readonly Door[], options: Omit<DoorKeeperOptions, 'doors'>): DynamicModule {
    return {
      module: DoorsModule,
      global: true,
      controllers: [DoorController],
      providers: [
        { provide: DOORS, inject: doors.map((d) => d.contract), useFactory: (...answers: readonly object[]) => doors.map((door, i) => ({ door, answers: answers[i]! })) },
        { provide: DoorKeeper, inject: [DOORS], useFactory: (open: DoorKeeperOptions['doors']) => new DoorKeeper({ ...options, doors: open }) },
      ],
      exports: [DoorKeeper],
    };
  }
}
