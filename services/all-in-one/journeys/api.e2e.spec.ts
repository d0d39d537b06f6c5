import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { MovableClock } from '#libs/kernel/index.js';
import { signIn } from '#services/sandbox/index.js';
import { quebecBirth } from '../../../bench/workload.js';
import { Refused, type CaseSeen, type Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import { clientOf, readNotification } from './sample.js';
import { startStage, type Stage } from './stage.js';
import { SAMPLES } from './start-app.js';

jest.setTimeout(30_000);
const DAY = 86_400_000;
let app: Stage;
let agent: Client;
let operator: Client;
beforeAll(async () => {
  app = await startStage();
  await app.sandbox.setUnknownPeople('FUMA');
  [agent, operator] = await Promise.all([clientOf(app, 'nadia'), clientOf(app, 'oscar')]);
}, STANDS_WITHIN_MS);
afterAll(() => app.stop(), 30_000);

const sample = (file: string) => readNotification(join(SAMPLES, file));
const refusal = async (work: Promise<unknown>): Promise<Refused> => {
  const error = await work.then(() => undefined, (e: unknown) => e);
  if (error instanceof Refused) return error;
  throw new Error('it was not refused', { cause: error });
};
const findTarget = (seen: CaseSeen, name: string) => seen.targets.find((t) => t.target === name);
const target = (seen: CaseSeen, name: string) => findTarget(seen, name)!;
const settled = (reference: string, client = agent) => client.until(reference, (c) => c.settled, 20_000);
/** Time passes, and whoever waits on it has had a moment. */
const pass = async (ms: number): Promise<void> => {
  (app.platform.clock as MovableClock).advance(ms);
  await app.caughtUp?.();
  await sleep(60);
};
const raw = (path: string, init: RequestInit & { token?: string } = {}) =>
  fetch(`${app.url}${path}`, { ...init, headers: { ...(init.token !== undefined && { authorization: `Bearer ${init.token}` }), ...(init.headers as Record<string, string> | undefined) } });

describe('telling', () => {
  it('answers 202 with a Location that never says 404 to its owner, not even at once', async () => {
    const references = await Promise.all(Array.from({ length: 20 }, async () => {
      const reference = await agent.tell(quebecBirth());
      expect((await agent.show(reference)).reference).toBe(reference);
      return reference;
    }));
    expect(new Set(references).size).toBe(20);
  });

  it('gives the same answer to the same key and body, and refuses the key with another body', async () => {
    const [key, body] = [randomUUID(), quebecBirth()];
    const first = await agent.tell(body, key);
    expect(await agent.tell(body, key)).toBe(first);
    const refused = await refusal(agent.tell({ ...body, child: { ...body.child, sex: 'X' } }, key));
    expect([refused.status, refused.body.code]).toEqual([422, 'idempotency.body-differs']);
  });

  it('opens one case for forty requests at once with one key', async () => {
    const [key, body] = [randomUUID(), quebecBirth()];
    expect(new Set(await Promise.all(Array.from({ length: 40 }, () => agent.tell(body, key)))).size).toBe(1);
  });

  it('needs a key, and says so', async () => {
    const refused = await refusal(agent.request('POST', '/v1/notifications', quebecBirth()));
    expect([refused.status, refused.body.code]).toEqual([400, 'idempotency.key-missing']);
  });

  it('shows the plan and keeps nothing when only asked to validate', async () => {
    const olivia = await clientOf(app, 'olivia');
    const before = await olivia.request<unknown[]>('GET', '/v1/cases');
    const plan = await olivia.request<{ targets: { target: string; why: { en: string; fr: string }; fields: string[]; notice?: string; signatory?: string }[] }>('POST', '/v1/notifications?validateOnly=true', sample('ontario-two-parents.json'));
    const benefits = plan.targets.find((t) => t.target === 'child-benefits')!;
    expect(benefits).toMatchObject({ signatory: 'parent-1', notice: 'child-benefits.v1' });
    expect(benefits.fields).toContain('signatory.sin');
    for (const { why } of plan.targets) {
      expect(why.en).not.toBe('');
      expect(why.fr).not.toBe('');
      expect(why.fr).not.toBe(why.en);
    }
    expect(await olivia.request('GET', '/v1/cases')).toEqual(before);
  });

  it('names every wrong field at once, by pointer, without repeating what was sent, in the language asked for', async () => {
    const body = quebecBirth();
    const wrong = {
      ...body, extra: 1, residence: { ...body.residence, postalCode: 'W1A 1A1' }, birth: { ...body.birth, date: '2026-02-30' },
      parents: [{ ...body.parents[0]!, sin: '800000002', names: { given: ['A\u202Eb'], family: 'C' } }, { ...body.parents[1]!, sin: '000000000' }],
    };
    const refused = await refusal(agent.request('POST', '/v1/notifications', wrong, { 'idempotency-key': randomUUID(), 'accept-language': 'fr-CA' }));
    expect(refused.status).toBe(400);
    expect(refused.body.title).toBe('Certains renseignements envoyés doivent être corrigés');
    expect(refused.body.errors!.map((e) => e.pointer).sort()).toEqual(['/birth/date', '/extra', '/parents/0/names/given/0', '/parents/0/sin', '/parents/1/sin', '/residence/postalCode']);
    expect(JSON.stringify(refused.body)).not.toMatch(/800000002|W1A|02-30/);
  });

  it('takes names in any script, single names, apostrophes and hyphens', async () => {
    const body = quebecBirth();
    for (const names of [{ given: ['ᓄᓇ'], family: 'ᓇᓄᖅᓯ' }, { given: [], family: 'Suharto' }, { given: ['Jean-François'], family: 'O’Brien-D\'Arcy' }, { given: ['Thị Ánh'], family: 'Nguyễn' }, { given: ['محمد'], family: 'الهاشمي' }]) {
      await agent.tell({ ...quebecBirth(), child: { ...body.child, names } });
    }
  });
});

describe('a case', () => {
  it('does not exist for anyone who is not a party', async () => {
    const reference = await agent.tell(quebecBirth());
    const stranger = await clientOf(app, 'olivia');
    for (const [method, path, body] of [['GET', '', undefined], ['GET', '/events', undefined], ['GET', '/releases', undefined], ['GET', '/consents', undefined],
      ['POST', '/cancellation', { reason: 'told-in-error' }], ['POST', '/invitations', { person: 'parent-2' }], ['PUT', '/consents/sin', { decision: 'granted', notice: 'sin.v1', language: 'en-CA' }]] as const) {
      const refused = await refusal(stranger.request(method, `/v1/cases/${reference}${path}`, body));
      expect([path, refused.status, refused.body.code]).toEqual([path, 404, 'case.not-found']);
    }
  });

  it('answers 304 until it changes', async () => {
    const token = await signIn({ issuer: app.sandbox.issuer, audience: 'tell-us-once', persona: 'nadia' });
    const reference = await agent.tell(quebecBirth());
    await settled(reference);
    const first = await raw(`/v1/cases/${reference}`, { token });
    const etag = first.headers.get('etag')!;
    expect((await raw(`/v1/cases/${reference}`, { token, headers: { 'if-none-match': etag } })).status).toBe(304);
    await agent.request('POST', `/v1/cases/${reference}/cancellation`, { reason: 'told-in-error' });
    expect((await raw(`/v1/cases/${reference}`, { token, headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('can be followed, and taken up again where the reader left off, without loss or repetition', async () => {
    const reference = await agent.tell(quebecBirth());
    await settled(reference);
    const all: { id: number; status: string }[] = [];
    for await (const change of agent.follow(reference, { signal: AbortSignal.timeout(10_000) })) {
      all.push(change);
      if (change.settled) break;
    }
    const last = all.at(-1)!.id;
    await agent.request('POST', `/v1/cases/${reference}/cancellation`, { reason: 'told-in-error' });
    const later: number[] = [];
    for await (const change of agent.follow(reference, { after: last, signal: AbortSignal.timeout(10_000) })) {
      later.push(change.id);
      if (change.status === 'cancelled') break;
    }
    expect(later.every((id) => id > last)).toBe(true);
    expect([...later].sort((a, b) => a - b)).toEqual(later);
  });
});

describe('consent', () => {
  it('is receipted by a signature anyone can verify, and only for what its signatory decided', async () => {
    const olivia = await clientOf(app, 'olivia');
    const reference = await olivia.tell(sample('ontario-two-parents.json'));
    const { consents } = await olivia.request<{ consents: { target: string; status: string; record?: { signature: string; receipt: { pii_processing: { purposes: unknown[] }[] } } }[] }>('GET', `/v1/cases/${reference}/consents`);
    const keys = createLocalJWKSet((await (await raw('/.well-known/jwks.json')).json()) as JSONWebKeySet);
    const given = consents.filter((c) => c.record);
    expect(given.map((c) => c.target).sort()).toEqual(['birth-certificate', 'child-benefits', 'education-savings', 'sin']);
    for (const { record } of given) {
      const { payload } = await compactVerify(record!.signature, keys);
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(record!.receipt);
      const forged = record!.signature.replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`);
      await expect(compactVerify(forged, keys)).rejects.toThrow();
    }
  });

  it('withdrawn after a send stops the programme; where the law is the basis there is nothing to withdraw', async () => {
    const reference = await agent.tell(quebecBirth());
    await settled(reference);
    await agent.decide(reference, 'sin', 'withdrawn');
    await agent.until(reference, (c) => c.settled && target(c, 'sin').status === 'revoked'); // where services are apart the plan hears of it a moment later
    const { entries } = (await (await fetch(`${app.sandbox.url}/ledger?programme=ca/sin`)).json()) as { entries: { kind: string }[] };
    expect(entries.some((e) => e.kind === 'stop')).toBe(true);
    expect((await refusal(agent.decide(reference, 'birth-registration', 'withdrawn'))).status).toBe(404);
  });

  it('belongs to its signatory: the notifier cannot sign for the mother, who joins by invitation', async () => {
    const daniel = await clientOf(app, 'daniel');
    const body = sample('second-parent-signs-later.json') as unknown as { child: { names: { given: string[] } } };
    const reference = await daniel.tell(body);
    await daniel.until(reference, (c) => findTarget(c, 'child-benefits')?.status === 'consent-required');
    const refused = await refusal(daniel.decide(reference, 'child-benefits', 'granted'));
    expect([refused.status, refused.body.code]).toEqual([403, 'consent.not-signatory']);
    const { code } = await daniel.invite(reference, 'parent-2');
    const chloe = await clientOf(app, 'chloe');
    await chloe.accept(code);
    const seen = await chloe.show(reference);
    expect(target(seen, 'child-benefits').waitingOn).toBe('you');
    expect(target(seen, 'sin').consent).toBe('theirs');
    expect((await refusal((await clientOf(app, 'peter')).accept(code))).status).toBe(409);
    await chloe.decide(reference, 'child-benefits', 'granted');
    expect(target(await settled(reference, daniel), 'child-benefits')).toMatchObject({ status: 'completed', outcome: 'applied', consent: 'theirs' });
  });
});

describe('corrections', () => {
  it('an amendment goes to those told, and only where a field shared with them changed', async () => {
    const body = quebecBirth();
    const reference = await agent.tell(body);
    await settled(reference);
    const amended = await agent.request<{ version: number }>('POST', `/v1/cases/${reference}/amendments`, { reason: 'typographical', notification: { ...body, decisions: [], birth: { ...body.birth, time: '05:21' } } });
    expect(amended.version).toBe(2);
    const seen = await agent.until(reference, (c) => c.settled && c.version === 2 && target(c, 'birth-registration').outcome === 'amended');
    expect(seen.status).toBe('completed');
    const kinds = (await agent.releases(reference)).releases.filter((r) => r.kind === 'amend').map((r) => r.programme);
    expect(kinds).toEqual(['ca-qc/birth-registration']); // the time of birth is shared with nobody else
    expect((await refusal(agent.request('POST', `/v1/cases/${reference}/amendments`, { reason: 'typographical', notification: { ...body, decisions: [], birth: { ...body.birth, time: '05:21' } } }))).body.code).toBe('amendment.nothing-changed');
  });

  it('a cancellation is told to everyone who was told, and repeating it changes nothing', async () => {
    const reference = await agent.tell(quebecBirth());
    await settled(reference);
    for (let i = 0; i < 2; i++) await agent.request('POST', `/v1/cases/${reference}/cancellation`, { reason: 'told-in-error' });
    const seen = await agent.until(reference, (c) => c.settled && c.status === 'cancelled');
    const told = ['birth-registration', 'birth-certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'];
    expect(seen.targets.filter((t) => t.status === 'recalled').map((t) => t.target).sort()).toEqual([...told].sort());
    expect((await agent.releases(reference)).releases.filter((r) => r.kind === 'recall').map((r) => r.fields.length)).toEqual(told.map(() => 0));
  });

  it('a second report of the same child by the other parent joins the case; a stranger’s learns nothing of it', async () => {
    const freya = await clientOf(app, 'freya');
    const body = sample('two-mothers.json') as unknown as { parents: unknown[]; decisions: unknown[] };
    const reference = await freya.tell(body);
    const jo = await clientOf(app, 'jo');
    expect(await jo.tell({ ...body, notifier: 'parent-2', decisions: [] })).toBe(reference);
    const stranger = await clientOf(app, 'beth');
    const other = await stranger.tell({ ...body, decisions: [] });
    expect(other).not.toBe(reference);
    const seen = await stranger.until(other, (c) => c.targets.length > 0);
    expect(seen.targets.every((t) => t.status === 'waiting-identity' || t.status === 'handed-over' || t.status === 'not-selected')).toBe(true);
    const reviews = await operator.request<{ id: string; reference: string; suspectReference: string; fields: Record<string, string> }[]>('GET', '/v1/ops/duplicates');
    const review = reviews.find((r) => r.reference === other)!;
    expect(review.suspectReference).toBe(reference);
    expect(Object.values(review.fields).every((w) => ['SAME', 'SIML', 'DIFF', 'NOAV', 'NODI'].includes(w))).toBe(true);
    await operator.request('POST', `/v1/ops/duplicates/${review.id}/decision`, { decision: 'refuse' });
    expect((await stranger.until(other, (c) => c.settled)).status).toBe('superseded');
  });
});

describe('identity', () => {
  it('an acceptable match waits for a reviewer, who sees words and never values, and whose evidence lets the case go on', async () => {
    const nora = await clientOf(app, 'nora');
    const plain = quebecBirth();
    const body = {
      ...plain, birth: { ...plain.birth, jurisdiction: 'ca-on', municipality: 'Toronto' }, residence: { ...plain.residence, jurisdiction: 'ca-on', municipality: 'Toronto', postalCode: 'M5V 2T6' }, choices: {},
      parents: [{ ...plain.parents[0]!, names: { given: ['Nora'], family: 'Whitlock' }, birthDate: '1992-08-01', birthPlace: { jurisdiction: 'ca-on' }, healthNumber: undefined }],
      decisions: [{ target: 'sin', decision: 'granted', notice: 'sin.v1', language: 'en-CA' }],
    };
    const reference = await nora.tell(body);
    const waiting = await nora.until(reference, (c) => findTarget(c, 'birth-registration')?.waitingOn === 'reviewer');
    expect(waiting.status).toBe('identity-pending');
    const reviews = await operator.request<{ id: string; reference: string; resolution: string; fields: Record<string, string> }[]>('GET', '/v1/ops/identity-reviews');
    const review = reviews.find((r) => r.reference === reference)!;
    expect(review.resolution).toBe('ACMA');
    expect(JSON.stringify(review)).not.toMatch(/Nora|Whitlock|1992/);
    expect((await refusal(operator.request('POST', `/v1/ops/identity-reviews/${review.id}/decision`, { decision: 'accept' }))).body.errors?.[0]?.pointer).toBe('/evidence');
    await operator.request('POST', `/v1/ops/identity-reviews/${review.id}/decision`, { decision: 'accept', evidence: 'birth-certificate-seen' });
    expect(target(await settled(reference, nora), 'sin').status).toBe('completed');
  });

  it('an authority that cannot be reached is asked again; nobody is taken at their word instead', async () => {
    await app.sandbox.faults.add({ for: 'authority', fault: 'status', status: 503, times: 2 });
    const reference = await agent.tell(quebecBirth());
    const pending = await agent.until(reference, (c) => findTarget(c, 'birth-registration')?.reason === 'identity-unreachable');
    expect(pending.status).toBe('identity-pending');
    for (let i = 0; i < 8; i++) {
      await pass(3_600_000);
    }
    expect((await settled(reference)).status).toBe('completed');
  });

  it('asks the authority of the place of birth, not of residence, and says so to the person', async () => {
    const camille = await clientOf(app, 'camille');
    const reference = await camille.tell(sample('ottawa-gatineau.json'));
    await settled(reference, camille);
    const { releases } = await camille.releases(reference);
    expect(releases.filter((r) => r.kind === 'identify').map((r) => [r.programme, r.fields])).toEqual([['ca-qc/identity', ['identity.names', 'identity.birthDate', 'identity.birthPlace']]]);
  });
});

describe('deliveries', () => {
  it('an answer that comes days later arrives by the delivery’s own token, and nobody else’s', async () => {
    await app.sandbox.faults.add({ programme: 'ca-qc/family-allowance', fault: 'late', ms: 3 * DAY, times: 1 });
    const reference = await agent.tell(quebecBirth());
    await agent.until(reference, (c) => findTarget(c, 'family-allowance')?.status === 'acknowledged' && target(c, 'sin').status === 'completed');
    await pass(4 * DAY);
    expect(target(await settled(reference), 'family-allowance')).toMatchObject({ status: 'completed', outcome: 'enrolled' });
    const forged = await raw(`/v1/deliveries/${randomUUID()}/outcome`, { method: 'POST', token: 'forged', headers: { 'content-type': 'application/json' }, body: '{"state":"final","code":"ISSUED"}' });
    expect(forged.status).toBe(401);
  });

  it('what was settled by hand is overruled by a late genuine answer', async () => {
    await app.sandbox.faults.add({ programme: 'ca-qc/family-allowance', fault: 'late', ms: 3 * DAY, times: 1 });
    const reference = await agent.tell(quebecBirth());
    await agent.until(reference, (c) => findTarget(c, 'family-allowance')?.status === 'acknowledged');
    await operator.request('POST', `/v1/ops/deliveries/${reference}/family-allowance/settlement`, { status: 'failed-permanent', reason: 'cannot-be-delivered' });
    expect(target(await agent.show(reference), 'family-allowance')).toMatchObject({ status: 'failed-permanent', reason: 'settled-by-operator' });
    await pass(4 * DAY);
    const seen = await agent.until(reference, (c) => target(c, 'family-allowance').status === 'completed');
    expect(seen.status).toBe('completed');
  });

  it('an agency down for days is overdue, then parked, then tried again by an operator; the others do not wait', async () => {
    const { clock } = app.platform;
    await app.sandbox.faults.add({ programme: 'ca-qc/family-allowance', fault: 'outage', until: clock.now() + 400 * DAY });
    const reference = await agent.tell(quebecBirth());
    const seen = await agent.until(reference, (c) => ['birth-certificate', 'sin', 'child-benefits', 'health-card'].every((t) => findTarget(c, t)?.status === 'completed'));
    expect(['queued', 'failed-retryable']).toContain(target(seen, 'family-allowance').status);
    for (let days = 0; days < 200 && target(await agent.show(reference), 'family-allowance').status !== 'parked'; days += 10) {
      await pass(10 * DAY);
    }
    const parked = target(await agent.until(reference, (c) => target(c, 'family-allowance').status === 'parked'), 'family-allowance');
    expect(parked.waitingOn).toBe('operator');
    const list = await operator.request<{ reference: string; target: string; reason: string }[]>('GET', '/v1/ops/deliveries?status=parked&programme=ca-qc/family-allowance');
    expect(list.some((d) => d.reference === reference && d.target === 'family-allowance')).toBe(true);
    await app.sandbox.faults.clear();
    await operator.request('POST', `/v1/ops/deliveries/${reference}/family-allowance/retry`);
    for (let i = 0; i < 20 && !(await agent.show(reference)).settled; i++) {
      await pass(3_600_000);
    }
    expect(target(await settled(reference), 'family-allowance').status).toBe('completed');
  }, 60_000);

  it('did it and hung up: the programme is asked by key, and does it once', async () => {
    await app.sandbox.faults.add({ programme: 'ca/sin', fault: 'hang-up-after', times: 1 });
    const reference = await agent.tell(quebecBirth());
    for (let i = 0; i < 20 && !(await agent.show(reference)).settled; i++) {
      await pass(600_000);
    }
    expect(target(await settled(reference), 'sin').status).toBe('completed');
    expect((await app.sandbox.ledger()).filter((e) => e.effects !== 1)).toEqual([]);
  });
});

describe('what a form needs', () => {
  it('promoters and notices, in both languages', async () => {
    const promoters = await agent.request<unknown[] | { promoters: unknown[] }>('GET', '/v1/promoters');
    expect(JSON.stringify(promoters)).toContain('maple-savings');
    const notice = JSON.stringify(await agent.request('GET', '/v1/notices/child-benefits.v1'));
    expect(notice).toMatch(/"en"/);
    expect(notice).toMatch(/"fr"/);
    expect((await refusal(agent.request('GET', '/v1/notices/none.v9'))).status).toBe(404);
  });
});
