import { describe, expect, it } from '@jest/globals';
import { DAMAGES, isSound, judge, type Damage, type Evidence, type LedgerLine, type Seen, type Told } from './oracle.js';
import { describeSchedule, scheduleOf } from './schedule.js';

const PROGRAMMES = ['ca-qc/birth-registration', 'ca-qc/birth-certificate', 'ca/sin', 'ca/child-benefits', 'ca-qc/family-allowance', 'ca-qc/health-card'];
const TARGETS = ['birth-registration', 'birth-certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'];
const at = (s: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, s)).toISOString();

const told: Told = { family: 'Zorquaaaa', told: 'once', consents: [], references: ['R-1'], refused: false };
const line = (programme: string, more: Partial<LedgerLine> = {}): LedgerLine =>
  ({ programme, deliveryId: `${programme}-1`, about: `${programme}-1`, kind: 'tell', sends: 1, effects: 1, receivedAt: at(1), body: { child: 'Zorquaaaa' }, ...more });
const ledger = PROGRAMMES.map((p) => line(p));
const seen: Seen = {
  reference: 'R-1', settled: true, status: 'completed', targets: TARGETS.map((target, i) => ({ target, programme: PROGRAMMES[i]!, status: 'completed' })),
  releases: [{ target: 'sin', kind: 'tell', at: at(1) }], decisions: [{ target: 'sin', decision: 'granted', at: at(0) }],
};
const sound: Evidence = { told: [told], seen: [seen], ledger, unclear: [] };
const without = (programme: string) => ledger.filter((l) => l.programme !== programme);
const showing = (target: string, status: string): Seen => ({ ...seen, targets: seen.targets.map((t) => (t.target === target ? { ...t, status } : t)) });
const withdrawn: Told = { ...told, consents: [{ target: 'sin', decision: 'withdrawn', answeredAt: Date.parse(at(5)) }] };

describe('the oracle', () => {
  it('finds nothing where everything was done once', () => {
    const verdict = judge(sound);
    expect(DAMAGES.filter((d) => verdict.damage[d].length > 0)).toEqual([]);
    expect(verdict.figures).toMatchObject({ told: 1, accepted: 1, effects: 6, sendsPerEffect: 1 });
  });

  const stop = line('ca/sin', { deliveryId: 'stop-1', kind: 'stop', body: {} });
  it('finds nothing where a consent was withdrawn and its programme told to stop', () => {
    expect(isSound(judge({ ...sound, told: [withdrawn], seen: [showing('sin', 'revoked')], ledger: [...ledger, stop] }))).toBe(true);
  });

  const cases: readonly (readonly [string, Damage, Partial<Evidence>])[] = [
    ['a case that was accepted and is not there', 'lost', { seen: [] }],
    ['a programme that was never told', 'lost', { ledger: without('ca/sin') }],
    ['a programme told under two keys', 'doubled', { ledger: [...ledger, line('ca/sin', { deliveryId: 'other' })] }],
    ['a programme that acted twice', 'doubled', { ledger: [...without('ca/sin'), line('ca/sin', { effects: 2, sends: 2 })] }],
    ['two cases of one birth', 'doubled', { told: [{ ...told, references: ['R-1', 'R-2'] }], seen: [seen, { ...seen, reference: 'R-2' }] }],
    ['a case that does not settle', 'unsettled', { seen: [{ ...seen, settled: false, status: 'in-progress' }] }],
    ['a target that needs an operator', 'parked', { seen: [showing('sin', 'parked')] }],
    ['a programme told though it was declined', 'consent', { told: [{ ...told, declines: 'sin' }] }],
    ['a withdrawal that nobody was told of', 'consent', { told: [withdrawn], seen: [showing('sin', 'revoked')] }],
    ['a release after the withdrawal', 'consent', { told: [withdrawn], seen: [{ ...showing('sin', 'revoked'), decisions: [{ target: 'sin', decision: 'withdrawn', at: at(0) }] }], ledger: [...ledger, stop] }],
    ['an effect long after the withdrawal', 'consent', { told: [withdrawn], seen: [showing('sin', 'revoked')], ledger: [...without('ca/sin'), line('ca/sin', { receivedAt: at(30) }), stop] }],
    ['what was refused and told all the same', 'kept', { told: [{ ...told, references: [], refused: true, told: 'wrongly' }], seen: [] }],
    ['a case of which nobody was told', 'kept', { seen: [seen, { ...seen, reference: 'R-9' }] }],
    ['an answer that is none', 'unclear', { unclear: ['POST /v1/notifications: 500'] }],
    ['four sends an effect', 'amplified', { ledger: ledger.map((l) => ({ ...l, sends: 4 })) }],
  ];
  it.each(cases)('finds %s', (_title, damage, evidence) => {
    expect(judge({ ...sound, ...evidence }).damage[damage]).not.toEqual([]);
  });
});

describe('a schedule', () => {
  const options = { cases: 50, kills: 12, dbCrashes: 2, brokerRestarts: 1, gapMs: 500, victims: ['intake.1', 'consent.1', 'bundling.2'] };
  it('is the same for the same seed, and another for another', () => {
    expect(scheduleOf({ ...options, seed: 7 })).toEqual(scheduleOf({ ...options, seed: 7 }));
    expect(describeSchedule(scheduleOf({ ...options, seed: 7 }))).not.toBe(describeSchedule(scheduleOf({ ...options, seed: 8 })));
  });
  it('holds every birth once, and every strike', () => {
    const { slots } = scheduleOf({ ...options, seed: 7 });
    expect(slots.flatMap((s) => s.births.map((b) => b.birth.index))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(slots.filter((s) => s.strike).length).toBe(15);
    expect(new Set(slots.flatMap((s) => s.births.map((b) => b.birth.family))).size).toBe(50);
  });
});
