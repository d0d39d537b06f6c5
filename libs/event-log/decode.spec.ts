import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '#contracts/envelope.js';
import type { EventType } from '#contracts/events/index.js';
import { code, count, defineEvent, record } from '#contracts/events/schema.js';
import { Poison } from '#libs/kernel/index.js';
import { Decoder } from './decode.js';

const V1 = defineEvent('parcel.weighed.v1', record({ pounds: count }));
const fromPounds = { from: V1 as unknown as EventType, with: (v1: { pounds: number }) => ({ grams: Math.round(v1.pounds * 453.6) }) };
const V2 = defineEvent('parcel.weighed.v2', record({ grams: count }), fromPounds);
const fromGrams = { from: V2 as unknown as EventType, with: (v2: { grams: number }) => ({ ...v2, by: 'guess' as const }) };
const V3 = defineEvent('parcel.weighed.v3', record({ grams: count, by: code(['scale', 'guess']) }), fromGrams);
const decoder = new Decoder([V1, V2, V3] as readonly unknown[] as readonly EventType[]);

const stored = (type: string, data: unknown): Envelope => ({
  specversion: '1.0', id: 'c/4', source: '/parcel', type, subject: 'c', time: '2026-03-01T04:20:00.000Z', caseId: 'c', seq: 4, data,
});
const reasonOf = (envelope: Envelope): string | undefined => {
  try {
    decoder.decode(envelope);
    return undefined;
  } catch (error) {
    return error instanceof Poison ? error.reason : String(error);
  }
};

describe('a stored event', () => {
  it('is read as the newest version of its type, whichever it was written in', () => {
    const at = Date.parse('2026-03-01T04:20:00Z');
    expect(decoder.decode(stored('parcel.weighed.v1', { pounds: 2 }))).toEqual({ type: V3, event: { caseId: 'c', seq: 4, at, data: { grams: 907, by: 'guess' } } });
    expect(decoder.decode(stored('parcel.weighed.v2', { grams: 5 })).event.data).toEqual({ grams: 5, by: 'guess' });
    expect(decoder.decode(stored('parcel.weighed.v3', { grams: 5, by: 'scale' })).event.data).toEqual({ grams: 5, by: 'scale' });
  });

  it('of a type, version or shape this build cannot read is poison, and the reason says which', () => {
    expect(reasonOf(stored('parcel.lost.v1', {}))).toBe('unknown-type');
    expect(reasonOf(stored('parcel.weighed.v4', {}))).toBe('unknown-version');
    for (const data of [{}, { pounds: '2' }, { pounds: 2, name: 'Olivia' }, null, []]) expect(reasonOf(stored('parcel.weighed.v1', data))).toBe('wrong-schema');
    expect(reasonOf(stored('parcel.weighed.v1', { pounds: 2 }))).toBeUndefined();
  });
});
