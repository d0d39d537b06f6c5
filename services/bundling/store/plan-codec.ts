import type { CaseState, Correction, Planned, TargetState, Told } from '../domain/case-state.js';
import { faceOf, sameList, untouched } from '../domain/target.js';
import { PARENTS, asStored, caseStatus, consent, correction, ended, fromStored, identity, parent, targetStatus, waitingOn, word, type StoredTarget } from './plan-codes.js';
import type { PlanShape } from './plan-shape.js';
import { unpackV1, type PackedCaseV1 } from './plan-codec.v1.js';

export type { PackedCaseV1 } from './plan-codec.v1.js';

type Packed = readonly unknown[];
/**
 * What changes, as short as it can be said: rows per case are the currency, and bytes come next. Targets that stand alike are said once:
 * `[2, accepted at, status, notifier, people, [[which targets, how they stand …] …], settled at, held, ended]`, absences at the end left out.
 */
export type PackedCase = Packed;
const VERSION = 2;

interface How {
  readonly pack: (value: never, acceptedAt: number) => unknown;
  readonly unpack: (packed: never, acceptedAt: number) => unknown;
}
const MINUTE = 60_000;
/** From the acceptance on: deadlines end with a minute and are counted in minutes, as even numbers; all else in milliseconds, as odd ones. */
const instant = {
  pack: (at: number, from: number): number => ((at + 1) % MINUTE === 0 ? 2 * ((at + 1) / MINUTE - Math.floor(from / MINUTE)) : 2 * (at - from) + 1),
  unpack: (packed: number, from: number): number => (packed % 2 === 0 ? (packed / 2 + Math.floor(from / MINUTE)) * MINUTE - 1 : (packed - 1) / 2 + from),
};
const asItIs: How = { pack: (value) => value, unpack: (packed) => packed };
const correcting = {
  pack: ({ kind, revision, tell }: Correction, from: number): Packed => [correction.pack(kind), revision, ...packFields(FACE, tell, from, [targetStatus.pack(tell.status)])],
  unpack: ([kind, revision, status, ...fields]: readonly [number, number, number, ...Packed], from: number): Correction => ({
    kind: correction.unpack(kind), revision, tell: unpackFields(FACE, { ...NO_FACE, status: targetStatus.unpack(status) }, fields, 0, from),
  }),
};

/** A field that need not be there: its bit, which once given keeps its meaning, what it is otherwise, and how a value is written; without that its bit says it all. */
interface Field<T> { readonly key: keyof T; readonly bit: number; readonly absent: unknown; readonly how?: How }
const FACE: readonly Field<Told>[] = [
  { key: 'overdue', bit: 1, absent: false },
  { key: 'presumed', bit: 2, absent: undefined },
  { key: 'attempts', bit: 4, absent: 0, how: asItIs },
  { key: 'waitingOn', bit: 8, absent: undefined, how: waitingOn },
  { key: 'waitsFor', bit: 16, absent: undefined, how: asItIs },
  { key: 'expectedBy', bit: 32, absent: undefined, how: instant },
  { key: 'chaseAt', bit: 64, absent: undefined, how: instant },
  { key: 'limitAt', bit: 128, absent: undefined, how: instant },
  { key: 'actionBy', bit: 256, absent: undefined, how: instant },
  { key: 'outcome', bit: 512, absent: undefined, how: word },
  { key: 'reason', bit: 1024, absent: undefined, how: word },
];
const TARGET: readonly Field<StoredTarget>[] = [
  ...FACE,
  { key: 'received', bit: 2048, absent: false },
  { key: 'done', bit: 4096, absent: undefined },
  { key: 'revision', bit: 8192, absent: 0, how: asItIs },
  { key: 'told', bit: 16384, absent: undefined, how: asItIs },
  { key: 'correction', bit: 32768, absent: undefined, how: correcting },
  { key: 'pending', bit: 65536, absent: undefined, how: correction },
  { key: 'stale', bit: 131072, absent: undefined },
];
const NO_FACE = faceOf(untouched({} as Planned, 'not-needed', 0));

/** Which fields are there, and after it the values of those that have one. */
const packFields = <T>(fields: readonly Field<T>[], of: T, from: number, into: unknown[]): Packed => {
  const place = into.push(0) - 1;
  let has = 0;
  for (const { key, bit, absent, how } of fields) {
    const value = of[key];
    if (value === absent) continue;
    has |= bit;
    if (how) into.push(how.pack(value as never, from));
  }
  into[place] = has;
  return into;
};

/** Fills in what is there, into an object of its own. */
const unpackFields = <T>(fields: readonly Field<T>[], into: T, packed: Packed, place: number, from: number): T => {
  const has = packed[place] as number;
  let next = place + 1;
  for (const { key, bit, how } of fields) if ((has & bit) !== 0) into[key] = (how ? how.unpack(packed[next++] as never, from) : true) as T[keyof T];
  return into;
};

/** Nothing tells them apart but their plans. Asked of each pair at every step of every case, so it is written out. */
const standAlike = (a: StoredTarget, b: StoredTarget): boolean =>
  a.status === b.status && a.changedAt === b.changedAt && a.consent === b.consent && a.overdue === b.overdue && a.presumed === b.presumed && a.attempts === b.attempts && a.waitingOn === b.waitingOn
  && a.expectedBy === b.expectedBy && a.chaseAt === b.chaseAt && a.limitAt === b.limitAt && a.actionBy === b.actionBy && a.outcome === b.outcome && a.reason === b.reason && a.received === b.received
  && a.done === b.done && a.revision === b.revision && a.told === b.told && a.correction === b.correction && a.pending === b.pending && a.stale === b.stale && sameList(a.waitsFor, b.waitsFor);

/** Which targets stand so is a number with a bit for the place of each: it holds 53. */
const MOST_TARGETS = 53;

const packTargets = (targets: readonly TargetState[], from: number): Packed => {
  if (targets.length > MOST_TARGETS) throw new RangeError(`a plan holds at most ${MOST_TARGETS} targets`);
  const said: { first: StoredTarget; which: number }[] = [];
  let bit = 1;
  for (const target of targets) {
    const t = asStored(target);
    const alike = said.find(({ first }) => standAlike(first, t));
    if (alike) alike.which += bit;
    else said.push({ first: t, which: bit });
    bit *= 2;
  }
  return said.map(({ first: t, which }) => packFields(TARGET, t, from, [which, targetStatus.pack(t.status), consent.pack(t.consent), instant.pack(t.changedAt, from)]));
};

const unpackTargets = (plans: readonly Planned[], packed: readonly Packed[], from: number): readonly TargetState[] => {
  const targets = new Array<TargetState>(plans.length);
  for (const stand of packed) {
    const [which, status, agreed, changedAt] = stand as readonly [number, number, number, number];
    let first: TargetState | undefined;
    for (let rest = which, i = 0; rest > 0; rest = Math.floor(rest / 2), i++) {
      if (rest % 2 === 0) continue;
      const plan = plans[i]!;
      if (first) targets[i] = { ...first, plan };
      else targets[i] = first = fromStored(unpackFields<StoredTarget>(TARGET, { ...untouched(plan, consent.unpack(agreed), instant.unpack(changedAt, from)), status: targetStatus.unpack(status) }, stand, 4, from));
    }
  }
  return targets;
};

/** Without the absences at its end. */
const trimmed = (list: readonly unknown[]): Packed => list.slice(0, list.findLastIndex((value) => value !== undefined) + 1);

const packPeople = (people: CaseState['people']): Packed => trimmed(PARENTS.map((id) => people[id] && identity.pack(people[id])));
const unpackPeople = (packed: readonly (number | null)[]): CaseState['people'] =>
  Object.fromEntries(packed.flatMap((known, i) => (known === null ? [] : [[PARENTS[i]!, identity.unpack(known)] as const])));

export const packCase = ({ acceptedAt: from, status, notifier, people, targets, settledAt, held, ended: end }: CaseState): PackedCase => trimmed([
  VERSION, from, caseStatus.pack(status), parent.pack(notifier), packPeople(people), packTargets(targets, from),
  settledAt === undefined ? undefined : instant.pack(settledAt, from), held ? 1 : undefined, end && ended.pack(end),
]);

export const unpackCase = (caseId: string, shape: PlanShape, packed: PackedCase | PackedCaseV1, nextDue: number | undefined): CaseState => {
  if (isV1(packed)) return unpackV1(caseId, shape, packed, nextDue);
  const [version, acceptedAt, status, notifier, people, targets, settledAt, held, end] = packed as
    readonly [number, number, number, number, readonly (number | null)[], readonly Packed[], number | null | undefined, 1 | null | undefined, number | undefined];
  if (version !== VERSION) throw new RangeError(`a plan is stored in version ${version}, and this process reads up to ${VERSION}`);
  return {
    caseId, lifeEvent: shape.lifeEvent, bundleVersion: shape.bundleVersion, acceptedAt, status: caseStatus.unpack(status), settledAt: settledAt == null ? undefined : instant.unpack(settledAt, acceptedAt),
    notifier: parent.unpack(notifier), people: unpackPeople(people), held: held === 1, ended: end === undefined ? undefined : ended.unpack(end),
    targets: unpackTargets(shape.targets, targets, acceptedAt), nextDue,
  };
};
const isV1 = (packed: PackedCase | PackedCaseV1): packed is PackedCaseV1 => !Array.isArray(packed);
