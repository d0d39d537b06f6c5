import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdapterCatalogue } from '#contracts/apis/catalogue.js';
import { Vault } from '#contracts/apis/vault.js';
import { Feed, History } from '#libs/event-log/index.js';
import { Clock } from '#libs/kernel/index.js';
import { Database, UnitOfWork } from '#libs/persistence/index.js';
import { Metrics, SilentLogger, runService, type RunningService } from '#libs/runtime/index.js';
import { FakeTransport } from '#libs/transports/fake-transport.js';
import type { AgencyDelivery } from '#libs/transports/index.js';
import { AdaptersModule } from '../index.js';
import { Store, World, eventually, newCase, tell } from '../testing/harness.js';

const SIN = 'ca/sin';
const keys = mkdtempSync(join(tmpdir(), 'adapters-keys-'));
let store: Store;
let world: World;
let service: RunningService;

beforeAll(async () => {
  store = await Store.open();
  world = new World(store, { transport: new FakeTransport(() => ({ status: 202, body: { state: 'received' } })) });

  @Global()
  @Module({
    providers: [
      { provide: Database, useValue: store.db }, { provide: UnitOfWork, useValue: world.unitOfWork }, { provide: Clock, useValue: world.clock },
      { provide: Feed, useValue: world.feed }, { provide: Vault, useValue: world.vault },
      { provide: History, useValue: world.history },
    ],
    exports: [Database, UnitOfWork, Clock, Feed, Vault, History],
  })
  class Platform {}
  @Module({
    imports: [Platform, AdaptersModule.forRoot({ agenciesUrl: 'http://agencies.test', publicUrl: () => 'http://us.test', tokenKeyFile: join(keys, 'tokens.key'), transport: world.transport,
      exchangeKeyFile: join(keys, 'exchange.json'), exchange: { exchangeDir: keys, exchangeEveryMs: 500, makesTopics: false, overrides: [] } })],
  })
  class App {}
  service = await runService(App, {
    auth: { issuer: 'http://issuer.test', audience: 'us' }, logger: new SilentLogger(), port: 0, host: '127.0.0.1',
    configure: (app) => void app.setGlobalPrefix('v1', { exclude: ['health/live', 'health/ready'] }),
  });
  await world.feed.start();
}, 60_000);
afterAll(async () => {
  await world.feed.stop();
  await service.stop();
  await store.close();
  rmSync(keys, { recursive: true, force: true });
});

/** A delivery the programme has taken in, with the callback it was given. */
const delivered = async (): Promise<{ caseId: string; deliveryId: string; callback: AgencyDelivery['callback'] }> => {
  const caseId = newCase();
  await world.queue(caseId, tell(caseId, SIN));
  await eventually(async () => (await world.answers(caseId)).length === 1);
  const { deliveryId, delivery } = world.transport.sent.at(-1)!;
  return { caseId, deliveryId, callback: delivery.callback };
};
const post = async (deliveryId: string, token: string | undefined, body: unknown): Promise<{ status: number; body: { code?: string; errors?: { pointer: string }[] } | undefined }> => {
  const response = await fetch(`${service.url}/v1/deliveries/${deliveryId}/outcome`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as { code?: string }) };
};
const ISSUED = { state: 'final', code: 'ISSUED', yields: { sin: '046454286' }, note: 'A letter follows.' };

describe('a later answer of a programme', () => {
  it('is taken at the address and with the token that came with the delivery, and may be repeated', async () => {
    const { caseId, deliveryId, callback } = await delivered();
    expect(callback.url).toBe(`http://us.test/v1/deliveries/${deliveryId}/outcome`);
    for (let n = 0; n < 3; n++) expect(await post(deliveryId, callback.token, ISSUED)).toEqual({ status: 204, body: undefined });
    expect((await world.answers(caseId)).map((a) => [a.status, a.outcome])).toEqual([['acknowledged', undefined], ['completed', 'issued']]);
    expect(world.vault.deposited.filter((d) => d.caseId === caseId)).toEqual([{ caseId, deliveryId, yields: { sin: '046454286' }, freeText: 'A letter follows.' }]);
  });

  it('that is overtaken changes nothing', async () => {
    const { caseId, deliveryId, callback } = await delivered();
    await Promise.all([post(deliveryId, callback.token, ISSUED), post(deliveryId, callback.token, ISSUED)]);
    expect((await post(deliveryId, callback.token, { state: 'in-progress' })).status).toBe(204);
    expect((await world.answers(caseId)).map((a) => a.status)).toEqual(['acknowledged', 'completed']);
  });

  it('tells the person what to do, and by when', async () => {
    const { caseId, deliveryId, callback } = await delivered();
    await post(deliveryId, callback.token, { state: 'refused', code: 'PARENT_STATUS', note: 'Come in person.' });
    expect((await world.answers(caseId)).at(-1)).toMatchObject({ status: 'handed-over', reason: 'sin-parent-status' });
  });

  it('is refused with the token of another delivery, a made-up one or none', async () => {
    const [mine, other] = [await delivered(), await delivered()];
    for (const token of [other.callback.token, `${mine.callback.token}x`, mine.callback.token.slice(0, -2), randomUUID(), undefined]) {
      const { status, body } = await post(mine.deliveryId, token, ISSUED);
      expect([status, body?.code]).toEqual([401, token === undefined ? 'auth.required' : 'auth.invalid-token']);
    }
    expect((await post(randomUUID(), mine.callback.token, ISSUED)).status).toBe(401);
    expect(await world.answers(mine.caseId)).toHaveLength(1);
  });

  it('is refused as unknown when nothing is kept of its case any more, as after the restore of an older copy', async () => {
    const { caseId, deliveryId, callback } = await delivered();
    await store.db.rows('delete from log.entry where case_id = $1', [caseId]);
    expect(await post(deliveryId, callback.token, ISSUED)).toMatchObject({ status: 404, body: { code: 'delivery.unknown' } });
    expect(await world.answers(caseId)).toEqual([]);
  });

  it.each([
    ['no answer at all', {}, '/state'],
    ['a state that does not exist', { state: 'done' }, '/state'],
    ['a code that is none', { state: 'final', code: 'issued <b>' }, '/code'],
    ['yields that are not texts', { state: 'final', code: 'ISSUED', yields: { sin: 46454286 } }, '/yields'],
    ['a yield without end', { state: 'final', code: 'ISSUED', yields: { sin: '0'.repeat(201) } }, '/yields'],
    ['a date that is none', { state: 'action-required', actionBy: 'next week' }, '/actionBy'],
    ['a note without end', { state: 'received', note: 'x'.repeat(2001) }, '/note'],
    ['something else besides', { state: 'received', sin: '046454286' }, '/sin'],
  ])('is refused with %s, and says where', async (_, body, pointer) => {
    const { deliveryId, callback, caseId } = await delivered();
    const refused = await post(deliveryId, callback.token, body);
    expect([refused.status, refused.body?.code]).toEqual([400, 'request.invalid']);
    expect(refused.body?.errors?.map((e) => e.pointer)).toEqual([pointer]);
    expect(JSON.stringify(refused.body)).not.toContain('046454286');
    expect(await world.answers(caseId)).toHaveLength(1);
  });
});

it('tells the vault its agreements and bundling its adapters at the start', async () => {
  const cards = await service.app.get(AdapterCatalogue, { strict: false }).cards();
  expect(cards.map((c) => c.kind)).toContain('birth-registration');
  expect(world.vault.agreements.map((a) => a.id)).toContain('ca-on/birth-registration/2024-1');
  expect(world.vault.agreements).toHaveLength(cards.flatMap((c) => c.agreements).length);
});

it('counts tries by programme and result, and what is on its way', async () => {
  const text = await service.app.get(Metrics, { strict: false }).registry.metrics();
  expect(text).toMatch(/delivery_attempts_total\{programme="ca\/sin",result="acknowledged"\} [1-9]/);
  expect(text).toContain('# TYPE deliveries_on_their_way gauge');
});
