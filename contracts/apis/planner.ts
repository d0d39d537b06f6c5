import type { BirthNotification } from '../notifications/birth.js';
import type { TargetView } from '../events/index.js';
import type { LocalisedText } from '../texts/localised.js';

export interface PlannedTarget {
  readonly view: TargetView;
  readonly why: LocalisedText;
  readonly fields: readonly string[];
  readonly notice?: string;
}

/** Bundling's door: what would follow if this were told (`?validateOnly=true`). Nothing is kept. */
export abstract class Planner {
  abstract preview(notification: BirthNotification): Promise<readonly PlannedTarget[]>;
}
