import { afterEach, describe, expect, it } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import type { Standing } from '#contracts/apis/cases.js';
import { CaseAdvancedV2, CaseOpenedV1, CasePlannedV1, ConfirmationDelayedV1, type TargetView } from '#contracts/events/index.js';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import type { TargetStatus } from '#contracts/words.js';
import { History } from '#libs/event-log/index.js';
import { eventually } from '#libs/testing/index.js';
import { follow } from './follow.js';

const caseId = '0190a000-0000-7000-8000-00000000000c';
const standing: Standing = { caseId, reference: '7K3M-9QXT-2VHB-C', lifeEvent: 'birth', partyId: caseId, role: 'notifier', personId: 'parent-1', openedAt: Date.parse('2026-03-02T12:00:00Z') };
const target = (name: string, status: TargetStatus): TargetView => ({ target: name, programme: `ca/${name}`, status, basis: 'consent', consent: 'granted', overdue: false, attempts: 0, changedAt: standing.openedAt });
const advanced = (name: string, status: TargetStatus): NewEvent => CaseAdvancedV2(caseId, { status: 'in-progress', faces: [{ of: [name], status }], deliveries: [] });

/** A log in memory that can be made to fail. */
class MemoryHistory extends History {
  readonly events: Envelope[] = [];
  private readonly listeners = new Set<() => void>();
  broken = false;

  append(...events: NewEvent[]): void {
    for (const e of events) this.events.push({ specversion: '1.0', id: `${caseId}/${this.events.length + 1}`, source: '/x', subject: caseId, time: new Date(standing.openedAt).toISOString(), seq: this.events.length + 1, ...e });
    for (const listener of this.listeners) listener();
  }
  async of(_caseId: string, after = 0): Promise<readonly Envelope[]> {
    if (this.broken) throw new Error('the database is away');
    return this.events.filter((e) => e.seq > after);
  }
  async ofMany(): Promise<ReadonlyMap<string, readonly Envelope[]>> {
    return new Map();
  }
  async traceOf(): Promise<undefined> {
    return undefined;
  }
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  get listening(): number {
    return this.listeners.size;
  }
}

const streams: Subscription[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.unsubscribe();
});

class Reader {
  readonly messages: MessageEvent[] = [];
  done = false;
  private readonly stream: Subscription;
  constructor(history: History, last = 0) {
    this.stream = follow(history, standing, last).subscribe({ next: (m) => this.messages.push(m), complete: () => (this.done = true) });
    streams.push(this.stream);
  }
  leave(): void {
    this.stream.unsubscribe();
  }
  get seen(): [string | undefined, [string, string][]][] {
    return this.messages.map((m) => [m.id, (m.data as { targets: TargetView[] }).targets.map((t) => [t.target, t.status])]);
  }
  get lastId(): number {
    return Number(this.messages.at(-1)?.id ?? 0);
  }
}

const begun = (): MemoryHistory => {
  const history = new MemoryHistory();
  history.append(CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] }), CasePlannedV1(caseId, { status: 'in-progress', bundleVersion: 1, targets: [target('sin', 'queued'), target('child-benefits', 'queued')], deliveries: [] }));
  return history;
};

describe('following a case', () => {
  it('begins with the whole case, then says what changes, and numbers each by the event it ends with', async () => {
    const history = begun();
    const reader = new Reader(history);
    await eventually(() => reader.messages.length === 1);
    history.append(advanced('sin', 'completed'));
    await eventually(() => reader.messages.length === 2);
    expect(reader.seen).toEqual([['2', [['sin', 'queued'], ['child-benefits', 'queued']]], ['3', [['sin', 'completed']]]]);
  });

  it('a reader who comes back with the last id misses nothing and sees nothing twice', async () => {
    const history = begun();
    const first = new Reader(history);
    await eventually(() => first.messages.length === 1);
    first.leave();
    history.append(advanced('sin', 'acknowledged'), advanced('sin', 'completed'));
    const second = new Reader(history, first.lastId);
    await eventually(() => second.messages.length === 1);
    expect(second.seen).toEqual([['4', [['sin', 'completed']]]]);
    const third = new Reader(history, second.lastId);
    history.append(advanced('child-benefits', 'completed'));
    await eventually(() => third.messages.length === 1);
    expect(third.seen).toEqual([['5', [['child-benefits', 'completed']]]]);
  });

  it('wherever the connection is cut, the parts together tell the whole', async () => {
    const history = begun();
    const words: TargetStatus[] = ['sent', 'acknowledged', 'in-progress', 'action-required', 'in-progress', 'completed'];
    const shown = new Map<string, string>();
    const ids: number[] = [];
    let last = 0;
    for (const word of words) {
      const reader = new Reader(history, last);
      history.append(advanced('sin', word));
      await eventually(() => reader.lastId === history.events.length);
      reader.leave();
      for (const [id, targets] of reader.seen) {
        ids.push(Number(id));
        for (const [name, status] of targets) shown.set(name, status);
      }
      last = reader.lastId;
    }
    expect(shown).toEqual(new Map([['sin', 'completed'], ['child-benefits', 'queued']]));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('an event that changes nothing a citizen sees says nothing, and is not lost count of', async () => {
    const history = begun();
    const reader = new Reader(history);
    await eventually(() => reader.messages.length === 1);
    history.append(ConfirmationDelayedV1(caseId, { personId: 'parent-1', authority: 'ca-on', attempts: 1 }), advanced('sin', 'completed'));
    await eventually(() => reader.messages.length === 2);
    expect(reader.seen[1]).toEqual(['4', [['sin', 'completed']]]);
  });

  it('many changes at once are told in few messages, the newest word of each target', async () => {
    const history = begun();
    const reader = new Reader(history);
    await eventually(() => reader.messages.length === 1);
    for (let i = 0; i < 100; i++) history.append(advanced('sin', i % 2 === 0 ? 'acknowledged' : 'in-progress'));
    await eventually(() => reader.lastId === 102);
    expect(reader.messages.length).toBeLessThan(6);
    expect(reader.seen.at(-1)![1]).toEqual([['sin', 'in-progress']]);
  });

  it('ends when the log cannot be read, so that the reader comes back with the last id; and lets go of the log', async () => {
    const history = begun();
    const reader = new Reader(history);
    await eventually(() => reader.messages.length === 1);
    history.broken = true;
    history.append(advanced('sin', 'completed'));
    await eventually(() => reader.done);
    expect(history.listening).toBe(0);
    history.broken = false;
    const again = new Reader(history, reader.lastId);
    await eventually(() => again.messages.length === 1);
    expect(again.seen).toEqual([['3', [['sin', 'completed']]]]);
  });
});
