import { Module } from '@nestjs/common';
import { CasesController } from './http/cases.controller.js';

/** The timeline a citizen reads. */
@Module({ controllers: [CasesController] })
export class StatusModule {}
