import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccessLine } from '../domain/case-file.js';
import { formsIn, LineForms, type LineForm } from './line-codec.js';

const aLine = fc.record({
  deliveryId: fc.uuid(), target: fc.constantFrom('sin', 'health-card'), programme: fc.constantFrom('ca/sin', 'ca-qc/health-card'), kind: fc.constantFrom('tell', 'amend', 'identify'),
  personId: fc.option(fc.constantFrom('parent-1', 'parent-2'), { nil: undefined }), agreement: fc.constantFrom('ca/sin/2024-1', 'identity/ca'), fields: fc.subarray(['child.names', 'birth.date', 'contact.language']),
  purpose: fc.constantFrom('assign-sin', 'confirm-identity'), basis: fc.constantFrom('law', 'consent'), at: fc.nat(), count: fc.integer({ min: 1, max: 3 }),
  lastAt: fc.option(fc.nat(), { nil: undefined }), attempt: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
}).map((line) => Object.fromEntries(Object.entries(line).filter(([, v]) => v !== undefined)) as unknown as AccessLine);

describe('access lines as they are stored', () => {
  it('are read back as they were, by a process that knows only the forms', () => {
    fc.assert(fc.property(fc.array(aLine, { maxLength: 8 }), fc.nat(), (lines, rowAt) => {
      const stated = new Map<string, LineForm>();
      const stored = JSON.parse(JSON.stringify(new LineForms().pack(lines, rowAt, stated))) as ReturnType<LineForms['pack']>;
      const other = new LineForms();
      for (const [name, form] of stated) other.learn(name, JSON.parse(JSON.stringify(form)) as LineForm);
      expect(other.unpack(stored, rowAt)).toEqual(lines);
      expect(new Set(formsIn(stored))).toEqual(new Set(stated.keys()));
    }));
  });

  it('name the same form for the same words, and another for others; a form that is stored is not stated again', () => {
    const [line] = fc.sample(aLine, 1) as [AccessLine];
    const forms = new LineForms();
    const stated = new Map<string, LineForm>();
    const [one] = forms.pack([line], 0, stated);
    const [same] = forms.pack([{ ...line, deliveryId: 'another', at: 7, count: 3 }], 0, stated);
    const [other] = forms.pack([{ ...line, fields: [...line.fields, 'child.sex'] }], 0, stated);
    expect([same![0] === one![0], other![0] === one![0], stated.size]).toEqual([true, false, 2]);
    for (const [name, form] of stated) forms.learn(name, form);
    const again = new Map<string, LineForm>();
    forms.pack([line], 0, again);
    expect(again.size).toBe(0);
    expect(JSON.stringify([...stated.values()])).not.toContain(line.deliveryId);
  });

  it('whose form is not stored are an alarm, and never a line with less in it', () => {
    const stated = new Map<string, LineForm>();
    const stored = new LineForms().pack(fc.sample(aLine, 1), 0, stated);
    expect(() => new LineForms().unpack(stored, 0)).toThrow('is not stored');
  });
});
