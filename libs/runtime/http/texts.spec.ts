import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import '#contracts/notifications/birth.js';
import { FIELD_FAULTS, findFieldFault, findProblem, PROBLEMS } from '#contracts/texts/problems.js';
import { preferredLanguage } from './language.js';

describe('the texts of refusals', () => {
  it('exist for the code of every rule of what citizens send', () => {
    const { validationMetadatas } = getMetadataStorage() as unknown as { validationMetadatas: ReadonlyMap<unknown, readonly { context?: { code?: string } }[]> };
    const rules = [...validationMetadatas.values()].flat();
    const codes = new Set(rules.map(({ context }) => context?.code).filter((code) => code !== undefined));
    expect(codes.size).toBeGreaterThan(10);
    expect([...codes].filter((code) => !findFieldFault(code))).toEqual([]);
  });

  it('are said in both languages, the French in typographic French', () => {
    const texts = [...Object.values(PROBLEMS).flatMap(({ title, detail }) => (detail ? [title, detail] : [title])), ...Object.values(FIELD_FAULTS)];
    for (const { en, fr } of texts) {
      expect(en.length * fr.length).toBeGreaterThan(0);
      expect(fr).not.toBe(en);
      expect(fr).not.toContain("'");
    }
  });

  it('are not looked for among what every object has', () => {
    expect([findProblem('constructor'), findFieldFault('toString')]).toEqual([undefined, undefined]);
  });
});

describe('the language of an answer', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'en-CA'], ['', 'en-CA'], ['fr', 'fr-CA'], ['FR-ca', 'fr-CA'], ['en, fr', 'en-CA'], ['fr;q=0.9, en;q=0.8', 'fr-CA'],
    ['en;q=0.1, fr;q=0.2', 'fr-CA'], ['de, *;q=0.5', 'en-CA'], ['fr;q=0', 'en-CA'], ['de', 'en-CA'], ['frr', 'en-CA'], [';;;,q=', 'en-CA'],
  ])('%s: %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});
