import { Type } from 'class-transformer';
import { IsDefined, Matches, ValidateNested } from 'class-validator';
import { BirthNotification } from '#contracts/notifications/birth.js';

/** One line of a registry's backlog: a birth it recorded, under the number by which it knows it. */
export class RegistryEvent {
  /** The registry's own number of the event, 1 to 200 visible characters: told twice under one number is told once. */
  @Matches(/^[\x21-\x7e]{1,200}$/) registryEvent!: string;
  @IsDefined() @ValidateNested() @Type(() => BirthNotification) notification!: BirthNotification;
}
