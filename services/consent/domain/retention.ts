import { retention } from '#contracts/bundles/retention.js';
import type { Envelope } from '#contracts/envelope.js';
import { CaseAdvancedV2, CaseOpenedV1, CasePlannedV2, newest, type DataOf } from '#contracts/events/index.js';
import { isSettledCase } from '#contracts/words.js';

const DAY = 24 * 60 * 60 * 1000;

/** The shortest time any declaration is kept, in milliseconds: nothing younger needs to be looked at. */
export const SHORTEST = Math.min(...Object.values(retention).map((r) => r.days)) * DAY;

/** A settled case to which nothing happened for as long as its life event's data is kept. An open case keeps its data, however old. */
export const isPastRetention = (story: readonly Envelope[], now: number): boolean => {
  const opened = story.find((e) => e.type === CaseOpenedV1.type)?.data as DataOf<typeof CaseOpenedV1> | undefined;
  const moved = story.map(newest).findLast((e) => e.type === CaseAdvancedV2.type || e.type === CasePlannedV2.type)?.data as DataOf<typeof CaseAdvancedV2> | undefined;
  const kept = opened && retention[opened.lifeEvent];
  if (!kept || !moved || !isSettledCase(moved.status)) return false;
  return Date.parse(story.at(-1)!.time) + kept.days * DAY <= now;
};
