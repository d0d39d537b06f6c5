import { createHash } from 'node:crypto';
import type { Clock } from '#libs/kernel/index.js';
import { DueList } from './due-list.js';
import type { Journal, Kept } from './journal.js';
import type { Answer } from './programmes.js';

export type DeliveryKind = 'tell' | 'amend' | 'recall' | 'stop';
/** `via`: the delivery came as a message, and later answers are messages too. */
export interface Callback { readonly url: string; readonly token: string; readonly via?: 'topic' | 'file' }
/** Takes a later answer to whoever waits for it; false when it must be tried again. */
export type CarryLater = (entry: Pick<Entry, 'programme' | 'deliveryId'>, token: string, answer: Answer) => Promise<boolean>;

/** What is told to an agency: the body of a PUT. */
export interface Delivery {
  readonly kind: DeliveryKind;
  readonly revision: number;
  /** The first `tell` this is about; its own id when it is that. */
  readonly about: string;
  readonly agreement: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly callback?: Callback;
  /** The W3C trace it came in: a header beside the body. */
  readonly traceparent?: string;
}

/** An answer still to be sent to the callback, at an instant of the sandbox's clock. */
export interface Later { readonly at: number; readonly answer: Answer; readonly tries: number }

/** One delivery an agency acted upon. */
export interface Entry extends Delivery {
  readonly programme: string;
  readonly deliveryId: string;
  /** How often it was asked for, before the effect and after it. */
  readonly sends: number;
  /** How often it was acted upon: 1, or the agency is broken. */
  readonly effects: number;
  readonly receivedAt: number;
  /** What a query by key is answered. */
  readonly answer: Answer;
  readonly later: readonly Later[];
  /** The facility whose notice it waits for, and what follows then. */
  readonly waitsFor?: string;
  readonly then?: Answer;
}

/** An entry as `GET /ledger` shows it. */
export interface LedgerLine {
  readonly programme: string;
  readonly deliveryId: string;
  readonly kind: DeliveryKind;
  readonly about: string;
  readonly sends: number;
  readonly effects: number;
  readonly receivedAt: string;
  readonly code?: string;
  readonly traceparent?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const keyOf = (programme: string, deliveryId: string): string => `${programme}/${deliveryId}`;
const isEnd = ({ state }: Answer): boolean => state === 'final' || state === 'refused';
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 30_000;
const CALLBACK_TIMEOUT_MS = 5000;
/** These say that somebody there is busy; any other 4xx says that nobody wants the answer. */
const TRY_AGAIN = [408, 425, 429];

/** What all agencies have done, and what they still have to say. Written to the journal before anyone hears of it. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();
  /** Which entries told a programme of one line of deliveries. */
  private readonly tells = new Map<string, readonly string[]>();
  /** Requests for what has had no effect yet. */
  private readonly vain = new Map<string, number>();
  /** Entries whose first later answer is scheduled or under way. */
  private readonly saying = new Set<string>();
  private readonly dueList: DueList;
  private readonly stopping = new AbortController();
  /** How later answers leave that are messages. */
  readonly carriers = new Map<NonNullable<Callback['via']>, CarryLater>();

  constructor(private readonly clock: Clock, private readonly journal: Journal, kept: readonly Kept[]) {
    this.dueList = new DueList(clock);
    for (const { id, ...entry } of kept) this.remember(id, Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)) as unknown as Entry);
    for (const id of this.entries.keys()) this.sayNext(id);
  }

  find(programme: string, deliveryId: string): Entry | undefined {
    return this.entries.get(keyOf(programme, deliveryId));
  }

  /** Whether the programme ever acted upon a `tell` of this line of deliveries. */
  wasTold(programme: string, about: string): boolean {
    return this.tells.has(keyOf(programme, about));
  }

  /** A request came, whatever becomes of it. */
  arrived(programme: string, deliveryId: string, callback?: Callback): void {
    const id = keyOf(programme, deliveryId);
    const entry = this.entries.get(id);
    if (!entry) this.vain.set(id, (this.vain.get(id) ?? 0) + 1);
    // A token may have been issued anew: the latest is the one to answer to.
    else this.change(id, { sends: entry.sends + 1, ...(callback && { callback }) });
  }

  /** The agency acts: the one place where an effect happens. */
  act(entry: Omit<Entry, 'sends' | 'effects' | 'receivedAt'>): Entry {
    const id = keyOf(entry.programme, entry.deliveryId);
    const acted: Entry = { ...entry, sends: this.vain.get(id) ?? 1, effects: (this.entries.get(id)?.effects ?? 0) + 1, receivedAt: this.clock.now() };
    this.vain.delete(id);
    this.journal.write({ id, ...acted });
    this.remember(id, acted);
    this.sayNext(id);
    return acted;
  }

  /** A later answer, sent after those already waiting. False when the delivery never had an effect. */
  answerLater(programme: string, deliveryId: string, answer: Answer): boolean {
    const id = keyOf(programme, deliveryId);
    const entry = this.entries.get(id);
    if (!entry) return false;
    this.change(id, { later: [...entry.later, { at: this.clock.now(), answer, tries: 0 }] });
    this.sayNext(id);
    return true;
  }

  /** What was told is taken back: nothing more will follow from it. */
  forgetLater(programme: string, about: string): void {
    for (const id of this.tells.get(keyOf(programme, about)) ?? []) {
      const { later, waitsFor } = this.entries.get(id)!;
      if (later.length > 0 || waitsFor !== undefined) this.change(id, { later: [], waitsFor: undefined });
    }
  }

  /** The facility sends its notices: every registration that waits for them proceeds. Returns how many. */
  sendNotices(facility: string): number {
    const waiting = [...this.entries].filter(([, { waitsFor }]) => waitsFor === facility);
    for (const [id, { later, then }] of waiting) {
      this.change(id, { waitsFor: undefined, later: [...later, { at: this.clock.now(), answer: then!, tries: 0 }] });
      this.sayNext(id);
    }
    return waiting.length;
  }

  lines(programme?: string, deliveryId?: string): readonly LedgerLine[] {
    return [...this.entries.values()]
      .filter((e) => (programme === undefined || e.programme === programme) && (deliveryId === undefined || e.deliveryId === deliveryId))
      .map((e) => ({
        programme: e.programme, deliveryId: e.deliveryId, kind: e.kind, about: e.about, sends: e.sends, effects: e.effects,
        receivedAt: new Date(e.receivedAt).toISOString(), ...(e.answer.code !== undefined && { code: e.answer.code }), ...(e.traceparent !== undefined && { traceparent: e.traceparent }), body: e.body,
      }));
  }

  stop(): void {
    this.stopping.abort();
    this.dueList.stop();
    this.journal.close();
  }

  private remember(id: string, entry: Entry): void {
    this.entries.set(id, entry);
    if (entry.kind !== 'tell') return;
    const line = keyOf(entry.programme, entry.about);
    this.tells.set(line, [...(this.tells.get(line) ?? []), id]);
  }

  private change(id: string, change: { readonly [K in keyof Entry]?: Entry[K] | undefined }): Entry {
    const entry = { ...this.entries.get(id)!, ...change } as Entry;
    // JSON has no undefined: null in the journal is what was taken away.
    this.journal.write({ id, ...Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? null])) });
    this.entries.set(id, entry);
    return entry;
  }

  /** Answers to one callback go one after the other, in their order. */
  private sayNext(id: string): void {
    const next = this.entries.get(id)?.later[0];
    if (!next || this.saying.has(id)) return;
    this.saying.add(id);
    this.dueList.add(next.at, () => void this.say(id));
  }

  private async say(id: string): Promise<void> {
    const before = this.entries.get(id)!;
    const [next] = before.later;
    if (next) {
      // A query by key hears it from now on; an end is not undone by an older word.
      const { callback } = isEnd(before.answer) && !isEnd(next.answer) ? before : this.change(id, { answer: next.answer });
      const isHeard = !callback || (await (callback.via ? this.carriers.get(callback.via)?.(before, callback.token, next.answer) ?? false : this.post(callback, next.answer)));
      if (this.stopping.signal.aborted) return;
      const [now, ...rest] = this.entries.get(id)!.later;
      if (now === next) {
        const wait = Math.min(FIRST_RETRY_MS * 2 ** next.tries, LONGEST_RETRY_MS);
        if (isHeard) this.change(id, { later: rest });
        // Not worth a line in the journal: a restart tries at once.
        else this.entries.set(id, { ...this.entries.get(id)!, later: [{ ...next, at: this.clock.now() + wait, tries: next.tries + 1 }, ...rest] });
      }
    }
    this.saying.delete(id);
    this.sayNext(id);
  }

  /** Whether the answer was heard, or nobody wants it. */
  private async post(callback: Callback, answer: Answer): Promise<boolean> {
    try {
      const response = await fetch(callback.url, {
        method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${callback.token}` }, body: JSON.stringify(answer),
        redirect: 'error', signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(CALLBACK_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok || (response.status >= 400 && response.status < 500 && !TRY_AGAIN.includes(response.status));
    } catch {
      return false;
    }
  }
}

/** Tells whether two deliveries under one key are the same; where to answer is no part of it. */
export const fingerprint = ({ kind, revision, about, agreement, body }: Delivery): string =>
  createHash('sha256').update(canonical({ kind, revision, about, agreement, body })).digest('hex');

const canonical = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(canonical).join(',')}]`
  : typeof value === 'object' && value !== null
    ? `{${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
    : JSON.stringify(value);
