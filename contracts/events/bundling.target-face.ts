import { PARENT_IDS, TARGET_STATUSES, nameOf } from '../words.js';
import type { TargetView } from './bundling.target-view.js';
import { code, count, flag, instant, list, optional, programme, record, waitingOn, word, type TypeOf } from './schema.js';

const consent = code(['not-needed', 'awaited', 'granted', 'refused', 'withdrawn', 'expired', 'not-asked']);

/**
 * What stays true of targets until an amendment plans them anew, and their consent as of now. In the order of the plan: neighbours
 * that are planned alike are listed together.
 */
export const planned = record({
  programmes: list(programme),
  /** The targets, in the same order; absent: each is called as its programme is, after the slash. */
  targets: optional(list(word)),
  basis: code(['law', 'consent']),
  signatory: optional(code(PARENT_IDS)),
  consent,
});
export type Planned = TypeOf<typeof planned>;

export const consentOf = record({ target: word, consent });

/** Where targets stand now, all of it: what is absent no longer holds. Targets that stand alike are listed together. */
export const face = record({
  of: list(word),
  status: code(TARGET_STATUSES),
  outcome: optional(word),
  reason: optional(word),
  waitingOn: optional(waitingOn),
  /** The targets or person waited for, in codes. */
  waitsFor: optional(list(word)),
  expectedBy: optional(instant),
  /** What the deadline of an action is. */
  actionBy: optional(instant),
  /** Absent: not late. */
  overdue: optional(flag),
  /** An outcome set by a timer or by hand, which a late genuine answer overrules. */
  presumed: optional(flag),
  /** Absent: none. */
  attempts: optional(count),
  /** Absent: at the time of the event. */
  changedAt: optional(instant),
});
export type Face = TypeOf<typeof face>;

/** What an event says of a case's targets. */
export interface Stated {
  readonly planned?: readonly Planned[];
  readonly consents?: readonly TypeOf<typeof consentOf>[];
  readonly faces: readonly Face[];
}

/** What is said of a target when it is planned. */
export type PlannedTarget = Pick<TargetView, 'target' | 'programme' | 'basis' | 'signatory' | 'consent'>;
const plannedIn = ({ target, programme: by, basis, signatory, consent: given }: PlannedTarget): PlannedTarget => ({ target, programme: by, basis, ...(signatory !== undefined && { signatory }), consent: given });

/** Targets as they are planned, in order; neighbours that are planned alike said together. */
export const plannedAlike = (targets: readonly PlannedTarget[]): Planned[] => {
  const runs: PlannedTarget[][] = [];
  for (const t of targets) {
    const run = runs.at(-1);
    if (run?.[0]!.basis === t.basis && run[0].signatory === t.signatory && run[0].consent === t.consent) run.push(t);
    else runs.push([t]);
  }
  return runs.map((run) => {
    const { basis, signatory, consent: given } = run[0]!;
    const named = run.some((t) => t.target !== nameOf(t.programme)) ? { targets: run.map((t) => t.target) } : {};
    return { programmes: run.map((t) => t.programme), ...named, basis, ...(signatory !== undefined && { signatory }), consent: given };
  });
};

/** The targets of a case after an event that was stated at `at`; those the event says nothing of are the same objects as before. */
export const seenAfter = (before: ReadonlyMap<string, TargetView>, { planned: runs = [], consents = [], faces }: Stated, at: number): ReadonlyMap<string, TargetView> => {
  const views = new Map(before);
  for (const { programmes, targets, ...alike } of runs) {
    for (const [i, by] of programmes.entries()) {
      const target = targets?.[i] ?? nameOf(by);
      views.set(target, { status: 'waiting-identity', overdue: false, attempts: 0, changedAt: at, target, programme: by, ...alike });
    }
  }
  for (const { target, consent: given } of consents) {
    const known = views.get(target);
    if (known) views.set(target, { ...known, consent: given });
  }
  for (const { of, overdue = false, attempts = 0, changedAt = at, ...rest } of faces) {
    for (const name of of) {
      const known = views.get(name);
      if (known) views.set(name, { ...plannedIn(known), ...rest, overdue, attempts, changedAt });
    }
  }
  return views;
};

/** Whole views, as version 1 had them, said this way. */
export const statedOf = (views: readonly TargetView[]): { readonly planned: readonly Planned[]; readonly faces: readonly Face[] } => ({
  planned: plannedAlike(views),
  faces: views.map(({ target, programme: _programme, basis: _basis, signatory: _signatory, consent: _consent, overdue, attempts, ...rest }) => ({ of: [target], ...rest, ...(overdue && { overdue }), ...(attempts !== 0 && { attempts }) })),
});
