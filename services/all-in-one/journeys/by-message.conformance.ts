import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { compactDecrypt, CompactEncrypt, importJWK, type JWK } from 'jose';
import type { PlatformConfig } from '#libs/config/index.js';
import { faultOfMessage } from '#libs/transports/messages/messages.conformance.js';
import { CanaryScanner, type Canary } from '#libs/testing/canaries.js';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { quebecBirth } from '../../../bench/workload.js';
import { passTime } from '../app.js';
import type { Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import { clientOf, readSamples, runSample } from './sample.js';
import { SAMPLES, startTestApp, type TestApp } from './start-app.js';

const PROGRAMME = 'ca-qc/health-card';
const DAY = 86_400_000;

/** How a test sees what travels between us and a jurisdiction, and adds to it. */
export interface Wiretap {
  /** Every message so far, both ways, as it lay there. */
  messages(): Promise<readonly string[]>;
  /** Puts these before us as if a jurisdiction had. */
  plant(jurisdiction: string, messages: readonly string[]): Promise<void>;
  close?(): Promise<void>;
}

/** A message's parts outside its seal. */
export interface Seen { readonly id: string; readonly type: string; readonly subject: string; readonly data: string }
const ofType = (messages: readonly string[], type: string): readonly Seen[] =>
  messages.flatMap((text) => (text.includes(type) ? [JSON.parse(text) as Seen] : []));

const canariesOf = (value: unknown): readonly Canary[] =>
  typeof value === 'string' ? (value.length >= 4 && !/^(ca(-[a-z]{2})?|parent-\d|[a-z]+(-[a-z]+)+|birth|citizen|granted)$/.test(value) && !/^\w+\.v\d$/.test(value) ? [{ kind: 'declared', value }] : [])
  : typeof value === 'object' && value !== null ? Object.values(value).flatMap(canariesOf) : [];

/** `lose`: takes away a delivery its jurisdiction has not read, where that can be done. What every transport by message must keep, seen through the public API with every programme told that way. */
export const journeysBy = (transport: 'topic' | 'file', configuration: () => Partial<PlatformConfig>, tap: (app: TestApp) => Promise<Wiretap>, lose?: (app: TestApp, deliveryId: string) => Promise<void>): void => {
  let dataDir: string;
  let app: TestApp;
  let wire: Wiretap;
  let sandboxPort = 0; // kept over a restart: people are known by who signs them in
  const start = async (): Promise<void> => {
    app = await startTestApp({ config: { dataDir, sandboxPort, transports: [`*=${transport}`], exchangeEveryMs: 60, ...configuration() } });
    sandboxPort = Number(new URL(app.sandbox.url).port);
    app.sandbox.setUnknownPeople('FUMA');
    wire = await tap(app);
  };
  const stop = async (): Promise<void> => {
    await wire.close?.();
    await app.service.stop(); // the folder stays
  };
  const tell = async (notification: object = quebecBirth()) => {
    const client = await clientOf(app, 'nadia');
    return { client, reference: await client.tell(notification) };
  };
  const allBut = (client: Client, reference: string) =>
    eventuallyHolds(async () => expect((await client.show(reference)).targets.filter((t) => t.status === 'completed')).toHaveLength(5), { within: 40_000, every: 50 });
  const healthCard = async (reference: string): Promise<string> => (await (await clientOf(app, 'nadia')).show(reference)).targets.find((t) => t.target === 'health-card')!.status;
  const settled = (reference: string) => eventuallyHolds(async () => expect(await healthCard(reference)).toBe('completed'), { within: 40_000, every: 50 });
  const entry = () => app.sandbox.ledger().filter((e) => e.programme === PROGRAMME);
  const requested = async (): Promise<readonly Seen[]> => ofType(await wire.messages(), 'delivery.requested.v1').filter((m) => m.subject.startsWith(PROGRAMME));
  const requestsBut = (known: readonly string[]): Promise<readonly Seen[]> =>
    eventually(async () => {
      const found = (await requested()).filter((m) => !known.includes(m.id));
      return found.length > 0 && found;
    }, { within: 30_000, every: 50 });
  const unreadable = () => app.platform.db.rows<{ reason: string; place: string }>('select reason, place from adapters.unreadable order by reason');

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), `tell-us-once-${transport}-`));
    await start();
  }, STANDS_WITHIN_MS);
  afterEach(() => app.sandbox.faults.clear());
  afterAll(async () => {
    await stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 30_000);

  it.each(readSamples(SAMPLES).filter((s) => s.linked === undefined).map((s) => [s.title, s] as const))('%s', async (_, sample) => {
    await runSample(app, SAMPLES, sample, 20_000);
  }, 120_000);

  it('a birth whose health plan is away: it was released before it left, nobody on the way can read it, the plan can, and a restart neither loses nor doubles it', async () => {
    app.sandbox.faults.add({ programme: PROGRAMME, fault: 'outage' });
    const [birth, before] = [quebecBirth(), entry()];
    const { client, reference } = await tell(birth);
    await allBut(client, reference);
    expect(await healthCard(reference)).toBe('queued');
    expect(entry()).toEqual(before);

    const requests = await requestsBut(before.map((e) => e.deliveryId));
    expect(new Set(requests.map((m) => m.id)).size).toBe(1);
    const [{ id, subject, data }] = requests as [Seen];
    expect(subject).toBe(`${PROGRAMME}/deliveries/${id}`);
    const released = (await client.releases(reference)).releases.filter((r) => r.programme === PROGRAMME);
    expect(released).toMatchObject([{ kind: 'tell', count: 1 }]);

    const secrets = JSON.parse(readFileSync(join(dataDir, 'sandbox', 'jurisdiction-keys.json'), 'utf8')) as Record<string, JWK>;
    const opened = JSON.parse(new TextDecoder().decode((await compactDecrypt(data, await importJWK(secrets['ca-qc']!, 'ECDH-ES+A256KW'))).plaintext)) as { agreement: string; body: unknown };
    expect(opened.agreement).toBe(released[0]!.agreement);
    expect(JSON.stringify(opened.body)).toContain(birth.child.names!.family);
    await expect(compactDecrypt(data, await importJWK(secrets['ca-on']!, 'ECDH-ES+A256KW'))).rejects.toThrow();

    for (const text of await wire.messages()) expect([text, faultOfMessage(text)]).toEqual([text, undefined]);

    const canaries = canariesOf(birth);
    expect(canaries.length).toBeGreaterThan(10);
    const scanner = new CanaryScanner(canaries);
    const everything = [...(await wire.messages()), ...(await app.platform.db.rows<{ t: string }>('select o::text t from adapters.outgoing o')).map((r) => r.t)];
    expect(everything.length).toBeGreaterThan(6);
    for (const text of everything) expect(scanner.scan(text)).toEqual([]);
    expect(scanner.scan(JSON.stringify(opened)).length).toBeGreaterThan(2); // it would have been found

    await stop();
    await start(); // and the plan is there again
    await settled(reference);
    expect(entry().filter((e) => e.deliveryId === id)).toMatchObject([{ effects: 1 }]);
    expect(app.sandbox.ledger().every((e) => e.effects === 1)).toBe(true);
    expect((await (await clientOf(app, 'nadia')).releases(reference)).releases.filter((r) => r.programme === PROGRAMME)).toMatchObject([{ count: 1 }]);
  }, 120_000);

  it('consent withdrawn while it is on its way: what withdraws it comes after it, and both are followed to their end', async () => {
    app.sandbox.faults.add({ programme: PROGRAMME, fault: 'outage' });
    const { client, reference } = await tell();
    await allBut(client, reference);
    await client.decide(reference, 'health-card', 'withdrawn');
    app.sandbox.faults.clear();
    await eventuallyHolds(async () => expect(await healthCard(reference)).toBe('revoked'), { within: 40_000, every: 50 });
    expect(entry().slice(-2)).toMatchObject([{ kind: 'tell', code: 'ISSUED', effects: 1 }, { kind: 'stop', code: 'STOPPED', effects: 1 }]);
    expect(entry().at(-1)!.body).toEqual({});
  }, 120_000);

  if (lose) {
    it('what was lost on the way is asked about past its service standard, released again and told', async () => {
      const known = (await requested()).map((m) => m.id);
      app.sandbox.faults.add({ programme: PROGRAMME, fault: 'outage' });
      const { client, reference } = await tell();
      await allBut(client, reference);
      await lose(app, (await requestsBut(known))[0]!.id);
      await sleep(500); // whoever was reading it just then has met the outage
      app.sandbox.faults.clear();
      await sleep(500);
      expect(await healthCard(reference)).toBe('queued');
      passTime(app, 60 * DAY);
      await settled(reference);
      expect((await client.releases(reference)).releases.filter((r) => r.programme === PROGRAMME)).toMatchObject([{ kind: 'tell', count: 2 }]);
    }, 120_000);
  }

  it('answers that come twice, late or out of order are told once', async () => {
    for (const fault of ['duplicate', 'out-of-order', 'late', 'hang-up-after'] as const) app.sandbox.faults.add({ programme: PROGRAMME, fault, times: 1, ...(fault === 'late' && { ms: 50 }) });
    const said = async () => (await app.platform.db.rows<{ n: string }>(`select count(*) n from log.event e, json_array_elements(e.data::json->'answers') a where e.type = 'adapters.deliveries-progressed.v2' and a->>'target' = 'health-card' and a->>'status' = 'completed'`))[0]!.n;
    const before = Number(await said());
    for (let n = 0; n < 4; n++) await tell();
    await eventuallyHolds(async () => expect(Number(await said())).toBe(before + 4), { within: 40_000, every: 50 });
    await sleep(1000); // what comes twice has come by now
    expect(Number(await said())).toBe(before + 4);
    expect(entry().every((e) => e.effects === 1)).toBe(true);
    expect(await unreadable()).toEqual([]);
  }, 120_000);

  it('an answer that cannot be understood is shown to operators, the rest flows, and asking again brings the good one', async () => {
    app.sandbox.faults.add({ programme: PROGRAMME, fault: 'garbage', times: 1 });
    const { client, reference } = await tell();
    await allBut(client, reference);
    await eventuallyHolds(async () => expect((await unreadable()).map((u) => u.reason)).toEqual(['not-understood']), { within: 40_000, every: 50 });
    expect(await healthCard(reference)).toBe('queued');
    passTime(app, 60 * DAY); // past its service standard the plan is asked
    await settled(reference);
    expect(entry().every((e) => e.effects === 1)).toBe(true);
  }, 120_000);

  it('messages nobody can read, sealed to others or for unknown deliveries are set aside one by one, and what comes with them is kept', async () => {
    const [[ours]] = [(JSON.parse(readFileSync(join(dataDir, 'exchange', 'keys', 'tell-us-once.json'), 'utf8')) as { keys: [JWK] }).keys];
    const [[theirs]] = [(JSON.parse(readFileSync(join(dataDir, 'exchange', 'keys', 'ca-qc.json'), 'utf8')) as { keys: [JWK] }).keys];
    const seal = async (to: JWK, subject: string, body: object) =>
      new CompactEncrypt(Buffer.from(JSON.stringify(body))).setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: to.kid!, sub: subject }).encrypt(await importJWK(to, 'ECDH-ES+A256KW'));
    const subject = `${PROGRAMME}/deliveries/0190a000-0000-5000-8000-000000000001`;
    const event = (data: string, over: object = {}) => JSON.stringify({ specversion: '1.0', id: 'x', source: '/agencies/ca-qc', type: 'tell-us-once.delivery.answered.v1', subject, data, ...over });
    const answer = { token: 'no-such-token', answer: { state: 'final', code: 'ISSUED' } };
    app.sandbox.faults.add({ programme: PROGRAMME, fault: 'outage' });
    const { reference } = await tell();
    const known = (await unreadable()).length;
    await wire.plant('ca-qc', [
      'no JSON at all', event(await seal(ours, subject, answer), { type: 'something.else.v1' }), event(await seal(theirs, subject, answer)), event(await seal(ours, `${subject.slice(0, -1)}2`, answer)),
      event(await seal(ours, subject, answer)),
    ]);
    await eventuallyHolds(async () => expect((await unreadable()).length).toBe(known + 5), { within: 40_000, every: 50 });
    const reasons = (await unreadable()).map((u) => u.reason).filter((r) => r !== 'not-understood');
    expect(reasons).toEqual(['not-opened', 'not-opened', 'undecodable', 'undecodable', 'unknown-delivery']);
    app.sandbox.faults.clear();
    await settled(reference);
  }, 120_000);
};
