import { once } from 'node:events';
import { createServer } from 'node:http';
import { preferredLanguage } from '../http/language.js';
import { PROBLEM_TYPE, toProblem } from '../http/problem.js';
import { refusal } from '../http/refusal.js';
import { uuidv7 } from '#libs/kernel/index.js';

/** What a process answers while it waits for what it needs: it lives, it is not ready, and everybody else shall try again. */
export interface WaitingRoom {
  /** One sentence for an operator: what is waited for. */
  waitFor(what: string): void;
  close(): Promise<void>;
}

export const openWaitingRoom = async (port: number, host: string): Promise<WaitingRoom> => {
  let waitsFor = 'has just begun';
  const server = createServer((request, response) => {
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    if (path === '/health/live' || path === '/health/ready') {
      const [status, body] = path === '/health/live' ? [200, { status: 'live' }] as const : [503, { status: 'not-ready', failing: { start: waitsFor } }] as const;
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
      return;
    }
    const language = preferredLanguage(request.headers['accept-language']);
    response.writeHead(503, { 'content-type': PROBLEM_TYPE, 'content-language': language, 'cache-control': 'no-store', connection: 'close' })
      .end(JSON.stringify(toProblem(refusal('service.unavailable'), uuidv7(), language)));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    waitFor: (what) => {
      waitsFor = what;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
