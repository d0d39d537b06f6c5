import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProgrammeId } from '#contracts/words.js';
import { DomainError } from '#libs/kernel/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { DeliveryTokens } from './delivery-tokens.js';
import type { Delivery } from './domain/delivery.js';
import { OutcomeInbox } from './inbox.js';
import { AttemptStore } from './store/attempt-store.js';
import { OutgoingStore } from './store/outgoing-store.js';
import { UnreadableStore } from './store/unreadable-store.js';
import { Store, World, newCase, tell } from './testing/harness.js';

const SIN = 'ca/sin';
const ISSUED = { state: 'final', code: 'ISSUED', yields: { sin: '046454286' } };
let store: Store;
beforeAll(async () => (store = await Store.open()), 60_000);
afterAll(() => store.close());

describe('answers that come as messages', () => {
  const tokens = new DeliveryTokens(randomBytes(32));
  let world: World;
  let outgoing: OutgoingStore;
  let inbox: OutcomeInbox;
  beforeEach(async () => {
    await store.empty();
    world = new World(store);
    world.transport.always(SIN, { status: 'on-its-way' });
    outgoing = new OutgoingStore(store.db, world.clock);
    inbox = new OutcomeInbox(world.unitOfWork, tokens, outgoing, new UnreadableStore(store.db), world.clock, new SilentLogger(), new AttemptMetrics(new AttemptStore(store.db), outgoing, world.lanes, world.clock));
  });
  /** A delivery handed to a carrier. */
  const handedOver = async (): Promise<Delivery & { readonly token: string }> => {
    const caseId = newCase();
    const queued = tell(caseId, SIN);
    await world.queue(caseId, queued);
    await world.page([caseId]);
    await outgoing.keep([{ id: queued.deliveryId, deliveryId: queued.deliveryId, transport: 'topic', jurisdiction: 'ca', text: 'sealed' }]);
    await outgoing.handedOver([queued.deliveryId]);
    const delivery: Delivery = { ...queued, caseId, programme: queued.programme as ProgrammeId };
    return { ...delivery, token: tokens.issue(delivery) };
  };
  const standing = async ({ deliveryId }: Delivery) => (await outgoing.standing([deliveryId])).get(deliveryId);

  it('are not waited for with a row or a word on the log, and kept like any other: the yield in the vault, the answer on the log, once', async () => {
    const one = await handedOver();
    expect([await world.answers(one.caseId), await world.rows()]).toEqual([[], []]);
    const outcome = { deliveryId: one.deliveryId, token: one.token, answer: ISSUED };
    expect(await inbox.hear([outcome, outcome])).toEqual([undefined, undefined]);
    expect(await inbox.hear([outcome])).toEqual([undefined]);
    expect(await world.answers(one.caseId)).toMatchObject([{ status: 'completed', outcome: 'issued', yields: ['sin'] }]);
    expect(world.vault.deposited).toMatchObject([{ deliveryId: one.deliveryId, yields: { sin: '046454286' } }]);
    expect(await standing(one)).toBeUndefined();
  });

  it('that are not the last leave it known that the delivery is with a carrier', async () => {
    const one = await handedOver();
    await inbox.hear([{ deliveryId: one.deliveryId, token: one.token, answer: { state: 'in-progress' } }]);
    expect((await world.answers(one.caseId)).map((a) => a.status)).toEqual(['in-progress']);
    expect(await standing(one)).toBe('handed-over');
  });

  it('"never received" has it released and sent again', async () => {
    const one = await handedOver();
    expect(await inbox.hear([{ deliveryId: one.deliveryId, token: one.token, answer: { state: 'unknown' } }])).toEqual([undefined]);
    expect(await standing(one)).toBeUndefined();
    const [row, ...others] = await world.rows();
    expect([row!.delivery_id, row!.state, Number(row!.due_at) <= world.clock.now(), others]).toEqual([one.deliveryId, 'unsent', true, []]);
  });

  it('with a token of another delivery, or that are no answer, are refused one by one and keep nobody else', async () => {
    const [one, other] = [await handedOver(), await handedOver()];
    const good = { deliveryId: one.deliveryId, token: one.token, answer: ISSUED };
    const heard = await inbox.hear([
      { ...good, token: other.token }, { ...good, token: 'made-up' }, ...[null, 'ISSUED', {}, { state: 'perfect' }, { ...ISSUED, name: 'Ada' }, { state: 'unknown', code: 'X' }].map((answer) => ({ ...good, answer })), good,
    ]);
    expect(heard).toEqual(['unknown-delivery', 'unknown-delivery', ...Array.from({ length: 6 }, () => 'not-understood'), undefined]);
    expect((await world.answers(one.caseId)).map((a) => a.status)).toEqual(['completed']);
    expect(await world.answers(other.caseId)).toEqual([]);
  });

  it('which our own rules never let be kept are set aside, and keep nobody else', async () => {
    const [one, other] = [await handedOver(), await handedOver()];
    world.vault.onDeposit = (items) => {
      if (items.some((item) => item.deliveryId === one.deliveryId)) throw new DomainError('case.not-found', 'there is no such case', 404);
    };
    expect(await inbox.hear([one, other].map(({ deliveryId, token }) => ({ deliveryId, token, answer: ISSUED })))).toEqual(['refused', undefined]);
    expect((await world.answers(other.caseId)).map((a) => a.status)).toEqual(['completed']);
  });

  it('are brought again when they cannot be kept, and nothing is forgotten meanwhile', async () => {
    const one = await handedOver();
    world.vault.onDeposit = () => {
      throw new Error('the vault is away');
    };
    const outcome = { deliveryId: one.deliveryId, token: one.token, answer: ISSUED };
    await expect(inbox.hear([outcome])).rejects.toThrow('the vault is away');
    expect([await standing(one), await world.answers(one.caseId)]).toEqual(['handed-over', []]);
    world.vault.onDeposit = () => undefined;
    expect(await inbox.hear([outcome])).toEqual([undefined]);
    expect(await world.answers(one.caseId)).toHaveLength(1);
  });
});
