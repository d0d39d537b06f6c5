import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, eventuallyHolds } from '#libs/testing/eventually.js';
import { ExchangeKeys } from '../messages/exchange-keys.js';
import { FakeOutgoing } from '../messages/fake-outgoing.js';
import { faultOfMessage } from '../messages/messages.conformance.js';
import { subjectOf } from '../messages/event.js';
import type { AgencyDelivery, Inbox, Outcome, Unreadable } from '../transport.js';
import { FileTransport } from './file-transport.js';

const PROGRAMME = 'ca-sk/health-card';
const idOf = (n: number): string => `0190a000-0000-5000-8000-00000000000${n}`;
const delivery = (n: number): AgencyDelivery => ({ kind: 'tell', revision: 1, about: idOf(n), agreement: 'a', body: { name: 'Quillfeather' }, callback: { url: 'http://us.test', token: `token-${n}` } });

/** Keeps what it hears; can be away. */
class FakeInbox implements Inbox {
  readonly heard: Outcome[] = [];
  readonly parked: Unreadable[] = [];
  away = 0;
  async hear(outcomes: readonly Outcome[]) {
    if (this.away-- > 0) throw new Error('the database is away');
    this.heard.push(...outcomes);
    return outcomes.map((o) => (o.token === 'token-9' ? 'unknown-delivery' as const : undefined));
  }
  async park(list: readonly Unreadable[]) {
    this.parked.push(...list);
  }
}

let dir: string;
let keys: ExchangeKeys;
let outgoing: FakeOutgoing;
let inbox: FakeInbox;
let transport: FileTransport;
const fresh = () => new FileTransport({ dir, keys, outgoing, everyMs: 10, now: () => Date.parse('2026-11-20T12:00:00Z') });
const folder = (side: 'out' | 'in' | 'aside', jurisdiction = 'ca-sk') => join(dir, jurisdiction, side);
const files = (side: 'out' | 'in' | 'aside', jurisdiction?: string) => (existsSync(folder(side, jurisdiction)) ? readdirSync(folder(side, jurisdiction)) : []);
const send = (n: number, programme: 'ca-sk/health-card' | 'ca-qc/health-card' = PROGRAMME) => transport.send({ programme, deliveryId: idOf(n), delivery: delivery(n) });
const answer = async (n: number, said: object = { state: 'final', code: 'ISSUED' }): Promise<string> => {
  const subject = subjectOf(PROGRAMME, idOf(n));
  return JSON.stringify({ specversion: '1.0', id: 'x', source: '/agencies', type: 'tell-us-once.delivery.answered.v1', subject, data: await keys.seal('tell-us-once', subject, { token: `token-${n}`, answer: said }) });
};
const end = (lines: number): string => JSON.stringify({ type: 'tell-us-once.batch.ended.v1', data: { lines } });
const acknowledge = (name: string, ...lines: string[]): void => {
  mkdirSync(folder('in'), { recursive: true });
  writeFileSync(join(folder('in'), name), `${lines.join('\n')}\n`);
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'exchange-'));
  keys = await ExchangeKeys.open({ keyFile: join(dir, 'secret.json'), publicFolder: join(dir, 'keys') });
  for (const name of ['ca-sk', 'ca-qc']) writeFileSync(join(dir, 'keys', `${name}.json`), readFileSync(join(dir, 'keys/tell-us-once.json'))); // we play them too
  outgoing = new FakeOutgoing();
  inbox = new FakeInbox();
  transport = fresh();
});
afterEach(async () => {
  await transport.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('deliveries in files', () => {
  it('are on their way once they are kept, and are written per jurisdiction as a whole, every line as contracts/asyncapi.yaml says', async () => {
    for (const n of [1, 2]) expect(await send(n)).toEqual({ status: 'on-its-way' });
    await send(3, 'ca-qc/health-card');
    transport.listen(inbox);
    const [name] = await eventually(() => files('out').length === 1 && files('out', 'ca-qc').length === 1 && files('out'));
    expect(name).toMatch(/^[0-9a-f-]{36}\.ndjson$/);
    const lines = readFileSync(join(folder('out'), name!), 'utf8').trimEnd().split('\n');
    expect(lines.map(faultOfMessage)).toEqual([undefined, undefined, undefined]);
    const [first, second, last] = lines.map((line) => JSON.parse(line) as { id: string; subject: string; data: never });
    expect([first!.id, second!.id, last!.data]).toEqual([idOf(1), idOf(2), { lines: 2 }]);
    expect(await keys.unseal(first!.data, first!.subject)).toEqual(delivery(1));
    expect(lines.join()).not.toMatch(/Quillfeather|"token/);
  });

  it('are written again, to the same bytes under the same name, by whoever looks after a crash between file and note', async () => {
    await send(1);
    const note = outgoing.batchHandedOver.bind(outgoing);
    const written: string[] = [];
    outgoing.batchHandedOver = async (batch) => {
      const [name] = files('out');
      written.push(`${name!} ${readFileSync(join(folder('out'), name!), 'utf8')}`);
      rmSync(join(folder('out'), name!)); // as if it had not come so far
      if (written.length === 1) throw new Error('killed');
      return note(batch);
    };
    transport.listen(inbox);
    await eventually(() => written.length === 2);
    expect(written[1]).toBe(written[0]);
    expect((await outgoing.standing([idOf(1)])).get(idOf(1))).toBe('handed-over');
  });

  it('are asked about only when they may have left; the question carries no field', async () => {
    const question = { programme: PROGRAMME, deliveryId: idOf(1), about: idOf(1), callback: delivery(1).callback } as const;
    expect(await transport.query(question)).toEqual({ status: 404, body: { state: 'unknown' } });
    await send(1);
    transport.listen(inbox);
    await eventually(() => files('out').length === 1);
    expect(await transport.query(question)).toEqual({ status: 'on-its-way' });
    await eventually(() => files('out').length === 2);
    const asked = readFileSync(join(folder('out'), files('out').sort()[1]!), 'utf8').split('\n')[0]!;
    expect(faultOfMessage(asked)).toBeUndefined();
    const { type, subject, data } = JSON.parse(asked) as { type: string; subject: string; data: string };
    expect([type, await keys.unseal(data, subject)]).toEqual(['tell-us-once.delivery.asked.v1', { callback: delivery(1).callback }]);
  });

  it('do not leave for a jurisdiction that has published no key', async () => {
    expect(await transport.send({ programme: 'ca-bc/health-card', deliveryId: idOf(4), delivery: delivery(4) })).toMatchObject({ status: 'unreachable' });
    expect(outgoing.rows.size).toBe(0);
  });
});

describe('acknowledgements', () => {
  it('are kept, and go with the batch they acknowledge; found again they do no harm', async () => {
    await send(1);
    transport.listen(inbox);
    const [name] = await eventually(() => files('out').length === 1 && files('out'));
    const line = await answer(1);
    for (const times of [1, 2]) {
      acknowledge(`${name!}.ack`, line, end(1));
      await eventually(() => files('in').length === 0 && files('out').length === 0);
      expect(inbox.heard).toEqual(Array.from({ length: times }, () => ({ deliveryId: idOf(1), token: 'token-1', answer: { state: 'final', code: 'ISSUED' } })));
    }
  });

  it('stay where they are while nothing can be kept', async () => {
    inbox.away = 3;
    acknowledge('later-1.ack', await answer(1), end(1));
    transport.listen(inbox);
    await eventually(() => files('in').length === 0);
    expect(inbox.heard).toHaveLength(1);
    expect(inbox.away).toBeLessThan(0);
  });

  it.each([
    ['breaks off', (line: string) => [line]], ['has lines too few', (line: string) => [line, end(2)]], ['has its end in the middle', (line: string) => [line, end(1), line]], ['is empty', () => []],
  ])('that %s are set aside and reported, and their batch stays', async (_, linesOf) => {
    await send(1);
    transport.listen(inbox);
    const [name] = await eventually(() => files('out').length === 1 && files('out'));
    acknowledge(`${name!}.ack`, ...linesOf(await answer(1)));
    await eventuallyHolds(() => expect(inbox.parked).toMatchObject([{ transport: 'file', place: `ca-sk/${name!}.ack`, reason: 'incomplete' }]));
    await eventually(() => files('aside').length === 1);
    expect([files('in'), files('out'), inbox.heard]).toEqual([[], [name], []]);
  });

  it('that leave out a message of their batch are kept as far as they go, reported and set aside', async () => {
    for (const n of [1, 2]) await send(n);
    transport.listen(inbox);
    const [name] = await eventually(() => files('out').length === 1 && files('out'));
    acknowledge(`${name!}.ack`, await answer(2), end(1));
    await eventually(() => files('aside').length === 1 && files('out').length === 0);
    expect([inbox.heard.map((o) => o.token), inbox.parked.map((u) => u.reason)]).toEqual([['token-2'], ['incomplete']]);
  });

  it('with a garbled line are set aside after the others are kept', async () => {
    acknowledge('later-1.ack', await answer(1), (await answer(2)).slice(0, -20), await answer(9), await answer(3), end(4));
    transport.listen(inbox);
    await eventually(() => files('aside').length === 1);
    expect(inbox.heard.map((o) => o.token)).toEqual(['token-1', 'token-9', 'token-3']);
    expect(inbox.parked.map((u) => [u.place, u.reason])).toEqual([['ca-sk/later-1.ack/2', 'undecodable'], ['ca-sk/later-1.ack/3', 'unknown-delivery']]);
  });
});
