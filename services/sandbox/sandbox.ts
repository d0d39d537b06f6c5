import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MovableClock, type Clock } from '#libs/kernel/index.js';
import { Agencies } from './agencies.js';
import { Authorities } from './authorities.js';
import { openExchange } from './exchange/open.js';
import { Faults, readFault, type Fault } from './faults.js';
import { BadRequest, isObject, problem, readAsked, send, type Asked, type Reply } from './http.js';
import { Journal } from './journal.js';
import { Ledger, type LedgerLine } from './ledger.js';
import { OIDC_PATH, SignInProvider } from './oidc.js';
import type { Answer, Profile } from './programmes.js';

export interface SandboxOptions {
  /** 0 takes a free one; the issuer then changes with every start. */
  readonly port: number;
  readonly host?: string;
  /** Agencies' delays and outages follow it; tokens are good by the system's time. */
  readonly clock: Clock;
  /** `fast` answers within milliseconds; `lifelike` takes up to three seconds an answer. */
  readonly profile: Profile;
  /** Audience of the tokens issued. */
  readonly audience: string;
  /** Keeps ledger, pending answers and signing keys; in memory when absent. */
  readonly dataDir?: string;
  /** What the outside calls us, when it is not the address we listen at. */
  readonly publicUrl?: string;
  /** Of the chances faults take. */
  readonly seed?: number;
  /** Where jurisdictions are told by message: the folder of keys and batch files, how often they look there in milliseconds, and the brokers of their topics. */
  readonly exchange?: { readonly dir: string; readonly everyMs: number; readonly brokers?: readonly string[] | undefined };
}

export interface Sandbox {
  /** Agencies are at `{url}/agencies`, identity authorities at `{url}/authorities`. */
  readonly url: string;
  readonly issuer: string;
  readonly faults: { add(fault: Fault): string; clear(id?: string): void; seed(seed: number): void };
  /** What registers say of people nobody knows. */
  setUnknownPeople(resolution: 'FUMA' | 'NOMA'): void;
  ledger(): readonly LedgerLine[];
  /** A facility sends its notices of birth; returns how many registrations waited for them. */
  sendNotices(facility: string): number;
  /** An agency changes its mind: a later answer to a delivery it acted upon. False when it never did. */
  answerLater(programme: string, deliveryId: string, answer: Answer): boolean;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const NOTHING_HERE = problem(404, 'NOT_FOUND', 'There is nothing here.');

/** Jurisdictions, identity authorities and a sign-in provider, simulated over real HTTP on a port of their own. */
export const startSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const { port, host = '127.0.0.1', clock, profile, audience, dataDir, publicUrl, seed, exchange } = options;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every answer that takes its time listens
  const { journal, kept } = Journal.open(dataDir);
  const faults = new Faults(clock, seed);
  const ledger = new Ledger(clock, journal, kept);
  const agencies = new Agencies({ ledger, faults, clock, profile, stopped: stopping.signal });
  const authorities = new Authorities({ faults, profile, stopped: stopping.signal });

  const control = ({ method, path: [root = '', ...rest], query, body }: Asked): Reply => {
    switch (`${method} ${root}${rest.length > 0 ? '/…' : ''}`) {
      case 'GET faults': return { status: 200, body: { faults: faults.list() } };
      case 'POST faults': return { status: 201, body: { id: faults.add(readFault(body)) } };
      case 'DELETE faults': faults.clear(); return { status: 204 };
      case 'DELETE faults/…': return faults.clear(rest[0]) ? { status: 204 } : NOTHING_HERE;
      case 'GET ledger': return { status: 200, body: { entries: ledger.lines(query.get('programme') ?? undefined, query.get('delivery') ?? undefined) } };
      case 'PUT settings': return settle(body);
      case 'POST hospitals/…': return rest[1] === 'notices' ? { status: 200, body: { proceeded: ledger.sendNotices(rest[0]!) } } : NOTHING_HERE;
      case 'POST answers': return later(body);
      default: return NOTHING_HERE;
    }
  };
  const settle = (body: unknown): Reply => {
    const { unknownPeople, seed: newSeed, clockAheadMs } = isObject(body) ? body : {};
    if (unknownPeople !== undefined && unknownPeople !== 'FUMA' && unknownPeople !== 'NOMA') throw new BadRequest(400, 'SETTINGS', '"unknownPeople" must be FUMA or NOMA.');
    if (unknownPeople !== undefined) authorities.unknownPeople = unknownPeople;
    if (typeof newSeed === 'number') faults.seed(newSeed);
    if (clockAheadMs !== undefined) {
      if (typeof clockAheadMs !== 'number' || !(clock instanceof MovableClock)) throw new BadRequest(400, 'SETTINGS', '"clockAheadMs" must be a number, and the clock movable.');
      clock.setOffset(clockAheadMs);
    }
    return { status: 200, body: { unknownPeople: authorities.unknownPeople } };
  };
  const later = (body: unknown): Reply => {
    const { programme, delivery, answer } = isObject(body) ? body : {};
    if (typeof programme !== 'string' || typeof delivery !== 'string' || !isObject(answer)) throw new BadRequest(400, 'ANSWER', 'Needs "programme", "delivery" and "answer".');
    return ledger.answerLater(programme, delivery, answer as unknown as Answer) ? { status: 202, body: {} } : NOTHING_HERE;
  };

  const route = async (request: IncomingMessage): Promise<Reply> => {
    const asked = await readAsked(request);
    const [root, ...path] = asked.path;
    if (root === 'agencies') return agencies.answer({ ...asked, path });
    if (root === 'authorities') return authorities.answer({ ...asked, path });
    if (root === 'health') return { status: 200, body: { status: path[0] === 'live' ? 'live' : 'ready' } };
    if (root === undefined) return { status: 200, body: { sandbox: 'simulated jurisdictions and sign-in provider', issuer, profile, now: new Date(clock.now()).toISOString() } };
    return LOOPBACK.test(request.socket.remoteAddress ?? '') ? control(asked) : problem(403, 'LOOPBACK_ONLY', 'The controls answer to this machine only.');
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (/^\/oidc(\/|\?|$)/.test(request.url ?? '')) await signIn.handle(request, response);
      else send(response, await route(request));
    } catch (error) {
      if (error instanceof BadRequest) send(response, problem(error.status, error.code, error.message));
      else if (stopping.signal.aborted || response.headersSent) send(response, 'hang-up');
      else send(response, problem(500, 'BROKEN', 'The sandbox itself is at fault.'));
    }
  };

  const server = createServer((request, response) => void answer(request, response));
  // A caller that keeps its connections must not find them closed under its hands (the default is 5 s).
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  }).catch((error: unknown) => {
    ledger.stop();
    throw error;
  });
  const url = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${(server.address() as AddressInfo).port}`;
  const issuer = `${url}${OIDC_PATH}`;
  const signIn = await SignInProvider.open({ issuer, audience, dataDir });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await messages?.stop();
    ledger.stop();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  const messages = exchange && (await openExchange({ ...exchange, dataDir, agencies, ledger, clock }));

  return {
    url, issuer,
    faults: { add: (fault) => faults.add(fault), clear: (id) => void faults.clear(id), seed: (value) => faults.seed(value) },
    setUnknownPeople: (resolution) => {
      authorities.unknownPeople = resolution;
    },
    ledger: () => ledger.lines(),
    sendNotices: (facility) => ledger.sendNotices(facility),
    answerLater: (programme, deliveryId, later) => ledger.answerLater(programme, deliveryId, later),
    stop: () => (stopped ??= stop()),
  };
};
