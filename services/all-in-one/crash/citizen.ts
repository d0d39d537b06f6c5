import { setTimeout as sleep } from 'node:timers/promises';
import { signIn } from '#services/sandbox/index.js';
import type { Seen } from './oracle.js';

interface Answer { readonly status: number; readonly body: unknown }

const PAUSE_MS = 200;
const ANSWER_WITHIN_MS = 45_000;
/** A token is asked for anew well before it ends. */
const TOKEN_FOR_MS = 5 * 60_000;

/** One signed-in person at the public API, who repeats what was not answered. Keeps every answer that no citizen could understand. */
export class Citizen {
  readonly unclear: string[] = [];
  /** Questions that were put again. */
  repeated = 0;
  private token: Promise<string> | undefined;
  private tokenUntil = 0;

  constructor(private readonly url: string, private readonly issuer: string, private readonly persona: string) {}

  /** One request; undefined when there was no answer. Every answer is the API's, or a problem document with a code. */
  async once(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer | undefined> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method, headers: { authorization: `Bearer ${await this.signedIn()}`, ...(body && { 'content-type': 'application/json' }), ...headers }, ...(body && { body: JSON.stringify(body) }), signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      text = await response.text();
    } catch {
      return undefined;
    }
    const read = parsed(text);
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true && typeof (read as { code?: unknown } | undefined)?.code === 'string';
    if (response.status === 500 || (!response.ok && !isProblem) || (response.ok && read === undefined)) this.unclear.push(`${method} ${path.replace(/[0-9A-Z]{4}-[0-9A-Z-]+/, '{reference}')}: ${response.status} ${text.slice(0, 120)}`);
    return { status: response.status, body: read };
  }

  /** Repeats until there is an answer that is not "try again"; throws when there is none in time. */
  async ask(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>, withinMs = 180_000): Promise<Answer> {
    for (const end = Date.now() + withinMs; ; this.repeated++) {
      const answer = await this.once(method, path, body, headers);
      if (answer && answer.status < 500 && answer.status !== 429) return answer;
      if (Date.now() > end) throw new Error(`${method} ${path} was not answered in ${withinMs / 1000} s; last ${answer?.status ?? 'no answer'}`);
      await sleep(PAUSE_MS);
    }
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}`);
    return body as T;
  }

  /** One case as its citizen sees it; undefined where there is none. */
  async see(reference: string): Promise<Seen | undefined> {
    if ((await this.ask('GET', `/v1/cases/${reference}`)).status === 404) return undefined;
    const [file, { releases }, { consents }] = await Promise.all([
      this.get<Pick<Seen, 'reference' | 'settled' | 'status' | 'targets'>>(`/v1/cases/${reference}`),
      this.get<Pick<Seen, 'releases'>>(`/v1/cases/${reference}/releases`),
      this.get<{ readonly consents: readonly { readonly target: string; readonly history?: readonly { readonly decision: string; readonly at: string }[] }[] }>(`/v1/cases/${reference}/consents`),
    ]);
    return { ...file, releases, decisions: consents.flatMap(({ target, history = [] }) => history.map(({ decision, at }) => ({ target, decision, at }))) };
  }

  private signedIn(): Promise<string> {
    if (!this.token || Date.now() > this.tokenUntil) {
      this.tokenUntil = Date.now() + TOKEN_FOR_MS;
      this.token = signIn({ issuer: this.issuer, audience: 'tell-us-once', persona: this.persona });
      this.token.catch(() => (this.token = undefined));
    }
    return this.token;
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
