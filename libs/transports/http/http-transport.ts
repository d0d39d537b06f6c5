import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { currentTrace } from '#libs/tracing/index.js';
import { readRetryAfter } from '../retry.js';
import { Transport, type AgencyAnswer, type AgencyDelivery, type Attempt, type Question } from '../transport.js';

export interface HttpTransportOptions {
  /** Where `/agencies/…` of contracts/agency.openapi.yaml begins. */
  readonly baseUrl: string;
  /** What time it is, for a Retry-After that names a date. */
  readonly now: () => number;
  readonly connectTimeoutMs?: number;
  /** From the first byte sent to the last received. */
  readonly answerTimeoutMs?: number;
  /** A longer body is not read to its end and counts as none. */
  readonly maxBytes?: number;
}

/** The agency contract over HTTP/1.1: connections are kept, redirects are not followed, and no answer is waited for without end. */
export class HttpTransport extends Transport {
  private readonly agent: HttpAgent;
  private readonly base: URL;
  private readonly connectTimeoutMs: number;
  private readonly answerTimeoutMs: number;
  private readonly maxBytes: number;
  private closed = false;

  constructor(private readonly options: HttpTransportOptions) {
    super();
    this.base = new URL(options.baseUrl);
    this.agent = this.base.protocol === 'https:' ? new HttpsAgent({ keepAlive: true, maxFreeSockets: 64 }) : new HttpAgent({ keepAlive: true, maxFreeSockets: 64 });
    this.connectTimeoutMs = options.connectTimeoutMs ?? 3000;
    this.answerTimeoutMs = options.answerTimeoutMs ?? 10_000;
    this.maxBytes = options.maxBytes ?? 65_536;
  }

  send({ delivery, ...attempt }: Attempt & { readonly delivery: AgencyDelivery }): Promise<AgencyAnswer> {
    return this.call('PUT', attempt, JSON.stringify(delivery));
  }

  query(question: Question): Promise<AgencyAnswer> {
    return this.call('GET', question);
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.agent.destroy();
  }

  private call(method: 'PUT' | 'GET', { programme, deliveryId }: Attempt, body?: string): Promise<AgencyAnswer> {
    if (this.closed) return Promise.resolve({ status: 'unreachable', why: 'closed' });
    const path = `${this.base.pathname.replace(/\/$/, '')}/agencies/${programme}/deliveries/${deliveryId}`;
    const traceparent = currentTrace();
    const payload = body === undefined ? undefined : Buffer.from(body);
    return new Promise((resolve) => {
      let connected = false;
      let over = false;
      const settle = (answer: AgencyAnswer): void => {
        if (over) return;
        over = true;
        clearTimeout(connecting);
        clearTimeout(answering);
        resolve(answer);
      };
      const lost = (why: string): void => settle({ status: connected ? 'unknown' : 'unreachable', why });

      const send = this.base.protocol === 'https:' ? httpsRequest : httpRequest;
      const request: ClientRequest = send({
        method, host: this.base.hostname.replace(/^\[|\]$/g, ''), port: this.base.port, path, agent: this.agent,
        headers: { accept: 'application/json', ...(traceparent !== undefined && { traceparent }), ...(payload && { 'content-type': 'application/json', 'content-length': payload.length, 'idempotency-key': deliveryId }) },
      });
      const giveUp = (why: string): void => {
        lost(why);
        request.destroy();
      };
      const connecting = setTimeout(() => giveUp('connect-timeout'), this.connectTimeoutMs);
      const answering = setTimeout(() => giveUp('answer-timeout'), this.answerTimeoutMs);

      request.on('socket', (socket) => {
        const ready = (): void => {
          connected = true;
          clearTimeout(connecting);
        };
        if (!socket.connecting) ready();
        else socket.once(this.base.protocol === 'https:' ? 'secureConnect' : 'connect', ready);
      });
      request.on('error', (error) => lost((error as { code?: string }).code?.toLowerCase().replaceAll('_', '-') ?? 'broken'));
      request.on('response', (response) => {
        read(response, this.maxBytes).then((text) => {
          const retryAfterMs = readRetryAfter(response.headers['retry-after'], this.options.now());
          settle({ status: response.statusCode!, body: text === undefined ? undefined : parse(text), ...(retryAfterMs !== undefined && { retryAfterMs }) });
          if (text === undefined) request.destroy();
        }, () => lost('cut-off'));
      });
      request.end(payload);
    });
  }
}

/** The body as text; undefined when it is too long. Rejects when it ends too early. */
const read = async (response: IncomingMessage, maxBytes: number): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended too early');
  return Buffer.concat(chunks).toString('utf8');
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
