import { describe, expect, it } from '@jest/globals';
import { wasReceived, type AgencyAnswer } from './transport.js';

const answers = (received: string, list: readonly AgencyAnswer[]) => expect(list.map((a) => [a.status, wasReceived(a)])).toEqual(list.map((a) => [a.status, received]));
const of = (status: number, body: unknown = {}): AgencyAnswer => ({ status, body });

describe('whether a programme took a request in', () => {
  it('is certain when it answers with a document', () => answers('yes', [200, 201, 202, 400, 409, 410, 422].map((s) => of(s))));
  it('is certain that it did not when it could not be reached or turned us away', () =>
    answers('no', [{ status: 'unreachable', why: 'econnrefused' }, ...[301, 302, 307, 401, 403, 404, 425, 429, 503].map((s) => of(s, undefined))]));
  it('is unknown when the line was lost, it failed on the way, or what it said cannot be read', () =>
    answers('unknown', [{ status: 'unknown', why: 'answer-timeout' }, of(408), of(500), of(502), of(504), of(599), { status: 200, body: undefined }, of(202, 'garbage'), of(200, null)]));
});
