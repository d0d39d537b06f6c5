import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CasePlannedV1, DeliveriesProgressedV1 } from '#contracts/events/index.js';
import type { AgencyAnswer } from '#libs/transports/index.js';
import { FakeTransport } from '#libs/transports/fake-transport.js';
import { RecordProgress, type RecordOptions } from './use-cases/record-progress.js';
import { FakeVault } from './testing/fake-vault.js';
import { Store, World, eventually, newCase, tell, type WorldOptions } from './testing/harness.js';

const REGISTRATION = 'ca-on/birth-registration';
const SIN = 'ca/sin';
const HEALTH = 'ca-qc/health-card';
const ALLOWANCE = 'ca-qc/family-allowance';
const DAY = 86_400_000;

const CODES: Readonly<Record<string, object>> = {
  [REGISTRATION]: { code: 'REGISTERED', yields: { registrationNumber: '2026-31-004711' }, note: 'welcome' }, [SIN]: { code: 'ISSUED', yields: { sin: '046454286' } },
  [HEALTH]: { code: 'ISSUED', yields: { healthNumber: 'COTL26110917' } }, [ALLOWANCE]: { code: 'ENROLLED' },
};
const KINDS = { amend: 'AMENDED', recall: 'RECALLED', stop: 'STOPPED' } as const;
const agencies = () => new FakeTransport(({ programme, delivery: { kind } }): AgencyAnswer =>
  ({ status: 200, body: { state: 'final', ...(kind === 'tell' ? CODES[programme] : { code: KINDS[kind] }) } }));
const refusal = (status: number, retryAfterMs?: number): AgencyAnswer => ({ status, body: {}, ...(retryAfterMs !== undefined && { retryAfterMs }) });

let store: Store;
let worlds: World[] = [];
const aWorld = (options: WorldOptions = {}): World => {
  const world = new World(store, { transport: agencies(), ...options });
  worlds.push(world);
  return world;
};
beforeAll(async () => (store = await Store.open()), 60_000);
afterAll(() => store.close());
beforeEach(() => store.empty());
afterEach(async () => {
  await Promise.all(worlds.map((w) => w.stop()));
  worlds = [];
});

/** Lets time pass in small steps, as it does, until it has come to that. */
const asTimePasses = async <T>(world: World, stepMs: number, done: () => Promise<T | false | undefined>): Promise<T> => {
  const timer = setInterval(() => world.clock.advance(stepMs), 20);
  try {
    return await eventually(done, 10_000);
  } finally {
    clearInterval(timer);
  }
};
const settled = (world: World, caseId: string, n = 1) => async () => {
  const answers = await world.answers(caseId);
  return answers.filter((a) => ['completed', 'handed-over', 'parked'].includes(a.status)).length >= n ? answers : undefined;
};

describe('a delivery that is answered at once', () => {
  it('is kept in one command per case: the answer on the log, yields and words in the vault, no row but the cursor', async () => {
    const world = aWorld();
    const caseId = newCase();
    await world.queue(caseId, tell(caseId, REGISTRATION), tell(caseId, SIN));
    await world.page([caseId]);
    expect(await world.answers(caseId)).toMatchObject([
      { target: 'birth-registration', status: 'completed', outcome: 'registered', attempts: 1, yields: ['registration-number'] },
      { target: 'sin', status: 'completed', outcome: 'issued', attempts: 1, yields: ['sin'] },
    ]);
    expect((await world.history.of(caseId)).map((e) => e.type)).toEqual(['bundling.case-planned.v2', 'adapters.deliveries-progressed.v2']);
    expect(world.vault.deposited).toEqual([
      { caseId, deliveryId: tell(caseId, REGISTRATION).deliveryId, yields: { registrationNumber: '2026-31-004711' }, freeText: 'welcome' },
      { caseId, deliveryId: tell(caseId, SIN).deliveryId, yields: { sin: '046454286' } },
    ]);
    expect(await world.rows()).toEqual([]);
    expect(JSON.stringify(await world.history.of(caseId))).not.toMatch(/004711|046454286|welcome/);
  });

  it('carries its id as key, what it is about, its agreement and a way back', async () => {
    const world = aWorld();
    const caseId = newCase();
    const [first, recall] = [tell(caseId, SIN), tell(caseId, SIN, { kind: 'recall', revision: 2 })];
    await world.queue(caseId, first);
    await world.queue(caseId, recall);
    await world.page([caseId]);
    const [told, recalled] = world.transport.sent;
    expect(told).toMatchObject({ programme: SIN, deliveryId: first.deliveryId, delivery: { kind: 'tell', revision: 1, about: first.deliveryId, agreement: 'ca/sin/2024-1', body: { applicationType: 'first-sin' } } });
    expect(recalled).toMatchObject({ deliveryId: recall.deliveryId, delivery: { kind: 'recall', revision: 2, about: first.deliveryId, body: {} } });
    expect(told!.delivery.callback.url).toBe(`http://us.test/v1/deliveries/${first.deliveryId}/outcome`);
  });

  it('costs a page of 64 cases one release call and one transaction', async () => {
    const world = aWorld();
    const cases = Array.from({ length: 64 }, newCase);
    for (const caseId of cases) await world.queue(caseId, tell(caseId, SIN), tell(caseId, HEALTH), tell(caseId, ALLOWANCE));
    const before = { ...world.unitOfWork.counters };
    await world.page(cases);
    expect(world.vault.calls.map((list) => list.length)).toEqual([192]);
    expect(world.unitOfWork.counters.commits - before.commits).toBe(1);
    expect(world.unitOfWork.counters.retriedLists).toBe(0);
    expect(world.transport.effects.size).toBe(192);
    expect(await world.rows()).toEqual([]);
    const [counted] = await store.db.rows<{ cursors: string; events: string }>('select (select count(*) from adapters.cursor) cursors, (select count(*) from log.event) events');
    expect(counted).toEqual({ cursors: '64', events: '128' });
  });
});

describe('a delivery that may not leave', () => {
  it('is not sent when consent, agreement or the file is gone, and bundling is told which', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.vault.refusals.set('sin', 'consent').set('health-card', 'agreement').set('family-allowance', 'erased').set('child-benefits', 'lapsed');
    await world.queue(caseId, tell(caseId, SIN), tell(caseId, HEALTH), tell(caseId, ALLOWANCE), tell(caseId, 'ca/child-benefits'), tell(caseId, 'ca-on/never-heard-of'));
    await world.page([caseId]);
    expect((await world.answers(caseId)).map((a) => [a.target, a.status, a.reason])).toEqual([
      ['sin', 'withheld', undefined], ['health-card', 'no-agreement', undefined], ['family-allowance', 'withheld', 'erased'], ['child-benefits', 'withheld', 'consent-expired'], ['never-heard-of', 'no-agreement', undefined],
    ]);
    expect(world.transport.sent).toEqual([]);
    expect(await world.rows()).toEqual([]);
  });

  it('is not sent again when consent was withdrawn between two tries', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, refusal(503));
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    world.vault.refusals.set('sin', 'consent');
    world.start();
    await asTimePasses(world, 1000, async () => (await world.answers(caseId)).some((a) => a.status === 'withheld'));
    expect(world.transport.sent).toHaveLength(1);
    expect(world.transport.effects.size).toBe(0);
    expect(await world.rows()).toEqual([]);
  });
});

describe('a delivery that does not get through', () => {
  it.each([429, 503, 401, 404])('is sent again after a %i, without a question, and passes the release each time', async (status) => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, refusal(status), refusal(status));
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    expect(await world.answers(caseId)).toMatchObject([{ status: 'failed-retryable', attempts: 1 }]);
    world.start();
    const answers = await asTimePasses(world, 1000, settled(world, caseId));
    expect(answers.at(-1)).toMatchObject({ status: 'completed', attempts: 3 });
    expect([world.transport.sent.length, world.transport.asked.length, world.vault.releases.length]).toEqual([3, 0, 3]);
    expect(new Set(world.transport.sent.map((s) => s.deliveryId)).size).toBe(1);
    expect(await world.rows()).toEqual([]);
  });

  it('waits as long as the programme asked for', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, refusal(429, 3_600_000));
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    world.start();
    world.clock.advance(3_590_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.transport.sent).toHaveLength(1);
    world.clock.advance(11_000);
    await eventually(settled(world, caseId));
    expect(world.transport.sent).toHaveLength(2);
  });

  it('is asked about before it is sent again when it may have arrived, and had', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, 'lost-after');
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    world.start();
    expect((await asTimePasses(world, 1000, settled(world, caseId))).at(-1)).toMatchObject({ status: 'completed', outcome: 'issued' });
    expect([world.transport.sent.length, world.transport.asked.length]).toEqual([1, 1]);
    expect(world.vault.releases).toHaveLength(1);
  });

  it('is asked about before it is sent again when it may have arrived, and had not', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, 'lost-before', refusal(503), { status: 200, body: undefined });
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    world.start();
    await asTimePasses(world, 1000, settled(world, caseId));
    expect([world.transport.sent.length, world.transport.asked.length]).toEqual([2, 3]);
    expect(world.transport.effects.size).toBe(1);
  });

  it('is left to a person after a week, and tried again when an operator asks', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.always(SIN, refusal(503));
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    world.start();
    const given = await asTimePasses(world, DAY / 4, settled(world, caseId));
    expect(given.at(-1)).toMatchObject({ status: 'parked', reason: 'no-answer' });
    expect(await world.rows()).toEqual([]);

    world.transport.always(SIN, undefined);
    world.clock.advance(DAY);
    await world.queue(caseId, tell(caseId, SIN, { chase: true }));
    await world.page([caseId]);
    expect((await asTimePasses(world, 60_000, settled(world, caseId, 2))).at(-1)).toMatchObject({ status: 'completed' });
    expect(world.transport.asked.length).toBeGreaterThan(0);
    expect(world.transport.effects.size).toBe(1);
  });

  it('goes out by itself after days of outage, each once', async () => {
    const world = aWorld();
    const cases = Array.from({ length: 20 }, newCase);
    world.transport.always(SIN, { status: 'unreachable', why: 'econnrefused' });
    for (const caseId of cases) {
      await world.queue(caseId, tell(caseId, SIN));
      await world.page([caseId]);
    }
    world.start();
    await asTimePasses(world, 3_600_000, async () => world.lanes.of(SIN).breaker.stateAt(world.clock.now()) === 'half-open');
    world.clock.advance(3 * DAY);
    world.transport.always(SIN, undefined);
    await asTimePasses(world, 60_000, async () => world.transport.effects.size === 20 && (await world.rows()).length === 0);
    for (const caseId of cases) expect((await world.answers(caseId)).at(-1)).toMatchObject({ status: 'completed' });
  });
});

describe('a restart', () => {
  it('between the sending and the commit has one effect: what is offered again is asked about first', async () => {
    const world = aWorld();
    const caseId = newCase();
    await world.queue(caseId, tell(caseId, SIN), tell(caseId, HEALTH));
    world.transport.meets(HEALTH, 'lost-before');
    world.vault.onDeposit = () => {
      throw new Error('the process died here');
    };
    await expect(world.page([caseId])).rejects.toThrow('died here');
    expect(await world.answers(caseId)).toEqual([]);

    const { transport, clock } = world;
    const restarted = aWorld({ transport, clock, vault: new FakeVault() });
    await restarted.page([caseId], { redelivered: true });
    expect((await restarted.answers(caseId)).map((a) => [a.target, a.status])).toEqual([['sin', 'completed'], ['health-card', 'completed']]);
    expect(transport.asked.map((a) => a.programme)).toEqual([SIN, HEALTH]);
    expect(transport.sent.map((a) => a.programme)).toEqual([SIN, HEALTH, HEALTH]);
    expect(restarted.vault.releases.map((r) => r.target)).toEqual(['health-card']);
    await restarted.page([caseId], { redelivered: true });
    expect(await restarted.answers(caseId)).toHaveLength(2);
  });

  it('with a call under way needs nothing from memory: the row falls due and the programme is asked', async () => {
    const world = aWorld({ patienceMs: 30 });
    const caseId = newCase();
    world.transport.meets(SIN, 'hangs');
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    expect(await world.rows()).toMatchObject([{ state: 'unknown', attempts: 1 }]);

    const restarted = aWorld({ clock: world.clock, transport: agencies() });
    restarted.start();
    world.clock.advance(14_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(restarted.transport.asked).toEqual([]);
    world.clock.advance(2000);
    await eventually(settled(restarted, caseId));
    expect([restarted.transport.asked.length, restarted.transport.sent.length]).toEqual([1, 1]);
  });

  it('reads on from the log itself', async () => {
    const world = aWorld();
    world.start({ feed: true });
    const cases = Array.from({ length: 10 }, newCase);
    for (const caseId of cases) await world.queue(caseId, tell(caseId, SIN), tell(caseId, ALLOWANCE));
    for (const caseId of cases) await eventually(settled(world, caseId, 2));
    await world.feed.stop();
    for (const caseId of cases) await world.queue(caseId, tell(caseId, SIN, { kind: 'amend', revision: 2 }));
    const restarted = aWorld({ transport: world.transport, clock: world.clock });
    restarted.start({ feed: true });
    for (const caseId of cases) expect((await eventually(settled(restarted, caseId, 3))).at(-1)).toMatchObject({ kind: 'amend', outcome: 'amended' });
    expect(world.transport.sent).toHaveLength(30);
  }, 20_000);
});

describe('a slow programme', () => {
  it('delays a page for no longer than the patience, and its answer is kept when it comes', async () => {
    const world = aWorld({ patienceMs: 60 });
    const caseId = newCase();
    world.transport.meets(SIN, { afterMs: 300 });
    await world.queue(caseId, tell(caseId, SIN), tell(caseId, ALLOWANCE));
    const begun = Date.now();
    await world.page([caseId]);
    expect(Date.now() - begun).toBeLessThan(250);
    expect((await world.answers(caseId)).map((a) => a.target)).toEqual(['family-allowance']);
    const answers = await eventually(settled(world, caseId, 2));
    expect(answers.at(-1)).toMatchObject({ target: 'sin', status: 'completed', attempts: 1 });
    expect(await world.rows()).toEqual([]);
    expect([world.transport.sent.length, world.transport.asked.length]).toEqual([2, 0]);
  });

  it('delays only itself: while one hangs, pages of the others are as quick as ever', async () => {
    const patienceMs = 400; // far more than a page takes, on a busy machine too
    const world = aWorld({ patienceMs });
    world.start();
    world.transport.always(SIN, 'hangs');
    const took: number[] = [];
    const cases = Array.from({ length: 20 }, newCase);
    for (const caseId of cases) {
      await world.queue(caseId, tell(caseId, SIN), tell(caseId, ALLOWANCE));
      const begun = performance.now();
      await world.page([caseId]);
      took.push(performance.now() - begun);
      expect((await world.answers(caseId)).map((a) => a.target)).toEqual(['family-allowance']);
    }
    expect(took.filter((ms) => ms >= patienceMs).length).toBeLessThanOrEqual(cases.length / 4); // all of them, were it not left alone
    world.transport.always(SIN, undefined);
    world.transport.timeOut();
    await asTimePasses(world, 5000, async () => (await world.rows()).length === 0);
    for (const caseId of cases) expect((await world.answers(caseId)).at(-1)).toMatchObject({ target: 'sin', status: 'completed' });
    expect(world.transport.effects.size).toBe(40);
  }, 20_000);

  it('that fails again and again is left alone, then tried with a single delivery', async () => {
    const world = aWorld();
    world.transport.always(SIN, refusal(503));
    const cases = Array.from({ length: 12 }, newCase);
    for (const caseId of cases) {
      await world.queue(caseId, tell(caseId, SIN));
      await world.page([caseId]);
    }
    expect(world.lanes.of(SIN).breaker.stateAt(world.clock.now())).toBe('open');
    const sent = world.transport.sent.length;
    expect(sent).toBeLessThan(12);
    expect((await world.rows()).filter((r) => r.state === 'unsent')).toHaveLength(12 - sent);
    for (const [i, caseId] of cases.entries()) expect(await world.answers(caseId)).toMatchObject([{ target: 'sin', status: 'failed-retryable', attempts: i < sent ? 1 : 0 }]);
    world.start();
    world.clock.advance(3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(world.transport.sent).toHaveLength(sent + 1);
    world.transport.always(SIN, undefined);
    await asTimePasses(world, 3_600_000, async () => (await world.rows()).length === 0);
    expect(world.transport.effects.size).toBe(12);
  });
});

describe('later answers', () => {
  const received: AgencyAnswer = { status: 202, body: { state: 'received' } };
  const acknowledged = async (): Promise<{ world: World; caseId: string }> => {
    const world = aWorld({ transport: new FakeTransport(() => received) });
    const caseId = newCase();
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    expect(await world.answers(caseId)).toMatchObject([{ status: 'acknowledged' }]);
    expect(await world.rows()).toEqual([]);
    return { world, caseId };
  };
  const issued = { status: 'completed', outcome: 'issued', yields: { sin: '046454286' } } as const;
  const says = (world: World, caseId: string, outcome: ConstructorParameters<typeof RecordProgress>[1][number]['outcome'], options: RecordOptions = {}) => {
    const { deliveryId, tellId, target, kind, revision } = tell(caseId, SIN);
    return world.unitOfWork.execute(new RecordProgress(caseId, [{ delivery: { caseId, deliveryId, tellId, target, programme: SIN, kind, revision }, outcome, tries: 0, waitMs: 0 }], options));
  };

  it('settle the delivery; repeats and answers out of order write nothing', async () => {
    const { world, caseId } = await acknowledged();
    await Promise.all([says(world, caseId, issued), says(world, caseId, issued), says(world, caseId, issued)]);
    await says(world, caseId, { status: 'in-progress' });
    await says(world, caseId, issued);
    expect((await world.answers(caseId)).map((a) => a.status)).toEqual(['acknowledged', 'completed']);
    expect(world.vault.deposited).toHaveLength(1);
  });

  it('are placed by what older events say: what was queued and what was answered in version 1', async () => {
    const world = aWorld();
    const [answered, open, other] = [newCase(), newCase(), newCase()];
    for (const caseId of [answered, open]) {
      await world.unitOfWork.join([caseId], async (unit) => {
        const { deliveryId, tellId, target, programme, kind, revision } = tell(caseId, SIN);
        unit.append(CasePlannedV1(caseId, { status: 'in-progress', bundleVersion: 1, targets: [], deliveries: [{ deliveryId, tellId, target, programme, kind, revision }] }));
        if (caseId === answered) unit.append(DeliveriesProgressedV1(caseId, { answers: [{ deliveryId, target, kind, revision, status: 'completed', outcome: 'issued', attempts: 1, yields: ['sin'] }] }));
      });
      await says(world, caseId, issued, { unasked: true });
    }
    expect((await world.history.of(answered)).map((e) => e.type)).toEqual(['bundling.case-planned.v1', 'adapters.deliveries-progressed.v1']);
    expect((await world.history.of(open)).map((e) => e.type)).toEqual(['bundling.case-planned.v1', 'adapters.deliveries-progressed.v2']);
    await expect(says(world, other, issued, { unasked: true })).rejects.toMatchObject({ code: 'delivery.unknown' });
    await world.page([open]);
    expect(world.transport.sent).toMatchObject([{ programme: SIN }]);
  });

  it('end the tries that are under way', async () => {
    const world = aWorld();
    const caseId = newCase();
    world.transport.meets(SIN, 'lost-after');
    await world.queue(caseId, tell(caseId, SIN));
    await world.page([caseId]);
    await says(world, caseId, issued);
    expect(await world.rows()).toEqual([]);
    world.start();
    world.clock.advance(DAY);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.transport.asked).toEqual([]);
    expect((await world.answers(caseId)).at(-1)).toMatchObject({ status: 'completed' });
  });

  it('are fetched when the service standard has passed: asked by key, nothing sent, nothing said when nothing is new', async () => {
    const { world, caseId } = await acknowledged();
    await world.queue(caseId, tell(caseId, SIN, { chase: true }));
    await world.page([caseId]);
    expect(await world.answers(caseId)).toHaveLength(1);
    world.transport.settle(tell(caseId, SIN).deliveryId, { status: 200, body: { state: 'final', ...CODES[SIN] } });
    await world.queue(caseId, tell(caseId, SIN, { chase: true }));
    await world.page([caseId]);
    expect((await world.answers(caseId)).map((a) => a.status)).toEqual(['acknowledged', 'completed']);
    expect([world.transport.sent.length, world.transport.asked.length]).toEqual([1, 2]);
    expect(world.vault.releases).toHaveLength(1);
  });

  it('do not turn into a failure because the question did not get through', async () => {
    const { world, caseId } = await acknowledged();
    world.transport.meets(SIN, refusal(500));
    await world.queue(caseId, tell(caseId, SIN, { chase: true }));
    await world.page([caseId]);
    expect((await world.answers(caseId)).map((a) => a.status)).toEqual(['acknowledged']);
    expect(await world.rows()).toMatchObject([{ state: 'unknown' }]);
    world.start();
    await asTimePasses(world, 1000, async () => (await world.rows()).length === 0);
    expect(await world.answers(caseId)).toHaveLength(1);
  });
});

it('two replicas share what is due: each delivery is taken up by one of them', async () => {
  const world = aWorld();
  world.transport.meets(SIN, ...Array.from({ length: 4 }, () => refusal(503)));
  const cases = Array.from({ length: 4 }, newCase);
  for (const caseId of cases) await world.queue(caseId, tell(caseId, SIN));
  await world.page(cases);
  expect(await world.rows()).toHaveLength(4);
  const other = aWorld({ transport: world.transport, clock: world.clock });
  world.start();
  other.start();
  world.clock.advance(3_600_000);
  await eventually(async () => (await world.rows()).length === 0);
  expect(world.transport.sent).toHaveLength(8);
});
