import { describe, expect, it } from '@jest/globals';
import { dueAt } from '#contracts/jurisdictions/calendar.js';
import { TARGET_STATUSES, type TargetStatus } from '#contracts/words.js';
import { DAY, NOON, aCase, aRoot, aTarget, targetIn } from '../testing/a-case.js';
import type { Step } from './advance.js';
import type { CaseState, TargetState } from './case-state.js';
import { decide, type Answer, type Happening } from './decide.js';

const CONFIRMED: Happening = { kind: 'identity', personId: 'parent-1', identity: 'confirmed' };
const answer = (target: string, status: Answer['status'], more: Partial<Answer> = {}): Happening => ({
  kind: 'answers', answers: [{ target, kind: 'tell', revision: 1, status, attempts: 1, ...more }],
});
const consent = (target: string, decision: 'granted' | 'refused' | 'withdrawn', personId: 'parent-1' | 'parent-2' = 'parent-1'): Happening => ({ kind: 'consent', decisions: [{ target, personId, decision }] });
const amend = (...targets: string[]): Happening => ({ kind: 'amended', targets });
const tick: Happening = { kind: 'tick' };

/** A story told one happening after the other, a minute apart unless a day is said. */
class Story {
  step: Step;
  now = NOON;
  constructor(...targets: TargetState[]) {
    this.step = aCase(targets);
  }
  then(...happenings: Happening[]): this {
    for (const happening of happenings) this.step = decide(happening, this.step.state, (this.now += 60_000));
    return this;
  }
  later(days: number, ...happenings: Happening[]): this {
    this.now += days * DAY;
    return this.then(...happenings);
  }
  at(name: string): TargetState {
    return targetIn(this.step.state, name);
  }
  get sent(): string[] {
    return this.step.deliveries.map((d) => `${d.kind} ${d.target}${d.chase ? ' again' : ''}`);
  }
}
const registered = (...targets: TargetState[]) => new Story(aRoot(), ...targets).then(CONFIRMED, answer('registration', 'completed', { outcome: 'registered' }));

describe('telling', () => {
  it('waits for the authority, then tells the registration, and everything else once the birth is registered', () => {
    const story = new Story(aRoot(), aTarget('sin', { after: ['registration'] }));
    expect([story.at('registration').status, story.at('registration').waitingOn]).toEqual(['waiting-identity', 'identity-authority']);
    expect(story.then(CONFIRMED).sent).toEqual(['tell registration']);
    expect([story.at('sin').status, story.at('sin').waitsFor]).toEqual(['waiting-dependency', ['registration']]);
    expect(story.then(answer('registration', 'in-progress', { reason: 'awaiting-hospital-notice' })).sent).toEqual([]);
    expect(story.then(answer('registration', 'completed')).sent).toEqual(['tell sin']);
  });

  it('shows an authority that cannot be reached, and never takes the person’s own word instead', () => {
    const story = new Story(aRoot()).then({ kind: 'identity', personId: 'parent-1', identity: 'delayed' });
    expect([story.at('registration').status, story.at('registration').reason, story.step.deliveries]).toEqual(['waiting-identity', 'identity-unreachable', []]);
  });

  it('is past its standard: overdue, then asked after, then left to a person, each once', () => {
    const story = new Story(aRoot()).then(CONFIRMED);
    const { expectedBy, chaseAt, limitAt } = story.at('registration');
    expect([expectedBy, chaseAt, limitAt]).toEqual([10, 15, 30].map((days) => dueAt('ca-on', 'business', days, NOON)));
    const seen: [boolean, string, string[]][] = [];
    while (story.step.state.nextDue !== undefined) {
      story.now = story.step.state.nextDue - 60_000;
      story.then(tick);
      seen.push([story.at('registration').overdue, story.at('registration').status, story.sent]);
    }
    expect(seen).toEqual([[true, 'queued', []], [true, 'queued', ['tell registration again']], [true, 'parked', []]]);
    expect(story.at('registration').waitingOn).toBe('operator');
  });

  it('a parked delivery is tried again by an operator: asked by key first, with a deadline of its own', () => {
    const story = new Story(aRoot()).then(CONFIRMED, answer('registration', 'parked', { reason: 'answer-not-understood' }), { kind: 'retry', target: 'registration' });
    expect([story.at('registration').status, story.sent]).toEqual(['queued', ['tell registration again']]);
    expect(story.later(8, tick).at('registration').status).toBe('parked');
  });

  it('a programme that spoke is not called failing because we could not ask it again', () => {
    const story = new Story(aRoot()).then(CONFIRMED, answer('registration', 'in-progress'), answer('registration', 'failed-retryable', { attempts: 4 }));
    expect(story.at('registration').status).toBe('in-progress');
  });

  it('a parked target that hears from its programme after all gets its deadlines back', () => {
    const story = new Story(aRoot()).then(CONFIRMED, answer('registration', 'parked'), answer('registration', 'in-progress', { attempts: 2 }));
    expect(story.at('registration')).toMatchObject({ status: 'in-progress', limitAt: expect.any(Number), chaseAt: expect.any(Number) });
  });
});

describe('what was settled stays settled', () => {
  it('an answer that comes twice, or after its better, changes nothing', () => {
    const story = registered();
    const before = story.step.state;
    for (const late of ['acknowledged', 'in-progress', 'failed-retryable', 'rejected', 'completed'] as const) expect(story.then(answer('registration', late)).step.state).toEqual(before);
  });

  it('a late genuine answer overrules what an operator presumed; the presumption never overrules the answer', () => {
    const story = new Story(aRoot()).then(CONFIRMED, { kind: 'settle-by-hand', target: 'registration', status: 'failed-permanent' });
    expect(story.at('registration')).toMatchObject({ status: 'failed-permanent', presumed: true });
    expect(story.then(answer('registration', 'completed', { outcome: 'registered' })).at('registration')).toMatchObject({ status: 'completed', outcome: 'registered' });
    expect(story.at('registration').presumed).toBeUndefined();
    expect(() => story.then({ kind: 'settle-by-hand', target: 'registration', status: 'failed-permanent' })).toThrow(expect.objectContaining({ code: 'target.already-settled' }));
  });

  it('our own refusal to release says nothing about what an operator learnt by telephone', () => {
    const story = new Story(aRoot()).then(CONFIRMED, { kind: 'settle-by-hand', target: 'registration', status: 'completed' }, answer('registration', 'no-agreement'));
    expect(story.at('registration').status).toBe('completed');
  });

  it('what failed only because the registration was thought to have failed is taken up again when it turns out registered', () => {
    const story = new Story(aRoot(), aTarget('sin', { after: ['registration'] })).then(CONFIRMED, { kind: 'settle-by-hand', target: 'registration', status: 'failed-permanent' });
    expect(story.at('sin')).toMatchObject({ status: 'failed-permanent', reason: 'dependency-failed' });
    expect(story.then(answer('registration', 'completed')).sent).toEqual(['tell sin']);
  });

  it('what follows a registration that the person has to make themselves is handed over with it, and taken up again if it comes through us after all', () => {
    const story = new Story(aRoot(), aTarget('sin', { after: ['registration'] })).then(CONFIRMED, { kind: 'settle-by-hand', target: 'registration', status: 'handed-over' });
    expect(story.at('sin')).toMatchObject({ status: 'handed-over', reason: 'dependency-handed-over' });
    expect(story.then(answer('registration', 'completed')).sent).toEqual(['tell sin']);
  });

  it('a person whose identity was refused and later confirmed after all is told for', () => {
    const story = new Story(aRoot()).then({ kind: 'identity', personId: 'parent-1', identity: 'refused' });
    expect([story.at('registration').reason, story.step.state.status]).toEqual(['identity-not-confirmed', 'identity-not-confirmed']);
    expect(story.then(CONFIRMED).sent).toEqual(['tell registration']);
    expect(story.step.state.settledAt).toBeUndefined();
  });

  it('a confirmation that comes after a month of waiting is not lost because the wait was parked', () => {
    const story = new Story(aRoot()).later(31, tick);
    expect(story.at('registration').status).toBe('parked');
    expect(story.then(CONFIRMED).sent).toEqual(['tell registration']);
  });
});

describe('consent', () => {
  const benefits = () => aTarget('child-benefits', { signatory: 'parent-2', consent: 'awaited', after: ['registration'] });

  it('is waited for thirty days, then the target ends as withheld, and a signature that comes later reopens it', () => {
    const story = registered(benefits());
    expect(story.at('child-benefits')).toMatchObject({ status: 'consent-required', waitingOn: 'other-parent', waitsFor: ['parent-2'] });
    expect(story.later(31, tick).at('child-benefits')).toMatchObject({ status: 'consent-withheld', reason: 'signature-not-received', consent: 'expired' });
    expect(story.step.state.status).toBe('completed');
    story.then({ kind: 'identity', personId: 'parent-2', identity: 'confirmed' }, consent('child-benefits', 'granted', 'parent-2'));
    expect(story.sent).toEqual(['tell child-benefits']);
  });

  it('given on the last day counts, even when the timer that would end the wait runs late', () => {
    const story = registered(benefits()).then({ kind: 'identity', personId: 'parent-2', identity: 'confirmed' });
    expect(story.later(31, consent('child-benefits', 'granted', 'parent-2')).sent).toEqual(['tell child-benefits']);
  });

  it('counts only from the person who signs', () => {
    expect(registered(benefits()).then(consent('child-benefits', 'granted', 'parent-1')).at('child-benefits').status).toBe('consent-required');
  });

  it('withdrawn after a send: the programme is told to stop', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'completed'), consent('sin', 'withdrawn'));
    expect(story.sent).toEqual(['stop sin']);
    expect(story.then(answer('sin', 'completed', { kind: 'stop', revision: 2, outcome: 'stopped' })).at('sin')).toMatchObject({ status: 'revoked', outcome: 'stopped' });
  });

  it('withdrawn while a send is under way: the stop follows as soon as that send is answered, or will never be', () => {
    const story = registered(aTarget('sin')).then(consent('sin', 'withdrawn'));
    expect([story.sent, story.at('sin').status]).toEqual([[], 'queued']);
    expect(story.then(answer('sin', 'acknowledged')).sent).toEqual(['stop sin']);
    expect(registered(aTarget('sin')).then(consent('sin', 'withdrawn'), answer('sin', 'withheld')).at('sin')).toMatchObject({ status: 'consent-withheld', reason: 'withdrawn' });
    expect(registered(aTarget('sin')).then(consent('sin', 'withdrawn'), answer('sin', 'parked')).sent).toEqual(['stop sin']);
    expect(registered(aTarget('sin')).then(consent('sin', 'withdrawn')).later(90, tick).sent).toEqual(['stop sin']);
  });

  it('given anew while the stop is under way: told again once the stop is answered', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'completed'), consent('sin', 'withdrawn'), consent('sin', 'granted'), answer('sin', 'completed', { kind: 'stop', revision: 2 }));
    expect(story.step.deliveries).toMatchObject([{ kind: 'tell', target: 'sin', revision: 3 }]);
    expect(story.then(answer('sin', 'completed')).at('sin').status).toBe('queued'); // the first tell's answer is not the second's
  });

  it('withdrawn and given anew before the refusal it caused is heard of: told again, and not said to have lapsed', () => {
    const story = registered(aTarget('sin')).then(consent('sin', 'withdrawn'), consent('sin', 'granted'), answer('sin', 'withheld'));
    expect(story.step.deliveries).toMatchObject([{ kind: 'tell', target: 'sin', revision: 2 }]);
    expect(story.at('sin')).toMatchObject({ status: 'queued', consent: 'granted', reason: undefined });
    expect(story.then(answer('sin', 'completed', { revision: 2 })).at('sin').status).toBe('completed');
  });

  it('withdrawn and given anew before that refusal is heard of, and the report amended: told again, what is amended with it', () => {
    const story = registered(aTarget('sin')).then(consent('sin', 'withdrawn'), consent('sin', 'granted'), amend('sin'), answer('sin', 'withheld'));
    expect(story.step.deliveries).toMatchObject([{ kind: 'tell', target: 'sin', revision: 2 }]);
    expect(story.then(answer('sin', 'completed', { revision: 2 })).sent).toEqual([]);
    expect(story.then(answer('sin', 'completed', { revision: 2 })).at('sin')).toMatchObject({ status: 'completed', stale: undefined });
  });

  it('withdrawn and given anew before or after an amendment, while the tell is under way: the amendment follows all the same', () => {
    const before = registered(aTarget('sin')).then(amend('sin'), consent('sin', 'withdrawn'), consent('sin', 'granted'), answer('sin', 'completed'));
    expect(before.sent).toEqual(['amend sin']);
    expect(registered(aTarget('sin')).then(consent('sin', 'withdrawn'), amend('sin'), consent('sin', 'granted'), answer('sin', 'completed')).sent).toEqual(['amend sin']);
    expect(registered(aTarget('sin')).then(amend('sin'), consent('sin', 'withdrawn'), answer('sin', 'completed')).sent).toEqual(['stop sin']);
  });

  it('withdrawn and given anew while an amendment is refused for it: the amendment goes again', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'completed'), amend('sin'), consent('sin', 'withdrawn'), consent('sin', 'granted'), answer('sin', 'withheld', { kind: 'amend', revision: 2 }));
    expect(story.step.deliveries).toMatchObject([{ kind: 'amend', target: 'sin', revision: 3 }]);
    expect(story.then(answer('sin', 'completed', { kind: 'amend', revision: 3, outcome: 'amended' })).at('sin')).toMatchObject({ status: 'completed', outcome: 'amended' });
  });

  it('that is refused for another reason is not asked for again', () => {
    expect(registered(aTarget('sin')).then(answer('sin', 'withheld', { reason: 'address-protected' })).at('sin')).toMatchObject({ status: 'consent-withheld', reason: 'address-protected' });
  });

  it('that lapsed by its notice before the release is shown as lapsed, and may be given anew', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'withheld', { reason: 'consent-expired' }));
    expect(story.at('sin')).toMatchObject({ status: 'consent-withheld', reason: 'consent-expired', consent: 'expired' });
    expect(story.then(consent('sin', 'granted')).sent).toEqual(['tell sin']);
  });

  it('is no basis where the law is: nothing stops', () => {
    expect(registered().then(consent('registration', 'withdrawn')).at('registration').status).toBe('completed');
  });
});

describe('amendments', () => {
  it('go only to who was told and shares the changed field', () => {
    const story = registered(aTarget('sin'), aTarget('benefits', { signatory: 'parent-2', consent: 'awaited' }), aTarget('card', { status: 'not-selected', consent: 'not-asked' })).then(answer('sin', 'completed'));
    expect(story.then(amend('registration', 'benefits', 'card')).sent).toEqual(['amend registration']);
  });

  it('leave a tell that is still open open: only its own answer completes it', () => {
    const story = new Story(aRoot(), aTarget('sin', { after: ['registration'] })).then(CONFIRMED, answer('registration', 'in-progress', { reason: 'awaiting-hospital-notice' }));
    story.then(amend('registration'));
    expect(story.sent).toEqual(['amend registration']);
    story.then(answer('registration', 'completed', { kind: 'amend', revision: 2, outcome: 'amended' }));
    expect(story.at('registration')).toMatchObject({ status: 'in-progress', reason: 'awaiting-hospital-notice', waitingOn: 'jurisdiction' });
    expect(story.sent).toEqual([]);
    expect(story.then(answer('registration', 'completed', { outcome: 'registered' })).sent).toEqual(['tell sin']);
  });

  it('an answer to the tell that comes while the amendment is under way is not lost', () => {
    const story = new Story(aRoot(), aTarget('sin', { after: ['registration'] })).then(CONFIRMED, answer('registration', 'in-progress'), amend('registration'));
    expect(story.then(answer('registration', 'completed', { outcome: 'registered' })).sent).toEqual([]);
    expect(story.then(answer('registration', 'completed', { kind: 'amend', revision: 2, outcome: 'amended' })).sent).toEqual(['tell sin']);
    expect(story.at('registration')).toMatchObject({ status: 'completed', outcome: 'amended' });
  });

  it('never make a completion of a refusal or a referral', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'handed-over', { reason: 'sin-parent-status' }), amend('sin'));
    story.then(answer('sin', 'completed', { kind: 'amend', revision: 2, outcome: 'amended' }));
    expect(story.at('sin')).toMatchObject({ status: 'handed-over', reason: 'sin-parent-status' });
  });

  it('wait behind a presumption: where the answer comes after all, they follow it', () => {
    const story = registered(aTarget('sin')).then({ kind: 'settle-by-hand', target: 'sin', status: 'failed-permanent' }, amend('sin'));
    expect([story.sent, story.at('sin').status]).toEqual([[], 'failed-permanent']);
    expect(story.then(answer('sin', 'completed')).sent).toEqual(['amend sin']);
  });

  it('that a programme cannot take are said; what waits for the registration itself goes on all the same', () => {
    const story = registered(aTarget('benefits', { signatory: 'parent-2', consent: 'awaited', after: ['registration'] })).then(amend('registration'),
      answer('registration', 'rejected', { kind: 'amend', revision: 2, reason: 'cannot-amend' }));
    expect(story.at('registration')).toMatchObject({ status: 'rejected', reason: 'cannot-amend' });
    story.then({ kind: 'identity', personId: 'parent-2', identity: 'confirmed' }, consent('benefits', 'granted', 'parent-2'));
    expect(story.sent).toEqual(['tell benefits']);
  });

  it('are not carried to a programme whose consent was withdrawn', () => {
    const story = registered(aTarget('sin')).then(answer('sin', 'completed'), consent('sin', 'withdrawn'), amend('sin'));
    expect([story.sent, story.at('sin').pending]).toEqual([[], undefined]);
    story.then(answer('sin', 'completed', { kind: 'stop', revision: 2 }));
    expect([story.sent, story.at('sin').status]).toEqual([[], 'revoked']);
  });

  it('that protect an address, or move the family, hold for everyone not told yet; who was told hears of it', () => {
    const waiting = registered(aTarget('certificate', { after: ['registration'], signatory: 'parent-2', consent: 'awaited' }), aTarget('card', { status: 'handed-over', reason: 'born-in-another-province' }), aTarget('sin'));
    const plan = [aRoot(), aTarget('certificate', { status: 'handed-over', reason: 'address-protected' }), aTarget('card', { programme: 'ca-sk/card', owner: 'ca-sk' }), aTarget('sin', { status: 'not-applicable', reason: 'placement-or-dispute' }), aTarget('allowance')];
    waiting.then({ kind: 'amended', targets: ['registration'], plan });
    expect(waiting.at('certificate')).toMatchObject({ status: 'handed-over', reason: 'address-protected' });
    expect(waiting.at('sin').status).toBe('queued'); // was told under the report as it was
    expect(waiting.sent).toEqual(['amend registration']);
    waiting.then(answer('registration', 'completed', { kind: 'amend', revision: 2 }));
    expect(waiting.step.deliveries.map((d) => [d.kind, d.programme])).toEqual([['tell', 'ca-sk/card'], ['tell', 'ca-on/allowance']]);
  });

  it('that change nothing of the plan leave every wait and its clock as they were', () => {
    const story = registered(aTarget('benefits', { signatory: 'parent-2', consent: 'awaited' }), aTarget('card', { status: 'not-selected', consent: 'not-asked', reason: 'not-asked-for' }));
    const before = story.step.state.targets;
    story.later(3, { kind: 'amended', targets: [], plan: [aRoot(), aTarget('benefits', { signatory: 'parent-2', consent: 'awaited' }), aTarget('card', { status: 'not-selected', consent: 'not-asked', reason: 'not-asked-for' })] });
    expect(story.step.state.targets).toEqual(before);
  });

  it('of what the reviewer asked to correct: the authority is waited for again', () => {
    const story = new Story(aRoot()).then({ kind: 'identity', personId: 'parent-1', identity: 'to-correct' });
    expect(story.at('registration').waitingOn).toBe('notifier');
    expect(story.then({ kind: 'amended', targets: [] }).at('registration').waitingOn).toBe('identity-authority');
  });
});

describe('cancellation', () => {
  it('recalls from everyone who was told, the stopped included, and tells nobody else', () => {
    const story = registered(aTarget('sin'), aTarget('card'), aTarget('benefits', { signatory: 'parent-2', consent: 'awaited' }))
      .then(answer('sin', 'rejected'), answer('card', 'completed'), consent('card', 'withdrawn'), answer('card', 'completed', { kind: 'stop', revision: 2 }), { kind: 'cancelled' });
    expect(story.sent).toEqual(['recall registration', 'recall sin', 'recall card']);
    expect(story.at('benefits')).toMatchObject({ status: 'not-applicable', reason: 'cancelled' });
    for (const [target, revision] of [['registration', 2], ['sin', 2], ['card', 3]] as const) story.then(answer(target, 'completed', { kind: 'recall', revision, outcome: 'recalled' }));
    expect([story.step.state.status, story.at('sin').status]).toEqual(['cancelled', 'recalled']);
  });

  it('reaches a programme that may have been told though it never answered', () => {
    const story = new Story(aRoot()).then(CONFIRMED, answer('registration', 'failed-retryable'), answer('registration', 'parked', { attempts: 9 }), { kind: 'cancelled' });
    expect(story.sent).toEqual(['recall registration']);
  });

  it('waits for a send under way, and follows it', () => {
    const story = new Story(aRoot()).then(CONFIRMED, { kind: 'cancelled' });
    expect(story.sent).toEqual([]);
    expect(story.then(answer('registration', 'completed')).sent).toEqual(['recall registration']);
  });

  it('follows a send that an operator then settles by hand', () => {
    const story = new Story(aRoot()).then(CONFIRMED, { kind: 'cancelled' }, { kind: 'settle-by-hand', target: 'registration', status: 'failed-permanent' });
    expect(story.sent).toEqual(['recall registration']);
  });

  it('overtakes an amendment nobody answers', () => {
    const story = registered().then(amend('registration'), answer('registration', 'parked', { kind: 'amend', revision: 2 }), { kind: 'cancelled' });
    expect(story.sent).toEqual(['recall registration']);
  });

  it('a recall a programme refuses is not called recalled', () => {
    const story = registered().then({ kind: 'cancelled' }, answer('registration', 'rejected', { kind: 'recall', revision: 2, reason: 'refused-by-programme' }));
    expect(story.at('registration').status).toBe('rejected');
    expect(story.step.state.status).toBe('cancelled');
  });

  it('of a report found to be told before: nothing is sent, and the case is superseded', () => {
    const step = decide({ kind: 'duplicate', decision: 'same-event' }, aCase([aRoot()], { held: true }).state, NOON + 1);
    expect([step.state.status, step.deliveries]).toEqual(['superseded', []]);
  });
});

describe('every word meets everything that can happen', () => {
  const WAITS: Partial<Record<TargetStatus, TargetState['waitingOn']>> = { 'waiting-identity': 'reviewer', 'consent-required': 'other-parent', 'waiting-dependency': 'another-target', 'waiting-confirmation': 'jurisdiction', parked: 'operator' };
  const at = (status: TargetStatus): CaseState => {
    const settledOrTold: Partial<TargetState> = ['waiting-identity', 'consent-required', 'waiting-dependency', 'waiting-confirmation', 'consent-withheld', 'not-selected', 'not-applicable'].includes(status) ? {}
      : { told: 1, revision: 1, received: !['queued', 'sent', 'failed-retryable', 'parked'].includes(status), ...((status === 'completed' || status === 'already-known') && { done: true }) };
    const needed: Partial<TargetState> = {
      ...(status === 'consent-required' && { consent: 'awaited' as const }), ...(status.startsWith('waiting-') && status !== 'waiting-identity' && { waitsFor: ['registration'] }), ...(status === 'not-selected' && { consent: 'not-asked' as const }), ...(['consent-withheld', 'revoked'].includes(status) && { consent: 'withdrawn' as const }),
    };
    const open = ['completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'consent-withheld', 'not-selected', 'not-applicable', 'recalled', 'revoked'].includes(status) ? {}
      : { waitingOn: WAITS[status] ?? 'agency-answer', ...(status !== 'parked' && { limitAt: NOON + 30 * DAY }) };
    return {
      caseId: '0190a000-0000-7000-8000-00000000000c', lifeEvent: 'birth', bundleVersion: 1, acceptedAt: NOON, status: 'in-progress', notifier: 'parent-1', held: status === 'waiting-identity', ...(status === 'recalled' && { ended: 'cancelled' as const }),
      people: { 'parent-1': status === 'waiting-identity' ? 'asked' : 'confirmed' },
      targets: [aRoot(['waiting-dependency', 'waiting-confirmation'].includes(status) ? { status: 'queued', told: 1, revision: 1, waitingOn: 'agency-answer', limitAt: NOON + 30 * DAY } : { status: 'completed', told: 1, revision: 1, received: true, done: true }),
        aTarget('sin', { status, ...(status === 'waiting-dependency' && { after: ['registration'] }), ...settledOrTold, ...needed, ...open })],
    };
  };
  const happenings: Readonly<Record<string, Happening>> = {
    confirmed: CONFIRMED, granted: consent('sin', 'granted'), withdrawn: consent('sin', 'withdrawn'), answered: answer('sin', 'completed'), amended: amend('sin'),
    cancelled: { kind: 'cancelled' }, distinct: { kind: 'duplicate', decision: 'distinct' }, 'past-limit': tick, retry: { kind: 'retry', target: 'sin' }, 'by-hand': { kind: 'settle-by-hand', target: 'sin', status: 'completed' },
  };
  const outcome = (status: TargetStatus, name: string): string => {
    try {
      const { state, deliveries } = decide(happenings[name]!, at(status), name === 'past-limit' ? NOON + 31 * DAY : NOON + 1);
      const t = targetIn(state, 'sin');
      const sent = deliveries.filter((d) => d.target === 'sin').map((d) => d.kind).join('+');
      return `${t.status}${t.pending || t.stale ? `(${t.pending ?? 'amend'} next)` : ''}${sent ? ` → ${sent}` : ''}`;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  const untold = { cancelled: 'not-applicable', 'past-limit': 'parked', 'by-hand': 'completed' };
  const inFlight = (word: string) => ({ withdrawn: `${word}(stop next)`, answered: 'completed', amended: `${word}(amend next)`, cancelled: `${word}(recall next)`, 'past-limit': 'parked', 'by-hand': 'completed' });
  const heard = { withdrawn: 'queued → stop', answered: 'completed', amended: 'queued → amend', cancelled: 'queued → recall', 'past-limit': 'parked', 'by-hand': 'completed' };
  const told = { withdrawn: 'queued → stop', cancelled: 'queued → recall' };
  /** Where each word goes; what is not named leaves it as it is, and only what is parked or failing can be retried, only what is open settled by hand. */
  const table: Readonly<Record<TargetStatus, Readonly<Record<string, string>>>> = {
    'waiting-identity': untold,
    'consent-required': { ...untold, granted: 'queued → tell', withdrawn: 'consent-withheld', 'past-limit': 'consent-withheld' },
    'waiting-dependency': { ...untold, withdrawn: 'consent-withheld' },
    'waiting-confirmation': { ...untold, withdrawn: 'consent-withheld' },
    queued: inFlight('queued'), sent: inFlight('sent'), 'failed-retryable': { ...inFlight('failed-retryable'), retry: 'queued → tell' },
    acknowledged: heard, 'in-progress': heard, 'action-required': heard,
    parked: { withdrawn: 'queued → stop', answered: 'completed', amended: 'parked(amend next)', cancelled: 'queued → recall', retry: 'queued → tell', 'by-hand': 'completed' },
    completed: { ...told, amended: 'queued → amend' }, 'already-known': { ...told, amended: 'queued → amend' }, 'handed-over': { ...told, amended: 'queued → amend' },
    rejected: told, 'failed-permanent': told,
    'consent-withheld': { granted: 'queued → tell' }, 'not-selected': { granted: 'queued → tell' },
    revoked: { granted: 'queued → tell', cancelled: 'queued → recall' },
    'not-applicable': {}, recalled: {},
  };

  it.each(TARGET_STATUSES)('%s', (status) => {
    const open = 'by-hand' in table[status];
    const refusals = { ...(!('retry' in table[status]) && { retry: 'target.not-retryable' }), ...(!open && { 'by-hand': 'target.already-settled' }) };
    for (const name of Object.keys(happenings)) expect([name, outcome(status, name)]).toEqual([name, { ...refusals, ...table[status] }[name] ?? status]);
  });
});
