import { describe, expect, it } from '@jest/globals';
import { jurisdictions } from '#contracts/jurisdictions/index.js';
import { SystemClock } from '#libs/kernel/index.js';
import type { ExchangeKeys } from '#libs/transports/index.js';
import { FakeOutgoing } from '#libs/transports/messages/fake-outgoing.js';
import { ChosenTransport, choiceOf } from './transports.js';

const today = () => '2026-11-25';

describe('how a programme is told', () => {
  it('is one word of its catalogue entry, with another where that transport may not be had', () => {
    const choice = choiceOf([], today);
    expect(['ca-bc/health-card', 'ca-sk/health-card', 'ca-qc/health-card', 'ca/nobody'].map(choice)).toEqual([['topic', 'http'], ['file'], ['http'], ['http']]);
    for (const { programme, transport, otherwise } of Object.values(jurisdictions).flatMap((j) => j.offers).filter((o) => o.how === 'deliver')) {
      expect([programme, choice(programme)]).toEqual([programme, otherwise ? [transport, otherwise] : [transport]]);
    }
  });

  it('is overruled by configuration, for a programme, a jurisdiction or all; the first rule that fits counts', () => {
    const choice = choiceOf(['ca-bc/sin=file', 'ca-bc/*=http', '*=topic'], today);
    expect(['ca-bc/sin', 'ca-bc/health-card', 'ca-sk/health-card'].map(choice)).toEqual([['file'], ['http'], ['topic']]);
    expect(choiceOf(['ca/*=file'], today)('ca-bc/health-card')).toEqual(['topic', 'http']);
  });

  it('cannot be a topic without a broker: said at the start, not at the first delivery', () => {
    const parts = {
      reach: { agenciesUrl: 'http://agencies.test', exchangeDir: '/nowhere', exchangeEveryMs: 1000, makesTopics: false, overrides: ['ca-on/*=topic'] },
      clock: new SystemClock(), keys: {} as ExchangeKeys, outgoing: new FakeOutgoing(), onFailure: () => undefined,
    };
    expect(() => ChosenTransport.of(parts)).toThrow('JURISDICTION_BROKERS');
    expect(() => ChosenTransport.of({ ...parts, reach: { ...parts.reach, overrides: ['ca-on/*=file'] } })).not.toThrow();
  });
});
