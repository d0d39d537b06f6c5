import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bundles, type LegalStatus, type PlanningFacts, type PlanningPerson } from '#contracts/bundles/index.js';
import { PARENT_IDS, PROVINCES_AND_TERRITORIES, isSettledTarget } from '#contracts/words.js';
import { NOON, aCase, planAs } from '../testing/a-case.js';
import type { CaseState, TargetState } from './case-state.js';
import { decide as real } from './decide.js';
import { plan } from './plan.js';

/** Families of every make, in every province and territory: who is told, and in what order, when everybody answers at once. */

const bundle = bundles.birth!;
const STATUSES: readonly LegalStatus[] = ['citizen', 'permanent-resident', 'protected-person', 'temporary-resident', 'none', 'unknown'];

const families: fc.Arbitrary<PlanningFacts> = fc.record({
  outcome: fc.constantFrom('live-birth' as const, 'live-birth' as const, 'live-birth' as const, 'stillbirth' as const),
  placeOfEvent: fc.constantFrom(...PROVINCES_AND_TERRITORIES), movesAway: fc.boolean(), elsewhere: fc.constantFrom(...PROVINCES_AND_TERRITORIES),
  parents: fc.array(fc.record({ legalStatus: fc.constantFrom(...STATUSES), hasSin: fc.boolean(), hasHealthNumber: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  giver: fc.nat({ max: 4 }), notifier: fc.nat(), wanted: fc.array(fc.record({ target: fc.constantFrom(...bundle.targets.filter((t) => t.basis === 'consent').map((t) => t.target)), granted: fc.boolean(), by: fc.nat() }), { maxLength: 8 }),
  indigenousInterest: fc.boolean(), promoterChosen: fc.boolean(), circumstances: fc.subarray(['protected-address', 'adoption-placement', 'surrogacy-dispute'] as const, { maxLength: 1 }),
}).map((f): PlanningFacts => {
  const people = f.parents.map((p, i): PlanningPerson => ({ ...p, personId: PARENT_IDS[i]!, roles: i === f.giver ? ['parent', 'gave-birth'] : ['parent'] }));
  const personOf = (n: number) => people[n % people.length]!.personId;
  return {
    caseId: '', lifeEvent: 'birth', outcome: f.outcome, eventDate: '2026-03-01', placeOfEvent: f.placeOfEvent, residence: f.movesAway ? f.elsewhere : f.placeOfEvent, people, notifierPersonId: personOf(f.notifier),
    circumstances: f.circumstances, indigenousInterest: f.indigenousInterest, promoterChosen: f.promoterChosen,
    consents: [...new Map(f.wanted.map((w) => [w.target, { target: w.target, personId: personOf(w.by), decision: w.granted ? 'granted' as const : 'refused' as const }])).values()],
  };
});

const planned = (facts: PlanningFacts): TargetState[] => plan(bundle, facts, '2026-03-02', NOON);

/** In what order the targets are told when every person is confirmed, every signature given and every programme does what it is asked. */
const told = (facts: PlanningFacts, decide: typeof real, by: typeof planned = planned): readonly string[] => {
  const order: string[] = [];
  let { state }: { state: CaseState } = aCase(by(facts), { notifier: facts.notifierPersonId, people: { [facts.notifierPersonId]: 'asked' } });
  const happens = (happening: Parameters<typeof real>[0]): void => {
    const step = decide(happening, state, NOON + 1);
    state = step.state;
    for (const d of step.deliveries) order.push(d.target);
    for (const d of step.deliveries) happens({ kind: 'answers', answers: [{ target: d.target, kind: d.kind, revision: d.revision, status: 'completed', attempts: 1 }] });
  };
  for (const { personId } of facts.people) happens({ kind: 'identity', personId, identity: 'confirmed' });
  for (const t of state.targets) if (t.consent === 'awaited' && t.plan.signatory) happens({ kind: 'consent', decisions: [{ target: t.plan.target, personId: t.plan.signatory, decision: 'granted' }] });
  expect(state.targets.every((t) => isSettledTarget(t.status))).toBe(true);
  return order;
};

type Order = (facts: PlanningFacts) => readonly string[];
const truths: Readonly<Record<string, (order: Order) => void>> = {
  'the registration comes first, and before everything that changes a record': (order) => fc.assert(fc.property(families, (facts) => {
    const list = order(facts);
    const root = bundle.targets.find((t) => t.root && list.includes(t.target))!.target;
    return list.every((name, i) => list.indexOf(root) <= i || bundle.targets.find((t) => t.target === name)!.acceptsUnconfirmed);
  })),
  'whatever a target waits for is told before it': (order) => fc.assert(fc.property(families, (facts) => {
    const list = order(facts);
    return list.every((name, i) => bundle.targets.find((t) => t.target === name)!.after.every((needed) => list.slice(0, i).includes(needed)));
  })),
  'nobody is told twice': (order) => fc.assert(fc.property(families, (facts) => new Set(order(facts)).size === order(facts).length)),
  'the same family has the same order': (order) => fc.assert(fc.property(families, (facts) => JSON.stringify(order(facts)) === JSON.stringify(order(structuredClone(facts))))),
};

let turn = 0;
const mistakes: Readonly<Record<string, Order>> = {
  'an order that is forgotten': (facts) => told(facts, real, (f) => planned(f).toReversed().map((t) => planAs(t, { after: [], acceptsUnconfirmed: true }))),
  'the list taken backwards': (facts) => told(facts, real).toReversed(),
  'a target planned twice': (facts) => [...told(facts, real), ...told(facts, real).slice(0, 1)],
  'the registration left for last': (facts) => {
    const [first, ...rest] = told(facts, real);
    return [...rest, first!];
  },
  'an order by chance': (facts) => (turn++ % 2 === 0 ? told(facts, real) : told(facts, real).toReversed()),
};

describe('who is told, and in what order', () => {
  it.each(Object.entries(truths))('%s', (_, truth) => truth((facts) => told(facts, real)));

  it.each(Object.entries(truths))('a planted mistake breaks "%s"', (_, truth) => {
    expect(Object.values(mistakes).some((mistake) => breaks(() => truth(mistake)))).toBe(true);
  });

  it.each(Object.entries(mistakes))('the planted mistake "%s" is found', (_, mistake) => {
    expect(Object.values(truths).some((truth) => breaks(() => truth(mistake)))).toBe(true);
  });

  it('the order is that of the waits, and not of the list the plan is written in', () => {
    for (const name of ['the registration comes first, and before everything that changes a record', 'whatever a target waits for is told before it']) truths[name]!((facts) => told(facts, real, (f) => planned(f).toReversed()));
  });

  it('each target stands in a plan once at most, and every plan has exactly one root', () => {
    fc.assert(fc.property(families, (facts) => {
      const names = planned(facts).map((t) => t.plan.target);
      return new Set(names).size === names.length && planned(facts).filter((t) => t.plan.root).length === 1;
    }));
  });
});

const breaks = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch {
    return true;
  }
};
