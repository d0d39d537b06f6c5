import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder } from '#libs/event-log/decode.js';
import type { Envelope } from '../envelope.js';
import { eventTypes, newest, seenAfter, versions, type TargetView } from './index.js';
import { id, list, misfit, optional, record, type Shape } from './schema.js';

const SAMPLES = join(import.meta.dirname, 'samples');
const LEAVES = ['id', 'code', 'word', 'programme', 'count', 'flag', 'instant'];
/** Words of a closed list too, and so they must look like words: a list of names of people or places would not. */
const CODE = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
/** Names under which a person's data would hide behind an honest-looking leaf. */
const TELLTALE = /name$|birth|address|postal|sex$|gender|status-in|citizen|phone|email|sin$|health|note|text|comment|free/i;

/** The paths of everything in a shape that an event may not hold. */
const forbidden = (shape: Shape, path = ''): string[] => {
  if ('optional' in shape) return forbidden(shape.optional, path);
  if ('list' in shape) return forbidden(shape.list, `${path}/*`);
  if ('record' in shape) return Object.entries(shape.record).flatMap(([key, inner]) => [...(TELLTALE.test(key) ? [`${path}/${key}`] : []), ...forbidden(inner, `${path}/${key}`)]);
  if (!LEAVES.includes(shape.leaf)) return [path];
  return shape.leaf === 'code' ? shape.of.filter((word) => !CODE.test(word)).map((word) => `${path}=${word}`) : [];
};

const sampleOf = (type: string): Envelope => JSON.parse(readFileSync(join(SAMPLES, `${type}.json`), 'utf8')) as Envelope;

/** Each leaf of a value replaced by what a person might have told us. */
const planted = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value.flatMap((item, i) => planted(item).map((p) => value.map((old: unknown, j) => (j === i ? p : old))));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return [...entries.flatMap(([key, v]) => planted(v).map((p) => ({ ...value, [key]: p }))), { ...value, motherName: 'Marguerite Lavoie-Côté' }];
  }
  return ['Marguerite Lavoie-Côté', '1990-02-17', 'G1R 4S9', '046 454 286'];
};

describe('what an event may say', () => {
  it.each(eventTypes.map((e) => [e.type, e] as const))('%s holds nothing but opaque ids, codes, counts, flags and instants', (_, event) => {
    expect(forbidden(event.shape)).toEqual([]);
    expect('record' in event.shape).toBe(true);
  });

  it('a planted text, birth date or name is found wherever it hides', () => {
    const text = { leaf: 'text' } as unknown as Shape;
    expect(forbidden(record({ reason: text }))).toEqual(['/reason']);
    expect(forbidden(record({ people: list(record({ who: optional(text) })) }))).toEqual(['/people/*/who']);
    expect(forbidden(record({ motherName: id, birthDate: id }))).toEqual(['/motherName', '/birthDate']);
    expect(forbidden(record({ place: { leaf: 'code', of: ['Saint-Jean-sur-Richelieu, QC'] } }))).toEqual(['/place=Saint-Jean-sur-Richelieu, QC']);
  });

  it.each(eventTypes.map((e) => [e.type, e] as const))('%s refuses a name, a birth date, a postal code or a SIN in any of its places', (type, event) => {
    const attempts = planted(sampleOf(type).data);
    expect(attempts.length).toBeGreaterThan(4);
    expect(attempts.filter((data) => misfit(event.shape, data) === undefined)).toEqual([]);
  });
});

describe('events once released', () => {
  it('every type at every version has a frozen sample, and every sample a type', () => {
    expect(readdirSync(SAMPLES).sort()).toEqual(eventTypes.map((e) => `${e.type}.json`).sort());
    expect(new Set(eventTypes.map((e) => e.type)).size).toBe(eventTypes.length);
  });

  it.each(eventTypes.map((e) => e.type))('the frozen sample of %s still decodes', (type) => {
    const sample = sampleOf(type);
    expect(existsSync(join(SAMPLES, `${type}.json`))).toBe(true);
    expect(misfit(eventTypes.find((e) => e.type === type)!.shape, sample.data)).toBeUndefined();
    const { event } = new Decoder().decode(sample);
    expect(event).toMatchObject({ caseId: sample.subject, seq: sample.seq, at: Date.parse(sample.time) });
    expect(sample.id).toBe(`${sample.caseId}/${sample.seq}`);
  });

  const superseded = eventTypes.map((e) => e.type).filter((type) => versions.successorOf(type));
  it.each(superseded)('the frozen sample of %s is read as the newest version, which it fits', (type) => {
    const { type: read, data } = newest(sampleOf(type));
    expect(versions.successorOf(read)).toBeUndefined();
    expect(misfit(versions.get(read)!.shape, data)).toBeUndefined();
    const decoded = new Decoder().decode(sampleOf(type));
    expect([decoded.type, decoded.event.data]).toEqual([versions.get(read), data]);
  });

  it('only the newest version is stated or reacted to: every other has a successor of the same name', () => {
    const family = (type: string): string => type.replace(/\.v\d+$/, '');
    const newestOf = new Map(eventTypes.map((e) => [family(e.type), Math.max(...eventTypes.filter((o) => family(o.type) === family(e.type)).map((o) => Number(/\d+$/.exec(o.type)![0])))]));
    for (const { type } of eventTypes) expect([type, versions.successorOf(type) === undefined]).toEqual([type, type === `${family(type)}.v${newestOf.get(family(type))}`]);
    for (const { type } of eventTypes) expect(family(versions.successorOf(type)?.type ?? type)).toBe(family(type));
  });

  it('whole views of version 1 are seen as they were, to the last field', () => {
    for (const type of ['bundling.case-planned.v1', 'bundling.case-advanced.v1']) {
      const sample = sampleOf(type);
      const { targets } = sample.data as { targets: readonly TargetView[] };
      const seen = seenAfter(new Map(), newest(sample).data as Parameters<typeof seenAfter>[1], 0);
      expect([...seen.values()]).toStrictEqual(targets);
    }
  });

  it('a sample that lost a field, or gained one, does not decode', () => {
    const sample = sampleOf('identity.person-confirmed.v1');
    const lost = Object.fromEntries(Object.entries(sample.data as object).filter(([key]) => key !== 'by'));
    expect(() => new Decoder().decode({ ...sample, data: lost })).toThrow('does not fit its schema at /by');
    expect(() => new Decoder().decode({ ...sample, data: { ...(sample.data as object), more: true } })).toThrow('does not fit its schema at /more');
  });
});
