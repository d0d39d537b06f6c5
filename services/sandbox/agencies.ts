import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#libs/kernel/index.js';
import type { Fault, Faults } from './faults.js';
import { BadRequest, isObject, problem, type Asked, type Reply } from './http.js';
import { fingerprint, type Callback, type Delivery, type DeliveryKind, type Entry, type Ledger } from './ledger.js';
import { answerCorrection, answerTell, isProgramme, paceOf, type Answer, type Decided, type Profile } from './programmes.js';

const KINDS: readonly unknown[] = ['tell', 'amend', 'recall', 'stop'] satisfies DeliveryKind[];
const MOMENT_MS = 30;
const STATUS = { final: 200, refused: 422, received: 202, 'in-progress': 202, 'action-required': 202 } as const;

const reply = (answer: Answer): Reply => ({ status: STATUS[answer.state], body: answer });
const isUrl = (value: unknown): boolean => typeof value === 'string' && /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : '');

/** Throws BadRequest when the document is not the one of contracts/agency.openapi.yaml. */
const readDelivery = (body: unknown): Delivery => {
  const refuse = (what: string): never => {
    throw new BadRequest(400, 'MALFORMED', `${what}.`);
  };
  if (!isObject(body)) return refuse('The body must be an object');
  const { kind, revision, about, agreement, body: told, callback } = body;
  if (!KINDS.includes(kind)) refuse('"kind" must be tell, amend, recall or stop');
  if (!Number.isInteger(revision) || Number(revision) < 1) refuse('"revision" must be a whole number from 1');
  if (typeof about !== 'string' || about === '') refuse('"about" must be a delivery id');
  if (typeof agreement !== 'string' || agreement === '') refuse('"agreement" must be the id of an agreement');
  if (!isObject(told)) refuse('"body" must be an object');
  if (callback !== undefined && !(isObject(callback) && isUrl(callback['url']) && typeof callback['token'] === 'string')) refuse('"callback" must have a url and a token');
  return body as unknown as Delivery;
};

/** What goes wrong before anything is done; undefined: nothing. A latency fault waits here. */
export const suffer = async (faults: Faults, whose: 'agency' | 'authority', programme: string, stopped: AbortSignal): Promise<Reply | undefined> => {
  const delay = faults.strike('delay', whose, programme);
  if (delay) await sleep(delay.ms ?? 0, undefined, { signal: stopped });
  const fault = faults.strike('before', whose, programme);
  if (!fault) return undefined;
  if (fault.fault === 'hang-up') return 'hang-up';
  const headers = fault.retryAfter !== undefined ? { 'retry-after': String(fault.retryAfter) } : {};
  return problem(fault.status ?? 503, 'FAULT', 'This fault was asked for.', headers);
};

/** What goes wrong after it was done; undefined: nothing. */
export const sufferAfter = (faults: Faults, whose: 'agency' | 'authority', programme: string): Reply | undefined => {
  const fault = faults.strike('ending', whose, programme);
  if (!fault) return undefined;
  return fault.fault === 'hang-up-after' ? 'hang-up' : { status: 200, headers: { 'content-type': 'application/json' }, body: faults.garbage() };
};

export interface AgenciesOptions {
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly stopped: AbortSignal;
}

/** Every agency of every jurisdiction: contracts/agency.openapi.yaml over one ledger. */
export class Agencies {
  constructor(private readonly options: AgenciesOptions) {}

  /** `path` is `{jurisdiction}/{name}/deliveries/{deliveryId}`. */
  async answer({ method, path, headers, body }: Asked): Promise<Reply> {
    const [jurisdiction = '', name = '', deliveries, deliveryId = ''] = path;
    if (path.length !== 4 || deliveries !== 'deliveries') return problem(404, 'NOT_FOUND', 'There is nothing here.');
    if (!isProgramme(jurisdiction, name)) return problem(404, 'UNKNOWN_PROGRAMME', 'No programme of this name.');
    if (!/^[\w-]{1,64}$/.test(deliveryId)) return problem(400, 'MALFORMED', 'A delivery id is 1 to 64 letters, digits, hyphens and underscores.');
    const { faults, ledger, stopped } = this.options;
    const programme = `${jurisdiction}/${name}`;
    if (method === 'GET') {
      return (await suffer(faults, 'agency', programme, stopped)) ?? this.query(programme, deliveryId);
    }
    if (method !== 'PUT') return problem(405, 'METHOD', 'Only PUT and GET.', { allow: 'PUT, GET' });
    const { traceparent } = headers;
    const delivery: Delivery = { ...readDelivery(body), ...(typeof traceparent === 'string' && { traceparent }) };
    if (headers['idempotency-key'] !== deliveryId) return problem(400, 'IDEMPOTENCY_KEY', 'Idempotency-Key must be the delivery id.');
    ledger.arrived(programme, deliveryId, delivery.callback);
    const failure = await suffer(faults, 'agency', programme, stopped);
    if (failure) return failure;
    return this.take(jurisdiction, name, deliveryId, delivery);
  }

  /** A delivery that came as a message; later answers go the way it came. `again`: it is not taken now, or its sender must think so. Undefined: no document of the contract. */
  async receive(programme: string, deliveryId: string, document: unknown, via: NonNullable<Callback['via']>): Promise<Answer | 'again' | undefined> {
    const { faults, ledger, stopped } = this.options;
    const [jurisdiction = '', name = ''] = programme.split('/');
    let delivery: Delivery;
    try {
      delivery = readDelivery(document);
    } catch {
      return undefined;
    }
    if (!isProgramme(jurisdiction, name)) return undefined;
    const told: Delivery = { ...delivery, ...(delivery.callback && { callback: { ...delivery.callback, via } }) };
    ledger.arrived(programme, deliveryId, told.callback);
    if (await suffer(faults, 'agency', programme, stopped).catch(() => 'hang-up' as const)) return 'again';
    const reply = await this.take(jurisdiction, name, deliveryId, told).catch(() => 'hang-up' as const);
    if (reply === 'hang-up') return 'again';
    return typeof reply.body === 'string' ? ({ state: 'garbage' } as unknown as Answer) : (reply.body as Answer);
  }

  /** What became of a delivery, asked by message. */
  async recall(programme: string, deliveryId: string): Promise<Answer | { readonly state: 'unknown' } | 'again'> {
    const { faults, ledger, stopped } = this.options;
    if (await suffer(faults, 'agency', programme, stopped).catch(() => 'hang-up' as const)) return 'again';
    return ledger.find(programme, deliveryId)?.answer ?? { state: 'unknown' };
  }

  private query(programme: string, deliveryId: string): Reply {
    const entry = this.options.ledger.find(programme, deliveryId);
    return entry ? reply(entry.answer) : { status: 404, body: { state: 'unknown' } };
  }

  private async take(jurisdiction: string, name: string, deliveryId: string, delivery: Delivery): Promise<Reply> {
    const { ledger, faults, profile, stopped } = this.options;
    const programme = `${jurisdiction}/${name}`;
    const pace = paceOf(profile, name, delivery.kind === 'tell', { jurisdiction, deliveryId });
    if (pace.think > 0) await sleep(pace.think, undefined, { signal: stopped });
    const known = ledger.find(programme, deliveryId);
    if (known && fingerprint(known) !== fingerprint(delivery)) return { status: 409, body: { state: 'refused', code: 'BODY_DIFFERS' } satisfies Answer };
    const { answer } = known ?? this.act(jurisdiction, name, deliveryId, delivery, pace.later);
    return sufferAfter(faults, 'agency', programme) ?? reply(answer);
  }

  private act(jurisdiction: string, name: string, deliveryId: string, delivery: Delivery, laterMs: number | undefined): Entry {
    const { ledger, faults, clock } = this.options;
    const programme = `${jurisdiction}/${name}`;
    const decided = this.decide(jurisdiction, name, deliveryId, delivery);
    if (delivery.kind === 'recall' || delivery.kind === 'stop') ledger.forgetLater(programme, delivery.about);
    const timing = faults.strike('timing', 'agency', programme);
    const { now, later } = schedule(decided.answer, laterMs, timing);
    const { waitsFor, then } = decided;
    return ledger.act({
      programme, deliveryId, ...delivery, answer: now, later: later.map(({ inMs, answer }) => ({ at: clock.now() + inMs, answer, tries: 0 })),
      ...(waitsFor !== undefined && then && { waitsFor, then }),
    });
  }

  private decide(jurisdiction: string, name: string, deliveryId: string, { kind, about, body }: Delivery): Decided {
    const { ledger, faults, clock } = this.options;
    const programme = `${jurisdiction}/${name}`;
    const instead = faults.strike('answer', 'agency', programme)?.answer;
    if (instead) return { answer: instead as Answer };
    return kind === 'tell'
      ? answerTell(name, { jurisdiction, deliveryId, body, now: clock.now() })
      : { answer: answerCorrection(kind, ledger.wasTold(programme, about)) };
  }
}

/** What is answered now and what follows by callback. An answer that is not final has nothing to follow. */
const schedule = (answer: Answer, laterMs: number | undefined, timing: Fault | undefined): { readonly now: Answer; readonly later: readonly { readonly inMs: number; readonly answer: Answer }[] } => {
  const received: Answer = { state: 'received' };
  const inMs = laterMs ?? MOMENT_MS;
  switch (timing?.fault) {
    case 'late': return { now: received, later: [{ inMs: timing.ms ?? MOMENT_MS, answer }] };
    case 'duplicate': return { now: received, later: [{ inMs, answer }, { inMs, answer }] };
    case 'out-of-order': return { now: received, later: [{ inMs, answer }, { inMs: inMs + MOMENT_MS, answer: { state: 'in-progress' } }] };
    default: return laterMs !== undefined && answer.state === 'final' ? { now: received, later: [{ inMs: laterMs, answer }] } : { now: answer, later: [] };
  }
};
