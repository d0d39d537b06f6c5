import { describe, expect, it } from '@jest/globals';
import { seenAfter, type Stated, type TargetView } from '#contracts/events/index.js';
import { DAY, NOON, aCase, aRoot, aTarget } from '../testing/a-case.js';
import type { Step } from './advance.js';
import { viewOf, type CaseState } from './case-state.js';
import { decide, decisionOf, type Happening } from './decide.js';
import { casePlanned } from './stated.js';

const CONFIRMED: Happening = { kind: 'identity', personId: 'parent-1', identity: 'confirmed' };
const stated = (before: CaseState, happening: Happening, now: number): { readonly data: unknown; readonly step: Step } => {
  const step = decide(happening, before, now);
  return { data: decisionOf(before, step, now).events?.[0]?.data, step };
};
const tellOf = (step: Step, target: string) => step.deliveries.find((d) => d.target === target)!;

describe('what the log is told of a case', () => {
  const family = [aRoot(), aTarget('sin', { programme: 'ca/insurance', after: ['registration'] }), aTarget('card', { after: ['registration'] }), aTarget('benefits', { signatory: 'parent-2', consent: 'awaited' })];
  const planned = aCase(family);
  const begun = stated(planned.state, CONFIRMED, NOON + 1);
  const { deliveryId } = tellOf(begun.step, 'registration');

  it('at first: of each target what stays true, and once where those stand that stand alike', () => {
    expect(casePlanned(planned, NOON).data).toStrictEqual({
      status: 'identity-pending', bundleVersion: 1,
      planned: [
        { programmes: ['ca-on/registration'], basis: 'law', consent: 'not-needed' },
        { programmes: ['ca/insurance', 'ca-on/card'], targets: ['sin', 'card'], basis: 'consent', signatory: 'parent-1', consent: 'granted' },
        { programmes: ['ca-on/benefits'], basis: 'consent', signatory: 'parent-2', consent: 'awaited' },
      ],
      faces: [
        { of: ['registration', 'sin', 'card'], status: 'waiting-identity', waitingOn: 'identity-authority', waitsFor: ['parent-1'], expectedBy: expect.any(Number) },
        { of: ['benefits'], status: 'consent-required', waitingOn: 'other-parent', waitsFor: ['parent-2'], expectedBy: expect.any(Number) },
      ],
      deliveries: [],
    });
  });

  it('then what changed, and nothing of whoever it did not change for', () => {
    expect(begun.data).toStrictEqual({
      status: 'in-progress',
      faces: [
        { of: ['registration'], status: 'queued', waitingOn: 'agency-answer', expectedBy: expect.any(Number) },
        { of: ['sin', 'card'], status: 'waiting-dependency', waitingOn: 'another-target', waitsFor: ['registration'] },
      ],
      deliveries: [{ deliveryId, programme: 'ca-on/registration' }],
    });
  });

  it('a decision about consent where it was decided', () => {
    const { data } = stated(begun.step.state, { kind: 'consent', decisions: [{ target: 'benefits', personId: 'parent-2', decision: 'refused' }] }, NOON + 2);
    expect(data).toStrictEqual({ status: 'in-progress', consents: [{ target: 'benefits', consent: 'refused' }], faces: [{ of: ['benefits'], status: 'consent-withheld', reason: 'refused-by-signatory' }], deliveries: [] });
  });

  it('a delivery that is no first tell, in full; and of a target that only grew late, since when it stands there', () => {
    const answered = decide({ kind: 'answers', answers: [{ target: 'registration', kind: 'tell', revision: 1, status: 'completed', attempts: 3 }] }, begun.step.state, NOON + 2);
    const { data } = stated(answered.state, { kind: 'amended', targets: ['registration'] }, NOON + 3);
    expect(data).toMatchObject({ deliveries: [{ programme: 'ca-on/registration', kind: 'amend', revision: 2, tellId: deliveryId }] });
    const { data: late } = stated(begun.step.state, { kind: 'tick' }, NOON + 20 * DAY);
    expect(late).toMatchObject({ faces: [{ of: ['registration'], status: 'queued', overdue: true, changedAt: NOON + 1 }], deliveries: [] });
  });

  it('the tries an answer took, when there were any', () => {
    const { data } = stated(begun.step.state, { kind: 'answers', answers: [{ target: 'registration', kind: 'tell', revision: 1, status: 'failed-retryable', attempts: 3 }] }, NOON + 2);
    expect(data).toMatchObject({ faces: [{ of: ['registration'], status: 'failed-retryable', attempts: 3 }] });
  });

  it('after a correction of the report, what was planned anew and nothing else: another programme, another signatory, a target there was not', () => {
    const moved = [aRoot(), aTarget('sin', { programme: 'ca/insurance', after: ['registration'] }), aTarget('card', { programme: 'ca-sk/card' }), aTarget('benefits', { signatory: 'parent-1', consent: 'granted' }), aTarget('allowance')];
    const { data, step } = stated(planned.state, { kind: 'amended', targets: [], plan: moved }, NOON + 1);
    expect((data as Stated).planned).toStrictEqual([
      { programmes: ['ca-sk/card', 'ca-on/benefits', 'ca-on/allowance'], basis: 'consent', signatory: 'parent-1', consent: 'granted' },
    ]);
    expect(data).not.toHaveProperty('consents');
    const before = seenAfter(new Map<string, TargetView>(), casePlanned(planned, NOON).data as Stated, NOON);
    const after = seenAfter(before, data as Stated, NOON + 1);
    expect([...after.values()]).toEqual(step.state.targets.map(viewOf));
    expect(after.get('sin')).toBe(before.get('sin'));
  });

  it('nothing, when nothing happened', () => {
    expect(stated(begun.step.state, { kind: 'tick' }, NOON + 2).data).toBeUndefined();
  });
});
