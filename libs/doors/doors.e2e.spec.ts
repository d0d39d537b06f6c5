import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { createPrivateKey, generateKeyPairSync, randomUUID, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { Cases, type Standing } from '#contracts/apis/cases.js';
import type { ParentId, PartyRole } from '#contracts/words.js';
import { DomainError, Poison } from '#libs/kernel/index.js';
import { KeyFolder, openDoor, type OpenedDoor } from '#libs/testing/open-door.js';
import { casesDoor, DOOR_TYPE, DoorAway, doors, signAsked, TokenReader, type Asked } from './index.js';

const standing: Standing = { caseId: randomUUID(), reference: '7K3M-9QXT-2VHB-C', lifeEvent: 'birth', partyId: randomUUID(), role: 'notifier', openedAt: 1 };

/** Answers as told, and counts. */
class SomeCases extends Cases {
  asked = 0;
  async find(reference: string): Promise<Standing | undefined> {
    this.asked++;
    if (reference === 'refused') throw new DomainError('case.cancelled', 'this case was cancelled', 409, [{ pointer: '/a', code: 'b', detail: 'c' }]);
    if (reference === 'poison') throw new Poison('too-heavy', 'never');
    if (reference === 'broken') throw new Error('Juniper Quillfeather broke it');
    return reference === standing.reference ? standing : undefined;
  }
  async mine(): Promise<readonly Standing[]> {
    return [standing];
  }
  async siblings(): Promise<readonly string[]> {
    return [];
  }
  async parties(): Promise<readonly { readonly partyId: string; readonly role: PartyRole; readonly personId?: ParentId }[]> {
    return [];
  }
  async byReference(): Promise<string | undefined> {
    return undefined;
  }
  async references(caseIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.asked++;
    return new Map(caseIds.map((id) => [id, `ref ${id}`]));
  }
}

const keys = new KeyFolder();
let cases: SomeCases;
let door: OpenedDoor<Cases>;
const servers: Server[] = [];
beforeAll(async () => {
  cases = new SomeCases();
  door = await openDoor(casesDoor, cases, { keys, asker: 'status', mayAsk: { status: { cases: ['find', 'references'] }, identity: { vault: ['people'] } } });
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(async () => {
  await door.close();
  keys.remove();
});

describe('a door', () => {
  it('gives the answer of whoever is behind it, and nothing when there is none', async () => {
    expect(await door.client.find(standing.reference, 'someone')).toEqual(standing);
    expect(await door.client.find('X', 'someone')).toBeUndefined();
  });

  it('keeps a map a map, and takes a list in parts', async () => {
    const before = cases.asked;
    const ids = Array.from({ length: 150 }, () => randomUUID());
    const references = await door.client.references(ids);
    expect([...references]).toEqual(ids.map((id) => [id, `ref ${id}`]));
    expect(cases.asked - before).toBe(3);
    expect(await door.client.references([])).toEqual(new Map());
  });

  it('lets refusals through with their class, code, status and every fault', async () => {
    const refused = await door.client.find('refused', 'someone').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({ code: 'case.cancelled', message: 'this case was cancelled', status: 409, faults: [{ pointer: '/a', code: 'b', detail: 'c' }] });
    const poison = await door.client.find('poison', 'someone').catch((error: unknown) => error);
    expect(poison).toBeInstanceOf(Poison);
    expect(poison).toMatchObject({ reason: 'too-heavy' });
  });

  it('says nothing of a failure behind it', async () => {
    const failed = (await door.client.find('broken', 'someone').catch((error: unknown) => error)) as Error;
    expect(failed).toBeInstanceOf(DoorAway);
    expect(failed.message).not.toContain('Quillfeather');
  });

  it('is described question by question, as its contract has them', () => {
    for (const { contract, questions } of doors) {
      const source = readFileSync(join(import.meta.dirname, '../../contracts/apis', `${{ Cases: 'cases', Vault: 'vault', Planner: 'planner', AdapterCatalogue: 'catalogue' }[contract.name]!}.ts`), 'utf8');
      const methods = [...source.slice(source.indexOf(`abstract class ${contract.name} `)).matchAll(/^ {2}abstract (\w+)\(/gm)].map((m) => m[1]);
      expect(Object.keys(questions).sort()).toEqual(methods.sort());
    }
  });
});

describe('nobody gets through a door', () => {
  const asked: Asked = { door: 'cases', question: 'find', body: JSON.stringify([standing.reference, 'someone']) };
  const knock = (token: string | undefined, { path = '/doors/cases/find', body = asked.body, type = DOOR_TYPE }: { path?: string; body?: string | Buffer; type?: string } = {}) =>
    fetch(`${door.url}${path}`, { method: 'POST', headers: { 'content-type': type, ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body: typeof body === 'string' ? body : body.toString() });
  const secretOf = (service: string): KeyObject => createPrivateKey({ key: JSON.parse(readFileSync(join(keys.path, `${service}.private.json`), 'utf8')) as JsonWebKey, format: 'jwk' });
  const from = async (service: 'status' | 'identity', to: 'intake' | 'consent' = 'intake', what: Asked = asked): Promise<string> => signAsked(await keys.of(service), { from: service, to }, what);
  /** A token like the real one but for what is changed. */
  const forged = async (change: { iss?: string; aud?: string; exp?: number; iat?: number; ask?: string; body?: string; typ?: string; kid?: string; secret?: KeyObject; jti?: string | null }): Promise<string> => {
    const { createHash } = await import('node:crypto');
    const now = Math.floor(Date.now() / 1000);
    const token = new SignJWT({ ask: change.ask ?? 'cases/find', body: change.body ?? createHash('sha256').update(asked.body).digest('base64url') })
      .setProtectedHeader({ alg: 'EdDSA', typ: change.typ ?? 'service+jwt', kid: change.kid ?? (await keys.of('status')).kid })
      .setIssuer(change.iss ?? 'status').setAudience(change.aud ?? 'intake').setIssuedAt(change.iat ?? now).setExpirationTime(change.exp ?? now + 30);
    if (change.jti !== null) token.setJti(change.jti ?? randomUUID());
    return token.sign(change.secret ?? secretOf('status'));
  };

  it('but a service that may ask there: its token opens the door once', async () => {
    const token = await forged({});
    expect((await knock(token)).status).toBe(200);
    expect((await knock(token)).status).toBe(401);
  });

  it('without a token, or with something else in its place', async () => {
    expect((await knock(undefined)).status).toBe(401);
    expect((await knock('x.y.z')).status).toBe(401);
    expect((await knock('Zm9v')).status).toBe(401);
  });

  it.each([
    ['in the name of another service', { iss: 'bundling' }], ['for another service', { aud: 'consent' }], ['when its time is over', { exp: 1_700_000_000, iat: 1_699_999_990 }],
    ['good for longer than a minute', { exp: Math.floor(Date.now() / 1000) + 3600 }], ['made for another question', { ask: 'cases/mine' }], ['made for another body', { body: 'x' }],
    ['of another type', { typ: 'at+jwt' }], ['under a key nobody published', { kid: 'nobody' }], ['signed by somebody else', { secret: generateKeyPairSync('ed25519').privateKey }],
    ['of a service that is none', { iss: '../status' }], ['that cannot be told from its repetition', { jti: null }],
  ] as const)('with a token %s', async (_, change) => {
    expect((await knock(await forged(change))).status).toBe(401);
  });

  it('by changing what the token was made for', async () => {
    expect((await knock(await from('status'), { body: JSON.stringify(['other', 'someone']) })).status).toBe(401);
    expect((await knock(await from('status'), { path: '/doors/cases/mine' })).status).toBe(401);
    expect((await knock(await from('status'), { type: 'application/json' })).status).toBe(401);
  });

  it('to ask what it may not: another question, a door that is not here, or no question at all', async () => {
    for (const question of ['mine', 'toString', 'constructor', '__proto__', 'asked']) {
      const what = { ...asked, question };
      expect((await knock(await from('status', 'intake', what), { path: `/doors/cases/${question}` })).status).toBe(403);
    }
    expect((await knock(await from('identity'))).status).toBe(403);
    const vault = { door: 'vault', question: 'people', body: '[[]]' };
    expect((await knock(await from('identity', 'intake', vault), { path: '/doors/vault/people', body: vault.body })).status).toBe(403);
  });

  it('with more than a list in parts, and bodies of a door are understood nowhere else', async () => {
    expect((await knock(await from('status'), { body: JSON.stringify(['x'.repeat(3 * 1024 * 1024)]) })).status).toBe(413);
    expect((await fetch(`${door.url}/health/live`, { method: 'POST', headers: { 'content-type': DOOR_TYPE }, body: '[]' })).status).toBe(415);
  });

  it('when its key is not published, and does as soon as it is', async () => {
    const stranger = new KeyFolder();
    const token = await signAsked(await stranger.of('status'), { from: 'status', to: 'intake' }, asked);
    expect((await knock(token)).status).toBe(401);
    const reader = new TokenReader(await stranger.of('intake'), 'intake');
    expect(await reader.read(token, asked)).toBe('status');
    stranger.remove();
  });
});

describe('whoever asks at a door', () => {
  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const nobody = async (): Promise<string> => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    return url;
  };

  it('is answered by another replica where one is gone', async () => {
    const client = await door.asking('status', { addressesOf: (): string[] => [gone, door.url, gone] });
    const gone = await nobody();
    for (let i = 0; i < 6; i++) expect(await client.find(standing.reference, 'someone')).toEqual(standing);
  });

  it('asks again what nobody took, under a new token, until it is answered', async () => {
    const tokens = new Set<string | undefined>();
    const url = await listen(createServer((request, response) => {
      request.resume();
      tokens.add(request.headers.authorization);
      if (tokens.size < 3) response.writeHead(503).end();
      else response.writeHead(200, { 'content-type': DOOR_TYPE }).end(JSON.stringify({ answer: standing }));
    }));
    const client = await door.asking('status', { addressesOf: () => [url] });
    expect(await client.find('a', 'b')).toEqual(standing);
    expect(tokens.size).toBe(3);
  });

  it('hears that it is away within the patience, and at once for a moment afterwards', async () => {
    const gone = await nobody();
    const client = await door.asking('status', { addressesOf: () => [gone], retryForMs: 300, coolMs: 400 });
    const timed = async (): Promise<number> => {
      const began = performance.now();
      await expect(client.find('a', 'b')).rejects.toBeInstanceOf(DoorAway);
      return performance.now() - began;
    };
    expect(await timed()).toBeGreaterThan(80);
    expect(await timed()).toBeLessThan(50);
    await new Promise((r) => setTimeout(r, 450));
    expect(await timed()).toBeLessThan(80); // tried once, and no longer
  });

  it('does not wait for a neighbour that never answers', async () => {
    const url = await listen(createServer(() => undefined));
    const client = await door.asking('status', { addressesOf: () => [url], timeoutMs: 200, retryForMs: 5000 });
    const began = performance.now();
    await expect(client.find('a', 'b')).rejects.toThrow('took too long');
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('does not take for an answer what comes from anywhere else', async () => {
    const url = await listen(createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"answer":{}}');
    }));
    const client = await door.asking('status', { addressesOf: () => [url] });
    await expect(client.find('a', 'b')).rejects.toBeInstanceOf(DoorAway);
  });
});
