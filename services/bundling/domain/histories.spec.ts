import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CaseAdvancedV2, inFull, nameOfDelivery, seenAfter, type DataOf, type QueuedDelivery, type Stated, type TargetView } from '#contracts/events/index.js';
import { misfit } from '#contracts/events/schema.js';
import { isSettledCase, isSettledTarget, type ParentId } from '#contracts/words.js';
import { DomainError } from '#libs/kernel/index.js';
import { DAY, NOON, aCase, aRoot, aTarget, openIn, planAs, targetIn } from '../testing/a-case.js';
import { packCase, unpackCase } from '../store/plan-codec.js';
import { shapeOf } from '../store/plan-shape.js';
import type { Step } from './advance.js';
import { viewOf, type CaseState, type IdentityState, type TargetState } from './case-state.js';
import { decide as real, decisionOf, type Answer, type Happening } from './decide.js';
import { casePlanned } from './stated.js';

/** Whatever happens to a case, in whatever order, these stay true. Random families of targets live through random histories. */

type Decide = typeof real;
const PEOPLE = ['parent-1', 'parent-2'] as const;
const LAST: readonly Answer['status'][] = ['completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'withheld', 'no-agreement'];
const NEVER_LEFT: readonly Answer['status'][] = ['withheld', 'no-agreement'];

const families = fc.array(fc.record({
  after: fc.array(fc.nat(), { maxLength: 2 }), law: fc.boolean(), signatory: fc.constantFrom(...PEOPLE), unconfirmed: fc.boolean(),
  consent: fc.constantFrom<TargetState['consent']>('granted', 'granted', 'awaited', 'refused', 'not-asked'), ended: fc.constantFrom(undefined, undefined, undefined, 'handed-over' as const, 'not-applicable' as const),
}), { minLength: 1, maxLength: 6 }).map((members) => members.map((m, i): TargetState => {
  const after = i === 0 ? [] : [...new Set(m.after.map((n) => `t${n % i}`))];
  const ended = i > 0 && m.ended ? { status: m.ended, reason: 'not-offered-there' } : {};
  if (i === 0) return aRoot({ target: 't0' });
  if (m.law) return aRoot({ target: `t${i}`, root: false, acceptsUnconfirmed: m.unconfirmed, after, ...ended });
  return aTarget(`t${i}`, { programme: 'ca-on/programme', after, signatory: m.signatory, acceptsUnconfirmed: m.unconfirmed, consent: m.consent, ...ended });
}));

/** What somebody means to do; `of` picks whom or what among those there are. */
const intents = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('identity' as const), of: fc.nat(), identity: fc.constantFrom<IdentityState>('asked', 'delayed', 'review', 'to-correct', 'confirmed', 'confirmed', 'confirmed', 'refused') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('consent' as const), of: fc.nat(), by: fc.constantFrom(...PEOPLE), decision: fc.constantFrom('granted' as const, 'granted' as const, 'refused' as const, 'withdrawn' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), of: fc.nat({ max: 60 }), newest: fc.boolean(), status: fc.constantFrom<Answer['status']>('acknowledged', 'in-progress', 'action-required', 'completed', 'completed', 'completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'failed-retryable', 'parked', 'withheld', 'no-agreement') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('everyone-answers' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('amend' as const), of: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('duplicate' as const), decision: fc.constantFrom('distinct' as const, 'same-event' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), of: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('by-hand' as const), of: fc.nat(), status: fc.constantFrom('completed' as const, 'failed-permanent' as const, 'handed-over' as const) }) },
), { minLength: 1, maxLength: 30 });
const ENDINGS = ['cancel', 'withdraw', 'withdraw, then cancel', 'nothing'] as const;
type Intent = typeof intents extends fc.Arbitrary<(infer I)[]> ? I : never;

class Untrue extends Error {}
const must = (truth: string, holds: boolean): void => {
  if (!holds) throw new Untrue(truth);
};

const answerTo = ({ target, kind, revision }: QueuedDelivery, status: Answer['status'], attempts = 1): Happening => ({ kind: 'answers', answers: [{ target, kind, revision, status, attempts }] });

/** Lives through a history and watches from outside: what was sent, what was answered, who was confirmed. */
class Witness {
  state: CaseState;
  now = NOON;
  readonly sent: QueuedDelivery[] = [];
  readonly lastWord = new Map<string, Answer['status']>();
  readonly done = new Set<string>();
  readonly confirmed = new Set<ParentId>();
  readonly granted: Set<string>;
  /** How much had been sent when what was told last changed. */
  readonly amendedAfter = new Map<string, number>();

  constructor(private readonly decide: Decide, private readonly family: readonly TargetState[], private held: boolean) {
    this.granted = new Set(family.filter((t) => t.consent === 'granted').map((t) => t.plan.target));
    const step = aCase(family, { held });
    this.state = step.state;
    this.look(undefined, step, { kind: 'tick' });
  }

  happens(happening: Happening): void {
    const before = this.state;
    let step: Step;
    try {
      step = this.decide(happening, before, this.now);
    } catch (error) {
      if (error instanceof DomainError && (happening.kind === 'retry' || happening.kind === 'settle-by-hand')) return; // refused, and nothing changed
      throw error;
    }
    if (happening.kind === 'identity' && happening.identity === 'confirmed') this.confirmed.add(happening.personId);
    if (happening.kind === 'settle-by-hand' && happening.status === 'completed' && !before.targets.find((t) => t.plan.target === happening.target)?.correction) this.done.add(happening.target);
    if (happening.kind === 'duplicate') this.held = false;
    if (happening.kind === 'amended') for (const target of happening.targets) this.amendedAfter.set(target, this.sent.length);
    if (happening.kind === 'consent') {
      for (const { target, personId, decision } of happening.decisions) {
        if (targetIn(before, target).plan.signatory !== personId) continue;
        if (decision === 'granted') this.granted.add(target);
        else this.granted.delete(target);
      }
    }
    if (happening.kind === 'answers') {
      for (const a of happening.answers) {
        if (a.kind === 'tell' && (a.status === 'completed' || a.status === 'already-known')) this.done.add(a.target);
        if (!LAST.includes(this.lastWord.get(nameOfDelivery(a)) ?? 'parked')) this.lastWord.set(nameOfDelivery(a), a.status);
      }
    }
    this.state = step.state;
    this.look(before, step, happening);
    const again = ['retry', 'settle-by-hand', 'amended'].includes(happening.kind) ? undefined : this.decide(happening, step.state, this.now);
    must('the same news twice is news once', again === undefined || (again.changed.length === 0 && again.deliveries.length === 0));
  }

  /** Time passes, and nothing else, until no timer is left. */
  rest(): void {
    let due = this.state.nextDue;
    for (let ticks = 0; due !== undefined; ticks++) {
      must('waiting comes to an end', ticks < 12 * this.state.targets.length && due < NOON + 3000 * DAY);
      this.now = Math.max(this.now, due);
      this.happens({ kind: 'tick' });
      due = this.state.nextDue;
      must('a timer that fired is over', due === undefined || due > this.now);
    }
    must('what time alone cannot settle is parked', openIn(this.state).every((t) => t.status === 'parked'));
  }

  private look(before: CaseState | undefined, step: Step, happening: Happening): void {
    const { state } = step;
    for (const t of state.targets) {
      const open = !isSettledTarget(t.status);
      must('every open word says who is waited for', !open || t.waitingOn !== undefined);
      must('every open word has a limit, but the parked', !open || (t.status === 'parked') === (t.limitAt === undefined));
      must('a settled target waits for nothing', open || [t.waitingOn, t.waitsFor, t.expectedBy, t.chaseAt, t.limitAt, t.actionBy].every((x) => x === undefined));
      must('a settled target is not overdue', open || !t.overdue);
      if (open && t.status !== 'parked') must('the case wakes in time', state.nextDue !== undefined && state.nextDue <= t.limitAt!);
      const was = before?.targets.find((x) => x.plan.target === t.plan.target);
      if (was && was !== t && isSettledTarget(was.status) && was.presumed === undefined && !was.correction && happening.kind === 'answers' && was.told !== undefined) {
        must('an answer that came late does not unsettle a genuine one', was.status === t.status && was.outcome === t.outcome);
      }
      if (was && isSettledTarget(was.status) && (happening.kind === 'settle-by-hand' || happening.kind === 'retry') && was.told !== undefined) must('a presumption never overrules', was.status === t.status && was.outcome === t.outcome);
      if (was?.presumed && !was.correction && happening.kind === 'answers') {
        const genuine = happening.answers.find((a) => a.target === t.plan.target && a.kind === 'tell' && a.revision === was.told && LAST.includes(a.status) && !NEVER_LEFT.includes(a.status));
        if (genuine) must('a genuine answer overrules a presumption', t.presumed === undefined);
      }
    }
    for (const t of state.targets) must('nobody is left untold for want of a consent that was given', t.plan.basis === 'law' || t.status !== 'consent-withheld' || !this.granted.has(t.plan.target) || state.ended !== undefined);
    const settled = openIn(state).length === 0;
    must('a case is settled when all its targets are', isSettledCase(state.status) === settled && (state.settledAt !== undefined) === settled);
    for (const d of step.deliveries) {
      const t = targetIn(state, d.target);
      if (!d.chase) {
        must('no delivery is sent twice under one key', !this.sent.some((s) => s.deliveryId === d.deliveryId));
        must('revisions go up', this.sent.every((s) => s.target !== d.target || s.revision < d.revision));
        if (d.kind === 'tell') this.mayTell(state, d.target);
        else {
          const told = this.sent.filter((s) => s.target === d.target && s.kind === 'tell').at(-1);
          must('only who was told is corrected', told !== undefined);
          must('an amendment goes nowhere without consent', d.kind !== 'amend' || t.plan.basis === 'law' || this.granted.has(d.target));
          must('the law is not stopped', d.kind !== 'stop' || t.plan.basis === 'consent');
        }
        this.sent.push(d);
      } else must('only what was sent is asked after', this.sent.some((s) => s.deliveryId === d.deliveryId));
    }
    const packed = JSON.parse(JSON.stringify(packCase(state))) as ReturnType<typeof packCase>;
    must('what is stored is read back the same', JSON.stringify(sorted(unpackCase(state.caseId, shapeOf(state), packed, state.nextDue))) === JSON.stringify(sorted(state)));
  }

  private mayTell(state: CaseState, name: string): void {
    const t = this.family.find((x) => x.plan.target === name)!.plan;
    must('nobody is told without consent', t.basis === 'law' || this.granted.has(name));
    must('nobody is told before the person is confirmed', this.confirmed.has(t.signatory ?? state.notifier));
    must('nobody is told while a reviewer compares', !this.held);
    must('nobody is told of what was taken back', state.ended === undefined);
    must('nobody is told before their turn', t.after.every((other) => this.done.has(other)));
    must('nobody is told of what nobody confirmed', t.acceptsUnconfirmed || t.root || this.done.has('t0'));
  }

  /** Whether whoever did what they were told, under a consent that stands, was told what changed. */
  knowsWhatChanged({ plan: { target, basis }, status, presumed }: TargetState): boolean {
    const amendedAfter = this.amendedAfter.get(target);
    const stands = (status === 'completed' || status === 'already-known') && !presumed && (basis === 'law' || this.granted.has(target));
    return !stands || amendedAfter === undefined || this.sent.slice(amendedAfter).some((s) => s.target === target && (s.kind === 'tell' || s.kind === 'amend'));
  }

  /** Everyone who has it, or may: told, and no word that nothing left. */
  get tellsThatLeft(): readonly QueuedDelivery[] {
    return this.sent.filter((s) => s.kind === 'tell' && !NEVER_LEFT.includes(this.lastWord.get(nameOfDelivery(s)) ?? 'parked'));
  }
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(sorted)
  : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]))
  : value;

const meant = ({ state, sent }: Witness, intent: Intent): Happening | undefined => {
  const pick = (n: number): string => state.targets[n % state.targets.length]!.plan.target;
  switch (intent.do) {
    case 'identity': return { kind: 'identity', personId: PEOPLE[intent.of % 2]!, identity: intent.identity };
    case 'consent': return { kind: 'consent', decisions: [{ target: pick(intent.of), personId: intent.by, decision: intent.decision }] };
    case 'answer': return sent.length > 0 ? answerTo(intent.newest ? sent.at(-1)! : sent[intent.of % sent.length]!, intent.status, 1 + (intent.of % 3)) : undefined;
    case 'everyone-answers': return { kind: 'answers', answers: [] };
    case 'amend': return { kind: 'amended', targets: [pick(intent.of), pick(intent.of + 1)] };
    case 'cancel': return { kind: 'cancelled' };
    case 'duplicate': return { kind: 'duplicate', decision: intent.decision };
    case 'wait': return { kind: 'tick' };
    case 'retry': return { kind: 'retry', target: pick(intent.of) };
    case 'by-hand': return { kind: 'settle-by-hand', target: pick(intent.of), status: intent.status };
  }
};

const live = (witness: Witness, intent: Intent): void => {
  witness.now += intent.do === 'wait' ? intent.days * DAY : 1;
  if (intent.do === 'everyone-answers') {
    for (const delivery of witness.sent.filter((d) => !witness.lastWord.has(nameOfDelivery(d)))) witness.happens(answerTo(delivery, 'completed'));
  }
  const happening = meant(witness, intent);
  if (happening) witness.happens(happening);
};

/** Lives through a history, then takes it back, and lets everything come to rest. */
const history = (decide: Decide, family: readonly TargetState[], held: boolean, what: readonly Intent[], ending: (typeof ENDINGS)[number], fortunate: boolean): void => {
  const witness = new Witness(decide, family, held);
  if (fortunate) {
    for (const personId of PEOPLE) witness.happens({ kind: 'identity', personId, identity: 'confirmed' });
    live(witness, { do: 'everyone-answers' });
    live(witness, { do: 'everyone-answers' });
  }
  for (const intent of what) live(witness, intent);
  const endedBefore = witness.state.ended !== undefined;
  if (ending.startsWith('withdraw')) {
    for (const t of witness.state.targets) if (t.plan.signatory) witness.happens({ kind: 'consent', decisions: [{ target: t.plan.target, personId: t.plan.signatory, decision: 'withdrawn' }] });
    if (fortunate) live(witness, { do: 'everyone-answers' });
  }
  if (ending.endsWith('cancel')) witness.happens({ kind: 'cancelled' });
  witness.rest();
  for (const tell of witness.tellsThatLeft) {
    const t = targetIn(witness.state, tell.target);
    const followed = (kinds: readonly string[]) => witness.sent.some((s) => s.target === tell.target && kinds.includes(s.kind) && s.revision > tell.revision);
    if (witness.state.ended === 'cancelled') must('everyone told is told that it was not so', followed(['recall']));
    else if (ending === 'withdraw' && !endedBefore && t.plan.basis === 'consent') must('everyone told is told to stop', followed(['stop', 'recall']));
  }
  if (witness.state.ended === undefined) must('nobody goes by what was amended since', witness.state.targets.every((t) => witness.knowsWhatChanged(t)));
  const shown = JSON.stringify(witness.state);
  witness.happens({ kind: 'tick' });
  must('what has come to rest stays at rest', JSON.stringify(witness.state) === shown);
};

const property = (decide: Decide) => fc.property(families, fc.nat({ max: 5 }), intents, fc.constantFrom(...ENDINGS), fc.boolean(), (family, held, what, ending, fortunate) => history(decide, family, held === 5, what, ending, fortunate));

type Advanced = DataOf<typeof CaseAdvancedV2>;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** Decides as ever, watched by somebody who knows of a case only what its events say. */
const read = (garbled: (data: Advanced) => Advanced = (data) => data): Decide => {
  const views = new WeakMap<CaseState, ReadonlyMap<string, TargetView>>();
  const seenIn = (state: CaseState): ReadonlyMap<string, TargetView> =>
    views.get(state) ?? seenAfter(new Map(), casePlanned({ state, changed: state.targets, deliveries: [] }, NOON).data as Stated, NOON);
  return (happening, before, now) => {
    const step = real(happening, before, now);
    const known = seenIn(before);
    let seen = known;
    const stated = decisionOf(before, step, now).events ?? [];
    must('what is handed over is stated', stated.length > 0 || step.deliveries.length === 0);
    for (const { data: asStated } of stated) {
      const data = garbled(asStated as Advanced);
      must('an event fits its schema', misfit(CaseAdvancedV2.shape, data) === undefined);
      must('targets that stand alike are said once', new Set(data.faces.map(({ of: _of, ...face }) => JSON.stringify(face))).size === data.faces.length);
      must('a reader knows whether the case is settled, and since when', data.status === step.state.status && data.settledAt === (isSettledCase(data.status) ? step.state.settledAt : undefined));
      must('a reader knows each delivery', same(data.deliveries.map(inFull), step.deliveries));
      seen = seenAfter(known, data, now);
    }
    must('a reader sees change what changed', same([...seen].filter(([name, view]) => known.get(name) !== view).map(([name]) => name), step.changed.map((t) => t.plan.target)));
    must('a reader sees every target as it stands', same([...seen.values()], step.state.targets.map(viewOf)));
    views.set(step.state, seen);
    return step;
  };
};
const garblings: Readonly<Record<string, (data: Advanced) => Advanced>> = {
  'a target left out': (data) => ({ ...data, faces: data.faces.slice(1) }),
  'a name left out': ({ faces, ...data }) => ({ ...data, faces: faces.map((f) => ({ ...f, of: f.of.slice(0, 1) })) }),
  'a consent left out': ({ consents: _consents, ...data }) => data,
  'every change dated now': ({ faces, ...data }) => ({ ...data, faces: faces.map(({ changedAt: _at, ...f }) => f) }),
  'lateness left out': ({ faces, ...data }) => ({ ...data, faces: faces.map(({ overdue: _overdue, ...f }) => f) }),
  'tries left out': ({ faces, ...data }) => ({ ...data, faces: faces.map(({ attempts: _attempts, ...f }) => f) }),
  'presumptions told as facts': ({ faces, ...data }) => ({ ...data, faces: faces.map(({ presumed: _presumed, ...f }) => f) }),
  'every delivery a first tell': ({ deliveries, ...data }) => ({ ...data, deliveries: deliveries.map(({ kind: _kind, revision: _revision, ...d }) => d) }),
  'each delivery taken for the tell': ({ deliveries, ...data }) => ({ ...data, deliveries: deliveries.map(({ tellId: _tellId, ...d }) => d) }),
  'everybody said apart': ({ faces, ...data }) => ({ ...data, faces: faces.flatMap((f) => f.of.map((name) => ({ ...f, of: [name] }))) }),
};

const patch = (step: Step, by: (t: TargetState) => TargetState): Step => {
  const targets = step.state.targets.map(by);
  return { ...step, state: { ...step.state, targets }, changed: targets.filter((t, i) => step.changed.includes(step.state.targets[i]!) || t !== step.state.targets[i]) };
};
const omit = (t: TargetState, key: keyof TargetState): TargetState => {
  const { [key]: _gone, ...rest } = t;
  return rest as TargetState;
};
const pretend = (state: CaseState, by: (t: TargetState) => TargetState): CaseState => ({ ...state, targets: state.targets.map(by) });

/** Mistakes of the kind that are made, and the truth each breaks. */
const mistakes: Readonly<Record<string, { readonly lie: Decide; readonly breaks: readonly string[] }>> = {
  'waiting for nobody': { lie: (h, s, now) => patch(real(h, s, now), (t) => (t.status === 'waiting-dependency' ? omit(t, 'waitingOn') : t)), breaks: ['every open word says who is waited for'] },
  'acknowledged for ever': { lie: (h, s, now) => patch(real(h, s, now), (t) => (t.status === 'acknowledged' ? omit(t, 'limitAt') : t)), breaks: ['every open word has a limit, but the parked'] },
  'consent taken for granted': { lie: (h, s, now) => real(h, pretend(s, (t) => (t.consent === 'awaited' ? { ...t, consent: 'granted' } : t)), now), breaks: ['nobody is told without consent'] },
  'a person taken at their word': { lie: (h, s, now) => real(h, { ...s, people: { 'parent-1': 'confirmed', 'parent-2': 'confirmed' } }, now), breaks: ['nobody is told before the person is confirmed'] },
  'an order that is a suggestion': { lie: (h, s, now) => real(h, pretend(s, (t) => planAs(t, { after: [] })), now), breaks: ['nobody is told before their turn'] },
  'a root that gates nothing': { lie: (h, s, now) => real(h, pretend(s, (t) => planAs(t, { acceptsUnconfirmed: true })), now), breaks: ['nobody is told of what nobody confirmed'] },
  'a review that holds nothing': { lie: (h, s, now) => real(h, { ...s, held: false }, now), breaks: ['nobody is told while a reviewer compares'] },
  'a recall forgotten for whoever never answered': {
    lie: (h, s, now) => (h.kind === 'cancelled' ? real(h, pretend(s, (t) => (t.received || isSettledTarget(t.status) ? t : omit(t, 'told'))), now) : real(h, s, now)),
    breaks: ['everyone told is told that it was not so'],
  },
  'a recall spared to whoever was stopped': {
    lie: (h, s, now) => (h.kind === 'cancelled' ? real(h, pretend(s, (t) => (t.status === 'revoked' ? { ...t, received: false } : t)), now) : real(h, s, now)),
    breaks: ['everyone told is told that it was not so'],
  },
  'a withdrawal kept to ourselves': { lie: (h, s, now) => (h.kind === 'consent' && h.decisions[0]!.decision !== 'granted' ? { state: s, changed: [], deliveries: [] } : real(h, s, now)), breaks: ['everyone told is told to stop', 'an amendment goes nowhere without consent'] },
  'an amendment kept to ourselves': { lie: (h, s, now) => real(h.kind === 'amended' ? { ...h, targets: [] } : h, s, now), breaks: ['nobody goes by what was amended since'] },
  'a refusal taken for a notice that ran out': {
    lie: (h, s, now) => real(h.kind === 'answers' ? { ...h, answers: h.answers.map((a) => (a.status === 'withheld' ? { ...a, reason: 'consent-expired' } : a)) } : h, s, now),
    breaks: ['nobody is left untold for want of a consent that was given'],
  },
  'a stop of what the law requires': {
    lie: (h, s, now) => {
      if (h.kind !== 'consent' || h.decisions[0]!.decision === 'granted' || s.ended) return real(h, s, now);
      const lawful = new Set(s.targets.filter((t) => t.plan.basis === 'law' && t.received && !t.correction).map((t) => t.plan.target));
      const step = real(h, pretend(s, (t) => (lawful.has(t.plan.target) ? { ...planAs(t, { basis: 'consent', signatory: h.decisions[0]!.personId }), consent: 'granted' } : t)), now);
      return patch(step, (t) => (lawful.has(t.plan.target) ? { ...planAs(t, { basis: 'law', signatory: undefined }), consent: 'not-needed' } : t));
    },
    breaks: ['the law is not stopped', 'the same news twice is news once'],
  },
  'a late answer that unsettles': {
    lie: (h, s, now) => {
      if (h.kind !== 'answers') return real(h, s, now);
      const step = real(h, pretend(s, (t) => (t.told !== undefined && isSettledTarget(t.status) && !t.correction ? { ...t, presumed: true } : t)), now);
      return patch(step, (t) => (t.presumed && !targetIn(s, t.plan.target).presumed ? omit(t, 'presumed') : t));
    },
    breaks: ['an answer that came late does not unsettle a genuine one', 'the same news twice is news once'],
  },
  'a presumption that is final': { lie: (h, s, now) => (h.kind === 'answers' ? patch(real(h, pretend(s, (t) => omit(t, 'presumed')), now), (t) => (targetIn(s, t.plan.target).presumed && isSettledTarget(t.status) ? { ...t, presumed: true } : t)) : real(h, s, now)), breaks: ['a genuine answer overrules a presumption', 'the same news twice is news once'] },
  'an operator who overrules the programme': {
    lie: (h, s, now) => {
      const genuine = h.kind === 'settle-by-hand' && s.targets.find((t) => t.plan.target === h.target && isSettledTarget(t.status) && t.told !== undefined && t.presumed === undefined);
      return genuine ? patch({ state: s, changed: [], deliveries: [] }, (t) => (t === genuine ? { ...t, status: 'failed-permanent', presumed: true } : t)) : real(h, s, now);
    },
    breaks: ['a presumption never overrules'],
  },
  'asking after it again and again': { lie: (h, s, now) => (h.kind === 'tick' ? patch(real(h, s, now), (t) => (t.status === 'queued' ? { ...t, chaseAt: now } : t)) : real(h, s, now)), breaks: ['a timer that fired is over', 'the same news twice is news once', 'waiting comes to an end'] },
  'the deadline that moves along': { lie: (h, s, now) => {
    const step = real(h, s, now);
    const moved = patch(step, (t) => (t.limitAt !== undefined && t.status === 'queued' ? { ...t, limitAt: now + 90 * DAY } : t));
    return { ...moved, state: { ...moved.state, ...(openIn(moved.state).length > 0 && { nextDue: Math.min(...openIn(moved.state).flatMap((t) => [t.limitAt ?? Infinity, t.expectedBy !== undefined && !t.overdue ? t.expectedBy : Infinity])) }) } };
  }, breaks: ['waiting comes to an end', 'the case wakes in time', 'a timer that fired is over', 'the same news twice is news once'] },
  'the same key for two deliveries': { lie: (h, s, now) => {
    const step = real(h, s, now);
    return { ...step, deliveries: step.deliveries.map((d) => (d.kind === 'tell' ? d : { ...d, deliveryId: d.tellId })) };
  }, breaks: ['no delivery is sent twice under one key', 'only what was sent is asked after'] },
  'a case that settles while one is open': { lie: (h, s, now) => {
    const step = real(h, s, now);
    return openIn(step.state).length === 1 ? { ...step, state: { ...step.state, status: 'completed' } } : step;
  }, breaks: ['a case is settled when all its targets are'] },
};

describe('the history of a case', () => {
  it('keeps every truth, whatever happens in whatever order', () => {
    fc.assert(property(real), { numRuns: 1500 });
  });

  it.each(Object.entries(mistakes))('the planted mistake "%s" is found', (_, { lie, breaks }) => {
    const found = fc.check(property(lie), { numRuns: 5000, endOnFailure: true, seed: 2026 });
    expect(found.failed).toBe(true);
    expect(breaks).toContain((found.errorInstance as Error | null)?.message);
  });

  it('is known to whoever reads its events, whatever happens in whatever order', () => {
    fc.assert(property(read()), { numRuns: 1000 });
  });

  it.each(Object.entries(garblings))('an event with "%s" is found', (_, garbled) => {
    expect(fc.check(property(read(garbled)), { numRuns: 5000, endOnFailure: true, seed: 2026 }).errorInstance).toBeInstanceOf(Untrue);
  });

  it('is decided from what it is given alone: the same question has the same answer, and the state given is not touched', () => {
    const frozen = (state: CaseState): CaseState => Object.freeze({ ...state, targets: Object.freeze(state.targets.map((t) => Object.freeze(t))) });
    fc.assert(property((h, s, now) => {
      const [one, two] = [real(h, frozen(s), now), real(h, frozen(s), now)];
      expect(two).toEqual(one);
      return one;
    }), { numRuns: 100 });
  });
});
