import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A target as `GET /v1/cases/{reference}` shows it. */
export interface TargetSeen {
  readonly target: string;
  readonly name: { readonly en: string; readonly fr: string };
  readonly programme: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly consent: string;
  readonly waitingOn: string | null;
  readonly expectedBy: string | null;
  readonly overdue: boolean;
  readonly attempts: number;
  readonly changedAt: string;
  readonly next: { readonly en: string; readonly fr: string };
}
export interface CaseSeen {
  readonly reference: string;
  readonly status: string;
  readonly settled: boolean;
  readonly linked: readonly string[];
  readonly version: number;
  readonly targets: readonly TargetSeen[];
}
export interface ReleaseSeen {
  readonly target: string;
  readonly programme: string;
  readonly kind: string;
  readonly fields: readonly string[];
  readonly purpose: string;
  readonly basis: string;
  readonly agreement: string;
  readonly at: string;
  readonly count: number;
}
export interface Changed { readonly id: number; readonly status: string; readonly settled: boolean; readonly targets: readonly TargetSeen[] }

/** The API refused; `body` is its problem document (RFC 9457). */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly status: number, readonly body: { readonly code?: string; readonly title?: string; readonly errors?: readonly { pointer: string; code: string; detail: string }[] }) {
    super(`${status} ${body.code ?? ''}: ${body.title ?? ''}${(body.errors ?? []).map((e) => `\n  ${e.pointer} ${e.detail}`).join('')}`);
  }
}

/** One person's way through the public API: what the demo and the journeys are made of. */
export class Client {
  constructor(private readonly url: string, private readonly token: string) {}

  async request<T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method, headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new Refused(response.status, answer as Refused['body']);
    return answer as T;
  }

  async tell(notification: unknown, idempotencyKey: string = randomUUID()): Promise<string> {
    return (await this.request<{ reference: string }>('POST', '/v1/notifications', notification, { 'idempotency-key': idempotencyKey })).reference;
  }

  show(reference: string): Promise<CaseSeen> {
    return this.request('GET', `/v1/cases/${reference}`);
  }

  releases(reference: string): Promise<{ readonly releases: readonly ReleaseSeen[] }> {
    return this.request('GET', `/v1/cases/${reference}/releases`);
  }

  invite(reference: string, person: string): Promise<{ readonly code: string }> {
    return this.request('POST', `/v1/cases/${reference}/invitations`, { person });
  }

  accept(code: string): Promise<{ readonly reference: string }> {
    return this.request('POST', `/v1/invitations/${code}/acceptance`);
  }

  decide(reference: string, target: string, decision: string, notice = `${target}.v1`): Promise<unknown> {
    return this.request('PUT', `/v1/cases/${reference}/consents/${target}`, { decision, notice, language: 'en-CA' });
  }

  /** Looks at the case until `done` says so; throws what was seen last when it never does. */
  async until(reference: string, done: (seen: CaseSeen) => boolean, withinMs = 10_000): Promise<CaseSeen> {
    const end = Date.now() + withinMs;
    for (;;) {
      const seen = await this.show(reference);
      if (done(seen)) return seen;
      if (Date.now() > end) throw new Error(`the case never came to what was expected; last seen ${seen.status}: ${seen.targets.map((t) => `${t.target} ${t.status} ${t.outcome ?? t.reason ?? ''}`).join(', ')}`);
      await sleep(25);
    }
  }

  /** The case as it changes, from event `after` on, until the caller stops listening or `signal` ends it. */
  async *follow(reference: string, { after, signal }: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncGenerator<Changed> {
    const response = await fetch(`${this.url}/v1/cases/${reference}/events`, {
      headers: { authorization: `Bearer ${this.token}`, accept: 'text/event-stream', ...(after !== undefined && { 'last-event-id': String(after) }) }, ...(signal && { signal }),
    });
    if (!response.ok || !response.body) throw new Refused(response.status, (await response.json()) as Refused['body']);
    let buffer = '';
    const utf8 = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      buffer += utf8.decode(chunk, { stream: true });
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const lines = buffer.slice(0, end).split('\n');
        buffer = buffer.slice(end + 2);
        const field = (name: string) => lines.filter((l) => l.startsWith(`${name}: `)).map((l) => l.slice(name.length + 2)).join('\n');
        if (field('event') === 'case') yield { id: Number(field('id')), ...(JSON.parse(field('data')) as Omit<Changed, 'id'>) };
      }
    }
  }
}
