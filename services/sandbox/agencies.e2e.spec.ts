import { createServer, type Server } from 'node:http';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock, SystemClock, uuidv7, type Clock } from '#libs/kernel/index.js';
import { faultOf, faultOfResponse, schemaNamed } from './contract.conformance.js';
import { startSandbox, type Answer, type Sandbox, type SandboxOptions } from './index.js';

const DAY = 86_400_000;
const start = (over: Partial<SandboxOptions> = {}): Promise<Sandbox> => startSandbox({ port: 0, clock: new SystemClock(), profile: 'fast', audience: 'tell-us-once', ...over });

/** Who waits for later answers. */
class Listener {
  readonly heard: { readonly id: string; readonly token: string | undefined; readonly answer: Answer }[] = [];
  /** Statuses to answer with, one a call; 204 afterwards. */
  refusals: number[] = [];
  calls = 0;
  url = '';
  private server!: Server;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        this.calls++;
        const status = this.refusals.shift() ?? 204;
        if (status === 204) this.heard.push({ id: request.url!.split('/')[3]!, token: request.headers.authorization?.replace('Bearer ', ''), answer: JSON.parse(text) as Answer });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  of(id: string): readonly Answer[] {
    return this.heard.filter((h) => h.id === id).map((h) => h.answer);
  }
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const eventually = async (assert: () => void | Promise<void>, withinMs = 3000): Promise<void> => {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await assert();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(5);
    }
  }
};

const listener = new Listener();
let sandbox: Sandbox;

const deliveryOf = (id: string, over: object = {}) => ({
  kind: 'tell', revision: 1, about: id, agreement: 'an-agreement', body: { birth: { date: new Date().toISOString().slice(0, 10) } },
  callback: { url: `${listener.url}/v1/deliveries/${id}/outcome`, token: `token-of-${id}` }, ...over,
});
interface Heard { readonly status: number; readonly body: Record<string, unknown>; readonly retryAfter: string | null }

/** Every answer on the way is held against the contract, unless the fault under test is that it is none. */
const call = async (id: string, programme: string, method: 'PUT' | 'GET', delivery?: object, { isAnswer = true } = {}): Promise<Heard> => {
  const response = await fetch(`${sandbox.url}/agencies/${programme}/deliveries/${id}`, {
    method, ...(delivery && { headers: { 'content-type': 'application/json', 'idempotency-key': id }, body: JSON.stringify(delivery) }),
  });
  const text = await response.text();
  if (!isAnswer) return { status: response.status, body: { text }, retryAfter: null };
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(faultOfResponse(method === 'PUT' ? 'deliver' : 'query', response.status, response.headers.get('content-type')!.split(';')[0]!, body)).toBeUndefined();
  return { status: response.status, body, retryAfter: response.headers.get('retry-after') };
};
const put = (id: string, programme: string, over: object = {}, options?: { isAnswer: boolean }) => {
  const delivery = deliveryOf(id, over);
  expect(faultOf(schemaNamed('Delivery'), delivery)).toBeUndefined();
  return call(id, programme, 'PUT', delivery, options);
};
const get = (id: string, programme: string) => call(id, programme, 'GET');
const entry = (id: string) => sandbox.ledger().find((e) => e.deliveryId === id);
const control = (method: string, path: string, body?: unknown) =>
  fetch(`${sandbox.url}${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });

beforeAll(() => listener.start());
afterAll(() => listener.stop());

describe('an agency of the sandbox', () => {
  beforeAll(async () => {
    sandbox = await start();
  });
  afterAll(() => sandbox.stop());
  afterEach(() => {
    sandbox.faults.clear();
    listener.refusals = [];
  });

  it('answers a repeated delivery the same, with one effect', async () => {
    const id = uuidv7();
    const answers = await Promise.all([put(id, 'ca-qc/birth-registration'), put(id, 'ca-qc/birth-registration'), put(id, 'ca-qc/birth-registration')]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 200, body: { state: 'final', code: 'REGISTERED', yields: { registrationNumber: expect.stringMatching(/^QC-\d{9}$/) } } });
    expect(await get(id, 'ca-qc/birth-registration')).toEqual(answers[0]);
    expect(entry(id)).toMatchObject({ sends: 3, effects: 1, code: 'REGISTERED', kind: 'tell' });
  });

  it('refuses another document under the same key, but takes a new place to answer to', async () => {
    const id = uuidv7();
    await put(id, 'ca/sin');
    expect(await put(id, 'ca/sin', { callback: { url: `${listener.url}/elsewhere`, token: 'a-newer-token-of-it' } })).toMatchObject({ status: 200 });
    expect(await put(id, 'ca/sin', { body: { other: true } })).toEqual({ status: 409, body: { state: 'refused', code: 'BODY_DIFFERS' }, retryAfter: null });
    expect(entry(id)!.effects).toBe(1);
  });

  it('says of what it never received that it is unknown, which is not the same as an unknown programme', async () => {
    expect(await get(uuidv7(), 'ca/sin')).toMatchObject({ status: 404, body: { state: 'unknown' } });
    expect(await get(uuidv7(), 'ca-on/fishing-licence')).toMatchObject({ status: 404, body: { code: 'UNKNOWN_PROGRAMME' } });
  });

  it('answers later where it needs a moment: with the token of that delivery, once, and the same to whoever asks', async () => {
    const id = uuidv7();
    expect(await put(id, 'ca-on/birth-registration')).toMatchObject({ status: 202, body: { state: 'received' } });
    await eventually(() => expect(listener.of(id)).toMatchObject([{ state: 'final', code: 'REGISTERED' }]));
    expect(listener.heard.find((h) => h.id === id)!.token).toBe(`token-of-${id}`);
    expect((await get(id, 'ca-on/birth-registration')).body).toEqual(listener.of(id)[0]);
    await sleep(150);
    expect(listener.of(id)).toHaveLength(1);
    for (const { answer } of listener.heard) expect(faultOf(schemaNamed('Answer'), answer)).toBeUndefined();
  });

  it('repeats a later answer until somebody takes it, and gives up when nobody wants it', async () => {
    const [wanted, unwanted] = [uuidv7(), uuidv7()];
    listener.refusals = [503, 429, 500];
    await put(wanted, 'ca-on/birth-registration');
    await eventually(() => expect(listener.of(wanted)).toHaveLength(1));
    listener.refusals = [404];
    const before = listener.calls;
    await put(unwanted, 'ca-on/birth-registration');
    await eventually(() => expect(listener.calls).toBe(before + 1));
    await sleep(250);
    expect(listener.calls).toBe(before + 1);
    expect((await get(unwanted, 'ca-on/birth-registration')).body).toMatchObject({ code: 'REGISTERED' });
  });

  it('waits for a silent hospital’s notice, and proceeds with every registration of it when it comes', async () => {
    const ids = [uuidv7(), uuidv7()];
    for (const id of ids) {
      const waiting = await put(id, 'ca-ab/birth-registration', { body: { birth: { date: new Date().toISOString().slice(0, 10), facility: 'riverside-community' } } });
      expect(waiting).toMatchObject({ status: 202, body: { state: 'in-progress', code: 'AWAITING_NOTICE' } });
    }
    await sleep(120);
    expect(listener.of(ids[0]!)).toEqual([]);
    expect(await (await control('POST', '/hospitals/riverside-community/notices')).json()).toEqual({ proceeded: 2 });
    await eventually(() => {
      for (const id of ids) expect(listener.of(id)).toMatchObject([{ code: 'REGISTERED' }]);
    });
    expect(sandbox.sendNotices('riverside-community')).toBe(0);
  });

  it('corrects what it was told, and says so when it never was', async () => {
    const told = uuidv7();
    await put(told, 'ca/child-benefits', { body: { applicant: { socialInsuranceNumber: '046454286' } } });
    const correct = (kind: string, about: string) => put(uuidv7(), 'ca/child-benefits', { kind, about, revision: 2, body: {} });
    expect((await correct('amend', told)).body).toEqual({ state: 'final', code: 'AMENDED' });
    expect((await correct('stop', told)).body).toEqual({ state: 'final', code: 'STOPPED' });
    expect((await correct('recall', told)).body).toEqual({ state: 'final', code: 'RECALLED' });
    expect((await correct('recall', uuidv7())).body).toEqual({ state: 'final', code: 'NOT_WITH_US' });
    expect((await put(uuidv7(), 'ca/sin', { kind: 'recall', about: told, revision: 2, body: {} })).body).toEqual({ state: 'final', code: 'NOT_WITH_US' });
  });

  it('lets nothing follow from what was recalled', async () => {
    const id = uuidv7();
    await put(id, 'ca-ab/birth-registration', { body: { birth: { date: new Date().toISOString().slice(0, 10), facility: 'riverside-community' } } });
    expect((await put(uuidv7(), 'ca-ab/birth-registration', { kind: 'recall', about: id, revision: 2, body: {} })).body).toMatchObject({ code: 'RECALLED' });
    expect(sandbox.sendNotices('riverside-community')).toBe(0);
  });

  it('may change its mind: a later answer to what was final', async () => {
    const id = uuidv7();
    await put(id, 'ca/sin');
    expect((await control('POST', '/answers', { programme: 'ca/sin', delivery: id, answer: { state: 'refused', code: 'PARENT_STATUS' } })).status).toBe(202);
    await eventually(() => expect(listener.of(id)).toEqual([{ state: 'refused', code: 'PARENT_STATUS' }]));
    expect((await get(id, 'ca/sin')).status).toBe(422);
    expect(sandbox.answerLater('ca/sin', uuidv7(), { state: 'final', code: 'ISSUED' })).toBe(false);
  });

  it('refuses what is not the contract’s document, and does nothing', async () => {
    const id = uuidv7();
    const send = async (headers: Record<string, string>, body: string) => (await fetch(`${sandbox.url}/agencies/ca/sin/deliveries/${id}`, { method: 'PUT', headers, body })).status;
    const json = { 'content-type': 'application/json', 'idempotency-key': id };
    const whole = JSON.stringify(deliveryOf(id));
    expect(await send({ ...json, 'idempotency-key': 'another' }, whole)).toBe(400);
    expect(await send({ ...json, 'content-type': 'text/plain' }, whole)).toBe(415);
    expect(await send(json, '{')).toBe(400);
    expect(await send(json, '[]')).toBe(400);
    for (const wrong of [{ kind: 'ask' }, { revision: 0 }, { about: '' }, { agreement: 7 }, { body: [] }, { callback: { url: 'file:///etc', token: 'x' } }]) expect([wrong, await send(json, JSON.stringify(deliveryOf(id, wrong)))]).toEqual([wrong, 400]);
    expect(await send(json, JSON.stringify(deliveryOf(id, { body: { text: 'x'.repeat(1_100_000) } })))).toBe(413);
    expect(await get(id, 'ca/sin')).toMatchObject({ status: 404, body: { state: 'unknown' } });
  });

  describe('with a fault', () => {
    const programme = 'ca/sin';
    const notDone = async (id: string) => {
      expect(entry(id)).toBeUndefined();
      expect(await get(id, programme)).toMatchObject({ status: 404, body: { state: 'unknown' } });
    };

    it('is slow', async () => {
      sandbox.faults.add({ fault: 'latency', ms: 120, times: 1, programme });
      const began = performance.now();
      expect((await put(uuidv7(), programme)).status).toBe(200);
      expect(performance.now() - began).toBeGreaterThanOrEqual(118);
    });

    it('refuses for the moment, as often as asked and not more, and names when to come back', async () => {
      const id = uuidv7();
      sandbox.faults.add({ fault: 'status', status: 503, times: 1, programme });
      sandbox.faults.add({ fault: 'status', status: 429, retryAfter: 7, times: 1, programme: '*/sin' });
      expect((await put(id, programme)).status).toBe(503);
      expect(await put(id, programme)).toMatchObject({ status: 429, retryAfter: '7' });
      await notDone(id);
      expect((await put(id, programme)).status).toBe(200);
      expect(entry(id)).toMatchObject({ sends: 3, effects: 1 });
    });

    it('hangs up before it has done anything', async () => {
      const id = uuidv7();
      sandbox.faults.add({ fault: 'hang-up', times: 1, programme });
      await expect(put(id, programme)).rejects.toThrow('fetch failed');
      await notDone(id);
    });

    it('does it and then hangs up: the effect is there, and stays the only one', async () => {
      const id = uuidv7();
      sandbox.faults.add({ fault: 'hang-up-after', times: 1, programme });
      await expect(put(id, programme)).rejects.toThrow('fetch failed');
      expect(entry(id)).toMatchObject({ sends: 1, effects: 1, code: 'ISSUED' });
      const asked = await get(id, programme);
      expect(asked).toMatchObject({ status: 200, body: { code: 'ISSUED' } });
      expect(await put(id, programme)).toEqual(asked);
      expect(entry(id)).toMatchObject({ sends: 2, effects: 1 });
    });

    it('does it and answers something that is no answer, of several kinds', async () => {
      sandbox.faults.add({ fault: 'garbage', programme });
      const texts = new Set<unknown>();
      for (let i = 0; i < 40; i++) {
        const id = uuidv7();
        const { status, body } = await put(id, programme, {}, { isAnswer: false });
        expect(status).toBe(200);
        texts.add(body['text']);
        expect(entry(id)!.effects).toBe(1);
      }
      expect(texts.size).toBe(5);
      for (const text of texts) {
        let document: unknown;
        try {
          document = JSON.parse(String(text));
        } catch {
          continue;
        }
        expect(faultOf(schemaNamed('Answer'), document)).toBeDefined();
      }
    });

    it('answers twice', async () => {
      const id = uuidv7();
      sandbox.faults.add({ fault: 'duplicate', times: 1, programme });
      expect((await put(id, programme)).body).toEqual({ state: 'received' });
      await eventually(() => expect(listener.of(id)).toHaveLength(2));
      expect(listener.of(id)[0]).toEqual(listener.of(id)[1]);
    });

    it('answers out of order: the end first, then an older word, which changes nothing', async () => {
      const id = uuidv7();
      sandbox.faults.add({ fault: 'out-of-order', times: 1, programme });
      await put(id, programme);
      await eventually(() => expect(listener.of(id).map((a) => a.state)).toEqual(['final', 'in-progress']));
      expect((await get(id, programme)).body).toMatchObject({ state: 'final', code: 'ISSUED' });
    });

    it('answers what it was told to answer', async () => {
      sandbox.faults.add({ fault: 'answer', times: 2, programme, answer: { state: 'refused', code: 'PARENT_STATUS' } });
      expect(await put(uuidv7(), programme)).toMatchObject({ status: 422, body: { code: 'PARENT_STATUS' } });
      expect(await put(uuidv7(), programme, { kind: 'amend', about: uuidv7() })).toMatchObject({ status: 422 });
      expect((await put(uuidv7(), programme)).status).toBe(200);
    });

    it('strikes by chance, and the same chances again from the same seed', async () => {
      const run = async () => {
        sandbox.faults.clear();
        sandbox.faults.seed(42);
        sandbox.faults.add({ fault: 'status', status: 500, probability: 0.3, programme });
        const statuses: number[] = [];
        for (let i = 0; i < 100; i++) statuses.push((await put(uuidv7(), programme)).status);
        return statuses;
      };
      const first = await run();
      expect(await run()).toEqual(first);
      const struck = first.filter((status) => status === 500).length;
      expect(struck).toBeGreaterThan(15);
      expect(struck).toBeLessThan(45);
    }, 30_000);

    it('leaves other programmes alone', async () => {
      sandbox.faults.add({ fault: 'status', programme: 'ca-on/*' });
      expect((await put(uuidv7(), 'ca-on/health-card')).status).toBe(503);
      expect((await put(uuidv7(), 'ca-sk/health-card')).status).toBe(200);
    });
  });

  it('is handled from this machine: faults are listed, taken away, and refused when they make no sense', async () => {
    const programme = 'ca-nb/health-card'; // of this test alone
    const posted = await control('POST', '/faults', { programme, fault: 'status', status: 503, times: 2 });
    expect(posted.status).toBe(201);
    const { id } = (await posted.json()) as { id: string };
    const mine = async () => ((await (await control('GET', '/faults')).json()) as { faults: { id: string }[] }).faults.filter((f) => f.id === id);
    expect(await mine()).toEqual([{ id, programme, fault: 'status', status: 503, times: 2 }]);
    expect((await put(uuidv7(), programme)).status).toBe(503);
    expect(await mine()).toEqual([{ id, programme, fault: 'status', status: 503, times: 1 }]);
    expect((await control('DELETE', `/faults/${id}`)).status).toBe(204);
    expect(await mine()).toEqual([]);
    expect((await control('DELETE', `/faults/${id}`)).status).toBe(404);
    for (const wrong of [{}, { fault: 'rain' }, { fault: 'status', status: 200 }, { fault: 'status', probability: 2 }, { fault: 'status', colour: 'red' }]) expect((await control('POST', '/faults', wrong)).status).toBe(400);
    expect((await control('DELETE', '/faults')).status).toBe(204);
    expect((await control('GET', '/nothing')).status).toBe(404);
  });

  it('shows its ledger, whole or for one programme and delivery', async () => {
    const id = uuidv7();
    await put(id, 'ca-sk/health-card');
    const { entries } = (await (await control('GET', `/ledger?programme=ca-sk/health-card&delivery=${id}`)).json()) as { entries: unknown[] };
    expect(entries).toEqual([{ programme: 'ca-sk/health-card', deliveryId: id, kind: 'tell', about: id, sends: 1, effects: 1, receivedAt: expect.stringMatching(/Z$/), code: 'ISSUED', body: expect.anything() }]);
    expect(sandbox.ledger().every((e) => e.effects === 1)).toBe(true);
  });
});

describe('an identity authority of the sandbox', () => {
  beforeAll(async () => {
    sandbox = await start();
  });
  afterAll(() => sandbox.stop());

  const stranger = { names: { given: ['Quentin'], family: 'Made-Up' }, birthDate: '1990-01-01', birthPlace: { jurisdiction: 'ca-on' } };
  const ask = async (jurisdiction: string, question: object) => {
    expect(faultOf(schemaNamed('Question'), question)).toBeUndefined();
    const response = await fetch(`${sandbox.url}/authorities/${jurisdiction}/confirmations/${uuidv7()}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(question) });
    const body = (await response.json()) as { resolution?: string };
    expect(faultOfResponse('confirm', response.status, response.headers.get('content-type')!, body)).toBeUndefined();
    return { status: response.status, resolution: body.resolution };
  };

  it('confirms by the contract, and answers of strangers as it is set', async () => {
    expect(await ask('ca', { names: { given: ['Noah', 'Emeka'], family: 'Okafor' }, birthDate: '1991-11-02', birthPlace: { country: 'NG' } })).toEqual({ status: 200, resolution: 'FUMA' });
    expect((await ask('ca-on', stranger)).resolution).toBe('NOMA');
    await control('PUT', '/settings', { unknownPeople: 'FUMA' });
    expect((await ask('ca-on', stranger)).resolution).toBe('FUMA');
    sandbox.setUnknownPeople('NOMA');
    expect((await ask('ca-on', stranger)).resolution).toBe('NOMA');
    expect((await control('PUT', '/settings', { unknownPeople: 'MAYBE' })).status).toBe(400);
  });

  it('can be out of reach while agencies work, and the other way round', async () => {
    sandbox.faults.add({ fault: 'status', for: 'authority', programme: 'ca-on', times: 1 });
    expect((await put(uuidv7(), 'ca-on/health-card')).status).toBe(200);
    expect((await ask('ca-on', stranger)).status).toBe(503);
    sandbox.faults.add({ fault: 'hang-up', for: 'authority', times: 1 });
    await expect(ask('ca-on', stranger)).rejects.toThrow('fetch failed');
    sandbox.faults.add({ fault: 'status', times: 1 });
    expect((await ask('ca-on', stranger)).status).toBe(200);
    sandbox.faults.clear();
  });
});

describe('days in the sandbox', () => {
  let clock: MovableClock;
  beforeEach(async () => {
    clock = new MovableClock();
    sandbox = await start({ clock });
  });
  afterEach(() => sandbox.stop());

  it('pass when the clock is moved: an answer that takes fifteen days comes at once', async () => {
    const id = uuidv7();
    sandbox.faults.add({ fault: 'late', ms: 15 * DAY, times: 1 });
    expect((await put(id, 'ca/sin')).body).toEqual({ state: 'received' });
    clock.advance(14 * DAY);
    await sleep(60);
    expect(listener.of(id)).toEqual([]);
    expect((await get(id, 'ca/sin')).body).toEqual({ state: 'received' });
    clock.advance(DAY);
    await eventually(() => expect(listener.of(id)).toMatchObject([{ state: 'final', code: 'ISSUED' }]));
  });

  it('end an outage when they have passed', async () => {
    sandbox.faults.add({ fault: 'outage', programme: 'ca/sin', until: clock.now() + 3 * DAY });
    expect((await put(uuidv7(), 'ca/sin')).status).toBe(503);
    expect((await get(uuidv7(), 'ca/sin')).status).toBe(503);
    clock.advance(2 * DAY);
    expect((await put(uuidv7(), 'ca/sin')).status).toBe(503);
    clock.advance(DAY);
    expect((await put(uuidv7(), 'ca/sin')).status).toBe(200);
  });
});

describe('a sandbox that is killed', () => {
  let dataDir: string;
  let killed: Sandbox[] = [];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });
  afterEach(async () => {
    await Promise.all(killed.map((s) => s.stop()));
    killed = [];
    rmSync(dataDir, { recursive: true, force: true });
  });
  /** What a kill leaves: the files as they are at this moment, nothing closed or flushed. The old one is stopped only after the test. */
  const startAgain = async (clock: Clock): Promise<void> => {
    sandbox = await start({ dataDir, clock });
    killed.push(sandbox);
  };

  it('knows after it what it did, does nothing twice, and says what it still had to say', async () => {
    const [done, waiting, late] = [uuidv7(), uuidv7(), uuidv7()];
    await startAgain(new MovableClock());
    const before = await put(done, 'ca/sin');
    await put(done, 'ca/sin');
    await put(waiting, 'ca-ab/birth-registration', { body: { birth: { date: new Date().toISOString().slice(0, 10), facility: 'riverside-community' } } });
    sandbox.faults.add({ fault: 'late', ms: DAY, times: 1 });
    await put(late, 'ca-sk/health-card');
    appendFileSync(join(dataDir, 'ledger.ndjson'), '{"id":"ca/sin/cut-short","delive');

    const clock = new MovableClock();
    await startAgain(clock);
    expect(sandbox.ledger()).toHaveLength(3);
    expect(await get(done, 'ca/sin')).toEqual(before);
    expect(await put(done, 'ca/sin')).toEqual(before);
    expect(entry(done)).toMatchObject({ sends: 3, effects: 1 });
    expect(sandbox.sendNotices('riverside-community')).toBe(1);
    await eventually(() => expect(listener.of(waiting)).toMatchObject([{ code: 'REGISTERED' }]));
    expect(listener.of(late)).toEqual([]);
    clock.advance(DAY);
    await eventually(() => expect(listener.of(late)).toMatchObject([{ code: 'ISSUED' }]));

    // And a third time: what was said is not said again.
    await startAgain(new MovableClock());
    expect(sandbox.sendNotices('riverside-community')).toBe(0);
    await sleep(80);
    expect(listener.of(waiting)).toHaveLength(1);
    expect(sandbox.ledger().map((e) => [e.effects, e.code])).toEqual([[1, 'ISSUED'], [1, 'REGISTERED'], [1, 'ISSUED']]);
  });

  it('says that it is back, to whoever looks after it', async () => {
    await startAgain(new SystemClock());
    const asked = await Promise.all(['live', 'ready'].map(async (probe) => (await fetch(`${sandbox.url}/health/${probe}`)).json()));
    expect(asked).toEqual([{ status: 'live' }, { status: 'ready' }]);
  });

  it('says so when its port is taken, and leaves nothing running', async () => {
    await startAgain(new SystemClock());
    await expect(start({ port: Number(new URL(sandbox.url).port) })).rejects.toThrow('EADDRINUSE');
  });

  it('goes on calling after it, where nobody answered before', async () => {
    const id = uuidv7();
    await startAgain(new SystemClock());
    listener.refusals = Array.from({ length: 100 }, () => 503);
    await put(id, 'ca-on/birth-registration');
    await eventually(() => expect(listener.refusals.length).toBeLessThan(99));
    await sandbox.stop();
    killed = [];
    listener.refusals = [];
    await startAgain(new SystemClock());
    await eventually(() => expect(listener.of(id)).toMatchObject([{ code: 'REGISTERED' }]));
  });
});

describe('a demonstration', () => {
  it('shows two waves within eight seconds, each answer after a while', async () => {
    sandbox = await start({ profile: 'lifelike' });
    try {
      const began = performance.now();
      const wave = async (programmes: readonly (readonly [string, object])[]) => Promise.all(programmes.map(async ([programme, body]) => {
        const id = uuidv7();
        const { status, body: answer } = await put(id, programme, { body });
        if (status === 202) await eventually(() => expect(listener.of(id)).toHaveLength(1), 8000);
        else expect(answer['state']).toBe('final');
        return performance.now() - began;
      }));
      await wave([['ca-qc/birth-registration', { birth: { date: new Date().toISOString().slice(0, 10) } }]]);
      const times = await wave([['ca-qc/birth-certificate', {}], ['ca/sin', {}], ['ca/child-benefits', { applicant: { socialInsuranceNumber: '046454286' } }], ['ca-qc/family-allowance', {}], ['ca-qc/health-card', {}]]);
      expect(Math.max(...times)).toBeLessThan(8000);
      expect(Math.min(...times)).toBeGreaterThan(900);
    } finally {
      await sandbox.stop();
    }
  }, 15_000);

  it('ends at once, whatever is under way', async () => {
    sandbox = await start();
    sandbox.faults.add({ fault: 'latency', ms: 60_000 });
    const hanging = put(uuidv7(), 'ca/sin').then(() => 'answered', () => 'cut');
    await sleep(50);
    const began = performance.now();
    await sandbox.stop();
    expect(await hanging).toBe('cut');
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
