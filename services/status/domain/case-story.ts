import { CaseAdvancedV2, CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, CasePlannedV2, PartyJoinedV1, newest, seenAfter, type DataOf, type TargetView } from '#contracts/events/index.js';
import type { Envelope } from '#contracts/envelope.js';
import { isSettledCase, type CaseStatus, type LifeEvent } from '#contracts/words.js';

/** A case as its own events tell it. */
export interface CaseStory {
  readonly lifeEvent: LifeEvent;
  readonly status: CaseStatus;
  readonly settledAt?: number;
  readonly version: number;
  readonly targets: ReadonlyMap<string, TargetView>;
  readonly changedAt: number;
  /** The number of the last event folded: the ETag, and the id of the stream. */
  readonly seq: number;
}

type Fold = (story: CaseStory, data: never, at: number) => CaseStory;
const moved: Fold = (story, data: DataOf<typeof CasePlannedV2> | DataOf<typeof CaseAdvancedV2>, at) => {
  const { settledAt: _settledAt, ...rest } = story;
  return { ...rest, status: data.status, ...(data.settledAt !== undefined && { settledAt: data.settledAt }), targets: seenAfter(story.targets, data, at) };
};
const folds: Readonly<Record<string, Fold>> = {
  [CaseOpenedV1.type]: (story, data: DataOf<typeof CaseOpenedV1>) => ({ ...story, lifeEvent: data.lifeEvent }),
  [CasePlannedV2.type]: moved,
  [CaseAdvancedV2.type]: moved,
  [CaseAmendedV1.type]: (story, data: DataOf<typeof CaseAmendedV1>) => ({ ...story, version: data.version }),
  [CaseCancelledV1.type]: (story) => story,
  [PartyJoinedV1.type]: (story) => story,
};

const NEW: CaseStory = { lifeEvent: 'birth', status: 'submitted', version: 1, targets: new Map(), changedAt: 0, seq: 0 };

/** Status is the fold of the case's own events: no copy of it exists that could lag. */
export const tell = (events: readonly Envelope[], from: CaseStory = NEW): CaseStory =>
  events.map(newest).reduce((story, e) => {
    const at = Date.parse(e.time);
    return { ...(folds[e.type]?.(story, e.data as never, at) ?? story), seq: e.seq, changedAt: at };
  }, from);

export const isSettled = (story: CaseStory): boolean => isSettledCase(story.status);
