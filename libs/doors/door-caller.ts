import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '#contracts/apis/routes.js';
import { currentTrace, traced } from '#libs/tracing/index.js';
import type { Door, Question } from './door.js';
import { bodiesOf, DOOR_TYPE, together, unpack, type Said } from './door-words.js';
import { Replicas } from './replicas.js';
import { signAsked } from './service-token.js';
import type { ServiceKeys } from './service-keys.js';

/** A neighbour does not answer, or not as a door does. Systemic: nothing is known to be wrong with what was asked. */
export class DoorAway extends Error {
  override readonly name = 'DoorAway';
  constructor(readonly door: string, readonly service: ServiceName, why: string) {
    super(`${service} does not answer at its door ${door}: ${why}`);
  }
}

export interface DoorCallerOptions {
  readonly from: ServiceName;
  readonly keys: ServiceKeys;
  /** The addresses of every replica of a service. */
  readonly addressesOf: (service: ServiceName) => readonly string[];
  /** From the first byte of a request to the last of its answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long, in milliseconds, a question is put again that nobody took. */
  readonly retryForMs?: number;
  /** How long, in milliseconds, a door that stayed shut all that time is not knocked at. */
  readonly coolMs?: number;
  /** Hears of a neighbour waited for at the start. */
  readonly onWaiting?: (away: DoorAway) => void;
}

const WAITS = [25, 50, 100, 200, 400];
const SAY_EVERY = 10;
/** May pass by itself: a process that starts or stops, or that has not read our key yet. */
const PASSES: readonly number[] = [401, 429, 502, 503, 504];

interface Neighbour { readonly replicas: Replicas; shutSince?: number | undefined }
type Failure = { readonly why: string; readonly mayPass: boolean };

/**
 * Asks at the doors of other processes. Every question can be put again: it reads, or what it deposits is known by its case,
 * delivery and attempt. So one that nobody took is put to the next replica and again for a moment; a door that stays shut is then
 * left alone for a while, and tried by single questions until one gets through.
 */
export class DoorCaller {
  private readonly neighbours = new Map<ServiceName, Neighbour>();
  private readonly timeoutMs: number;
  private readonly retryForMs: number;
  private readonly coolMs: number;
  /** At the start a process waits for its neighbours, however long they take. */
  private starting = false;

  constructor(private readonly options: DoorCallerOptions) {
    this.timeoutMs = options.timeoutMs ?? 6000;
    this.retryForMs = options.retryForMs ?? 1500;
    this.coolMs = options.coolMs ?? 500;
  }

  /** Until `started`, questions wait for their answer without end. */
  waitForNeighbours(): void {
    this.starting = true;
  }

  started(): void {
    this.starting = false;
  }

  /** Throws what the service threw (DomainError, Poison), or DoorAway. */
  async ask(door: Door, name: string, args: readonly unknown[]): Promise<unknown> {
    const question = (door.questions as Readonly<Record<string, Question>>)[name];
    if (!question) throw new Error(`nobody may ask ${name} at the door ${door.name}`);
    const asked = question.attempts ? [stamped(args[0] as readonly object[]), ...args.slice(1)] : args;
    const parts: unknown[] = [];
    await traced(() => ({ name: `asks ${door.name}.${name}`, kind: 'client', door: door.name }), async () => {
      for (const body of bodiesOf(question, asked)) parts.push(unpack(question, await this.put(door, name, body)));
    });
    return question.asks === 'list' ? together(question, parts) : parts[0];
  }

  private async put(door: Door, question: string, body: string): Promise<Said> {
    const neighbour = this.neighbourOf(door.service);
    const began = performance.now();
    const wasShut = neighbour.shutSince !== undefined;
    if (!this.starting && wasShut && began - neighbour.shutSince! < this.coolMs) throw new DoorAway(door.name, door.service, 'it did not a moment ago');
    for (let tries = 0; ; tries++) {
      const said = await this.once(neighbour, door, question, body);
      if (!('why' in said)) {
        neighbour.shutSince = undefined;
        return said;
      }
      const away = new DoorAway(door.name, door.service, said.why);
      if (!said.mayPass) throw away;
      const wait = WAITS[Math.min(tries, WAITS.length - 1)]!;
      if (this.starting) {
        if (tries % SAY_EVERY === 0) this.options.onWaiting?.(away);
      } else if (wasShut || performance.now() + wait - began > this.retryForMs) {
        neighbour.shutSince = performance.now();
        throw away;
      }
      await sleep(wait);
    }
  }

  /** Puts the question to one replica after another until one takes it. */
  private async once({ replicas }: Neighbour, door: Door, question: string, body: string): Promise<Said | Failure> {
    let failure: Failure = { why: 'it has no replica', mayPass: true };
    for (const url of replicas.inTurn()) {
      const answer = await this.knock(url, door, question, body);
      if (!('why' in answer)) return answer;
      replicas.failed(url);
      failure = answer;
      if (!answer.mayPass) break;
    }
    return failure;
  }

  private async knock(url: string, door: Door, question: string, body: string): Promise<Said | Failure> {
    const token = await signAsked(this.options.keys, { from: this.options.from, to: door.service }, { door: door.name, question, body });
    const traceparent = currentTrace();
    try {
      const response = await fetch(`${url}/doors/${door.name}/${question}`, {
        method: 'POST', headers: { 'content-type': DOOR_TYPE, authorization: `Bearer ${token}`, ...(traceparent !== undefined && { traceparent }) }, body, redirect: 'error', signal: AbortSignal.timeout(this.timeoutMs),
      });
      const text = await response.text();
      if (response.headers.get('content-type')?.startsWith(DOOR_TYPE)) return JSON.parse(text) as Said;
      return { why: `it said ${response.status}`, mayPass: PASSES.includes(response.status) };
    } catch (error) {
      // Whoever waits for us has waited long enough when a whole timeout has passed.
      const late = (error as Error).name === 'TimeoutError';
      return { why: late ? 'it took too long' : 'it cannot be reached', mayPass: this.starting || !late };
    }
  }

  private neighbourOf(service: ServiceName): Neighbour {
    let neighbour = this.neighbours.get(service);
    if (!neighbour) {
      neighbour = { replicas: new Replicas(this.options.addressesOf(service)) };
      this.neighbours.set(service, neighbour);
    }
    return neighbour;
  }
}

const stamped = (items: readonly object[]): readonly object[] => {
  const attempt = randomUUID();
  return items.map((item) => ({ ...item, attempt }));
};

/** The contract of a door, asked over HTTP. */
export const overHttp = <T extends object>(door: Door<T>, caller: DoorCaller): T => {
  const client = Object.create(door.contract.prototype as object) as T;
  for (const question of Object.keys(door.questions)) {
    Object.defineProperty(client, question, { value: (...args: unknown[]) => caller.ask(door, question, args) });
  }
  return Object.assign(client, door.overHttp);
};
