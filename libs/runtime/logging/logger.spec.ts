import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#libs/kernel/domain-error.js';
import { PinoLogger } from './logger.js';
import { NestLog } from './nest-log.js';
import type { LogFields } from './redact.js';

const SIN = '046454286';
const NAME = 'Aurélie Tremblay';
const CASE = '0190f5fe-7c00-7000-8000-000000000000';

const logged = (say: (logger: PinoLogger) => void): { text: string; lines: Record<string, unknown>[] } => {
  let text = '';
  say(new PinoLogger({ service: 'intake', level: 'debug', destination: { write: (line) => void (text += line) } }));
  return { text, lines: text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>) };
};
const unheard = (text: string): void => {
  for (const secret of [SIN, '046 454 286', NAME, 'Tremblay', 'Aur']) expect(text).not.toContain(secret);
};

describe('a log line', () => {
  it('says what happened, to which case, and how long it took', () => {
    const { lines } = logged((l) => l.info('case.accepted', { caseId: CASE, programme: 'ca/sin', status: 202, durationMs: 3.2, route: '/v1/cases/:reference' }));
    expect(lines).toEqual([{
      level: 'info', time: expect.any(String), service: 'intake', event: 'case.accepted',
      caseId: CASE, programme: 'ca/sin', status: 202, durationMs: 3.2, route: '/v1/cases/:reference',
    }]);
  });

  it('drops every key nobody declared, at any depth', () => {
    const planted = { caseId: CASE, sin: SIN, body: { names: { given: [NAME] } }, headers: { authorization: SIN }, [SIN]: 1, count: { sin: SIN } };
    const { text, lines } = logged((l) => l.info('case.accepted', planted as unknown as LogFields));
    unheard(text);
    expect(Object.keys(lines[0]!).sort()).toEqual(['caseId', 'event', 'level', 'service', 'time']);
  });

  it('drops a declared key whose value has another shape', () => {
    const planted = { caseId: NAME, code: NAME, programme: `ca/${SIN} ${NAME}`, route: `/v1/people?name=${NAME}`, status: SIN, target: '046 454 286', context: NAME, url: `http://x/${SIN}` };
    const { text } = logged((l) => l.warn('case.accepted', planted as unknown as LogFields));
    unheard(text);
  });

  it('withholds a sentence given in place of a code', () => {
    const { text, lines } = logged((l) => l.info(`Accepted ${NAME} (${SIN})`));
    unheard(text);
    expect(lines[0]!['event']).toBe('withheld');
  });

  it('tells of an error what it is and where, never what it says', () => {
    const inner = Object.assign(new TypeError(`bad SIN ${SIN}\n    at ${NAME} (/tmp/x.js:1:1)`), { code: '23505', detail: `Key (sin)=(${SIN})`, sin: SIN });
    const outer = new Error(`could not save ${NAME}`, { cause: inner });
    const { text, lines } = logged((l) => l.error('case.failed', { error: outer }));
    unheard(text);
    const error = lines[0]!['error'] as { name: string; frames: string[]; cause: { name: string; code: string; frames: string[] } };
    expect(error).toMatchObject({ name: 'Error', cause: { name: 'TypeError', code: '23505' } });
    expect(error.frames[0]).toMatch(/^at .*logger\.spec\.ts:\d+:\d+\)?$/);
    expect(error.cause.frames.join()).not.toContain('/tmp/x.js');
  });

  it.each<[string, unknown]>([
    ['a thrown string', `${NAME} ${SIN}`],
    ['a thrown object', { name: NAME, code: SIN, message: SIN, stack: `at ${NAME}\n at ${SIN}` }],
    ['an error renamed', Object.assign(new Error(SIN), { name: `${NAME} ${SIN}` })],
    ['several errors in one', new AggregateError([new Error(SIN)], NAME)],
    ['an error whose stack is not text', Object.assign(new Error(SIN), { stack: { sin: SIN } })],
    ['a message changed after the stack was written', (() => { const e = new Error(`${SIN}\n    at ${NAME} (/a.js:1:1)`); e.message = 'else'; return e; })()],
  ])('keeps quiet about %s', (_, error) => {
    unheard(logged((l) => l.error('case.failed', { error })).text);
  });

  it('shows the sentence of a refusal, which was written for anyone', () => {
    const { lines } = logged((l) => l.warn('case.refused', { error: new DomainError('case.closed', 'The case is closed') }));
    expect(lines[0]!['error']).toMatchObject({ name: 'DomainError', code: 'case.closed', message: 'The case is closed' });
  });

  it('is as careful with what Nest itself says', () => {
    const { text, lines } = logged((l) => {
      const nest = new NestLog(l);
      nest.log(`Hello ${NAME}`, 'NestFactory');
      nest.warn({ sin: SIN, message: NAME }, 'Router');
      nest.error(NAME, `Error: ${NAME}\n    at x (${SIN})`, 'ExceptionsHandler');
      nest.error(new Error(SIN));
      nest.fatal(NAME, SIN);
    });
    unheard(text);
    expect(lines.map((line) => [line['event'], line['context']])).toEqual([
      ['nest.log', 'NestFactory'], ['nest.warn', 'Router'], ['nest.error', 'ExceptionsHandler'], ['nest.error', undefined], ['nest.fatal', undefined],
    ]);
  });
});
