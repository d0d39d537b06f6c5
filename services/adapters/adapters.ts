import { Injectable } from '@nestjs/common';
import { AdapterCatalogue, type AdapterCard } from '#contracts/apis/catalogue.js';
import { cardOf, type Adapter } from './programmes/adapter.js';
import * as registry from './registry.js';

export const adapters: readonly Adapter[] = Object.values(registry);

const byProgramme = new Map(adapters.flatMap((adapter) => adapter.agreements.map(({ programme }) => [programme as string, adapter] as const)));
/** The adapter of a programme with which an agreement was ever made. */
export const findAdapter = (programme: string): Adapter | undefined => byProgramme.get(programme);

@Injectable()
export class RegisteredAdapters extends AdapterCatalogue {
  async cards(): Promise<readonly AdapterCard[]> {
    return adapters.map(cardOf);
  }
}
