import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '#contracts/apis/routes.js';
import { DOOR_TYPE, doors } from '#libs/doors/index.js';
import { quebecBirth } from '../../../bench/workload.js';
import { Refused, type Client } from '../client.js';
import { STANDS_WITHIN_MS } from './place.js';
import { clientOf } from './sample.js';
import { startTestFleet, type TestFleet } from './start-fleet.js';

describe('behind the gateway', () => {
  let stage: TestFleet;
  let agent: Client;
  let before: string;
  beforeAll(async () => {
    stage = await startTestFleet();
    await stage.sandbox.setUnknownPeople('FUMA');
    agent = await clientOf(stage, 'nadia');
    before = await agent.tell(quebecBirth());
    await agent.until(before, (c) => c.settled, 20_000);
  }, STANDS_WITHIN_MS);
  afterAll(() => stage.stop(), 30_000);

  const refusal = async (work: Promise<unknown>): Promise<Refused> => {
    const error = await work.then((answer) => answer, (e: unknown) => e);
    if (error instanceof Refused) return error;
    throw new Error('it was not refused', { cause: error });
  };
  const files = async (): Promise<number> => (await stage.db.rows<{ n: number }>('select count(*)::int n from intake.case_file'))[0]!.n;
  /** Tells until it is taken again; answers how often it was refused, and that each refusal was the one clear answer. */
  const tellsAgain = async (): Promise<string> => {
    for (const end = Date.now() + 30_000; ;) {
      try {
        return await agent.tell(quebecBirth());
      } catch (error) {
        if (Date.now() > end || !(error instanceof Refused)) throw error;
        expect([error.status, error.body.code]).toEqual([503, 'service.unavailable']);
        await sleep(100);
      }
    }
  };

  it('every path of the API reaches the service that answers it, which asks for a token', async () => {
    for (const { path } of routes.filter((r) => r.path !== '/.well-known/jwks.json')) {
      const written = path.replace('{reference}', '7K3M-9QXT-2VHB-C').replace('{id}', '0190a000-0000-7000-8000-000000000001').replaceAll(/\{\w+\}/g, 'sin');
      const answers = await Promise.all(['GET', 'POST', 'PUT'].map(async (method) => (await fetch(`${stage.url}${written}`, { method, ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, body: '{}' }) })).status));
      expect([path, answers.includes(401), answers.every((a) => a === 401 || a === 404)]).toEqual([path, true, true]);
    }
    expect(((await (await fetch(`${stage.url}/.well-known/jwks.json`)).json()) as { keys: unknown[] }).keys.length).toBeGreaterThan(0);
  });

  it('no door between services is reached from outside', async () => {
    for (const door of doors) expect((await fetch(`${stage.url}/doors/${door.name}/${Object.keys(door.questions)[0]!}`, { method: 'POST', headers: { 'content-type': DOOR_TYPE }, body: '[]' })).status).toBe(404);
  });

  it('the vault away: nothing is accepted and nothing kept, the citizen is told to try again, and everything else goes on', async () => {
    const kept = await files();
    stage.fleet.find('consent').hold();
    const began = performance.now();
    const refused = await refusal(agent.tell(quebecBirth()));
    expect([refused.status, refused.body.code]).toEqual([503, 'service.unavailable']);
    expect(performance.now() - began).toBeLessThan(4000);
    expect(await files()).toBe(kept);
    expect((await agent.show(before)).status).toBe('completed');
    stage.fleet.find('consent').letGo();
    const reference = await tellsAgain();
    expect((await agent.until(reference, (c) => c.settled, 20_000)).status).toBe('completed');
  }, 60_000);

  it('a service killed is started again, and what was under way is settled', async () => {
    const references = await Promise.all(Array.from({ length: 8 }, () => agent.tell(quebecBirth())));
    const { pid } = stage.fleet.find('bundling');
    stage.fleet.find('bundling').kill('SIGKILL');
    for (const reference of references) expect((await agent.until(reference, (c) => c.settled, 30_000)).status).toBe('completed');
    expect(stage.fleet.find('bundling').pid).not.toBe(pid);
    expect(stage.said.some((line) => line.startsWith('bundling.1 ') && line.includes('ended by itself (SIGKILL)'))).toBe(true);
  }, 60_000);

  it('whoever answers a path away: the gateway says so in the language asked for', async () => {
    stage.fleet.find('intake').hold();
    const response = await fetch(`${stage.url}/v1/notifications`, { method: 'POST', headers: { 'content-type': 'application/json', 'accept-language': 'fr' }, body: '{}' });
    expect([response.status, response.headers.get('content-type'), response.headers.get('retry-after')]).toEqual([503, 'application/problem+json', '1']);
    expect(await response.json()).toMatchObject({ code: 'service.unavailable', title: 'Le service ne peut pas répondre pour le moment' });
    stage.fleet.find('intake').letGo();
    await tellsAgain();
  }, 60_000);

  it('the database away: refused means not accepted, accepted means stored, and all of it settles once', async () => {
    const references = await Promise.all(Array.from({ length: 8 }, () => agent.tell(quebecBirth())));
    stage.fleet.crashDatabase();
    references.push(await tellsAgain());
    for (const reference of references) expect((await agent.until(reference, (c) => c.settled, 30_000).catch(async () => agent.until(reference, (c) => c.settled, 30_000))).status).toBe('completed');
    const entries = await stage.sandbox.ledger();
    expect(entries.filter((e) => e.effects !== 1)).toEqual([]);
    expect(new Set(entries.map((e) => e.deliveryId)).size).toBe(entries.length);
  }, 120_000);

  it('nothing of a person stands in what the processes said meanwhile', () => {
    const said = stage.said.join('\n');
    for (const value of ['Tremblay', 'Lanternfish', '046454286', quebecBirth().parents[0]!.names.family, quebecBirth().residence.postalCode]) expect(said).not.toContain(value);
  });
});
