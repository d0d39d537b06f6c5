import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Replicas } from '#libs/doors/index.js';

/** Of one connection only (RFC 9110 §7.6.1); what `Connection` names besides goes too. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'expect', 'proxy-connection']);
/** From the request to the first byte of its answer, in milliseconds; a stream may then last for ever. */
const ANSWER_WITHIN_MS = 30_000;

const passedOn = (headers: IncomingMessage['headers']): IncomingMessage['headers'] => {
  const named = (headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name)));
};

/** `unsent`: no replica was reached, nothing was asked of it · `lost`: the answer never came · `cut`: it broke off, or its reader left. */
export type Fate = 'answered' | 'unsent' | 'lost' | 'cut';

/** Passes requests to a service's replicas and their answers back as they come, byte for byte. */
export class Proxy {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });

  /** A replica that cannot be reached is passed over. What may have been heard is not said twice, unless it only reads. */
  async pass(request: IncomingMessage, response: ServerResponse, replicas: Replicas): Promise<Fate> {
    const again = request.method === 'GET' || request.method === 'HEAD';
    let fate: Fate = 'unsent';
    for (const url of replicas.inTurn()) {
      fate = await this.passTo(new URL(url), request, response);
      if (fate === 'answered' || fate === 'cut') return fate;
      replicas.failed(url);
      if (fate === 'lost' && !again) return fate;
    }
    return fate;
  }

  close(): void {
    this.agent.destroy();
  }

  private passTo({ hostname, port }: URL, request: IncomingMessage, response: ServerResponse): Promise<Fate> {
    return new Promise((resolve) => {
      let isHeard = false;
      const upstream = httpRequest({ hostname, port, path: request.url, method: request.method, headers: passedOn(request.headers), agent: this.agent });
      const patience = setTimeout(() => upstream.destroy(new Error('no answer')), ANSWER_WITHIN_MS);
      const end = (fate: Fate): void => {
        clearTimeout(patience);
        response.off('close', leave);
        resolve(fate);
      };
      const leave = (): void => {
        upstream.destroy();
        end('cut');
      };
      response.once('close', leave);
      upstream.once('socket', (socket) => {
        const speak = (): void => {
          isHeard = true;
          if (request.readableEnded) upstream.end();
          else request.pipe(upstream);
        };
        // Not before: what is piped is read off the request, and could not be given to another replica.
        if (socket.connecting) socket.once('connect', speak);
        else speak();
      });
      upstream.once('error', () => {
        request.unpipe(upstream);
        end(response.headersSent ? 'cut' : isHeard ? 'lost' : 'unsent');
      });
      upstream.once('response', (answer) => {
        clearTimeout(patience);
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
        response.flushHeaders(); // a stream's reader learns at once that it is open
        answer.pipe(response);
        answer.once('error', () => response.destroy());
        response.once('finish', () => end('answered'));
        answer.once('close', () => {
          if (!answer.complete) response.destroy();
        });
      });
    });
  }
}
