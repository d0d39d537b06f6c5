import { describe, expect, it } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { JURISDICTIONS } from '#contracts/words.js';
import { declaredTopics } from '#libs/event-log/index.js';
import { asyncApi, asyncApiText, faultOfMessage } from './messages.conformance.js';

/** That a newer edition of AsyncAPI exists is no fault. */
const faultsOf = async (text: string): Promise<readonly string[]> => {
  const { document, diagnostics } = await new Parser().parse(text);
  const faults = diagnostics.filter((d) => d.code !== 'asyncapi-latest-version').map((d) => `${d.path.join('.')}: ${d.message}`);
  return document || faults.length > 0 ? faults : ['it could not be parsed'];
};

describe('contracts/asyncapi.yaml', () => {
  it('is what AsyncAPI’s own parser takes without a word, examples included', async () => {
    expect(await faultsOf(asyncApiText)).toEqual([]);
  }, 30_000);

  it.each([
    ['a channel without its message', '#/components/messages/answered', '#/components/messages/lost'], ['an unknown member', 'action: send', 'acton: send'],
    ['a schema that is none', 'type: integer', 'type: whole-number'],
  ])('would be refused with %s', async (_, right, wrong) => {
    expect(asyncApiText).toContain(right);
    expect(await faultsOf(asyncApiText.replace(right, wrong))).not.toEqual([]);
  }, 30_000);

  it('names the topics of deploy/topics.yml, one of each kind for every jurisdiction, and no others', () => {
    const topics = Object.values(asyncApi.channels).map((c) => c.address).filter((a) => a.startsWith('jurisdiction.'));
    expect(asyncApi.components.parameters.jurisdiction.enum).toEqual([...JURISDICTIONS]);
    const named = topics.flatMap((address) => JURISDICTIONS.map((j) => address.replace('{jurisdiction}', j)));
    expect(declaredTopics().map((t) => t.name).filter((n) => n.startsWith('jurisdiction.')).sort()).toEqual(named.sort());
  });

  it('shows an example that is what its schema says', () => {
    const [example] = asyncApi.components.messages['requested']!.examples!;
    expect(faultOfMessage(JSON.stringify(example!.payload))).toBeUndefined();
  });

  it('tells a message that is none', () => {
    const good = { specversion: '1.0', id: 'x', source: '/agencies/ca', type: 'tell-us-once.delivery.answered.v1', subject: 'ca/sin/deliveries/0190a000-0000-5000-8000-000000000001', time: '2026-11-20T12:00:00Z', datacontenttype: 'application/jose', data: 'a.b.c.d.e' };
    expect(faultOfMessage(JSON.stringify(good))).toBeUndefined();
    for (const wrong of [{ data: { name: 'Ada' } }, { data: 'Ada' }, { subject: undefined }, { specversion: '0.3' }, { type: 'other' }, { traceparent: 'x' }]) {
      expect([wrong, faultOfMessage(JSON.stringify({ ...good, ...wrong }))]).toEqual([wrong, expect.any(String)]);
    }
  });
});
