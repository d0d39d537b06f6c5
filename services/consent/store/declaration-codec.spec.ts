import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';
import { aBirthNotification } from '#libs/testing/a-birth-notification.js';
import { packDeclaration, unpackDeclaration } from './declaration-codec.js';

/** As a declaration was packed when words 1 were first released. */
const FROZEN = 'AaO82DEw1jUAmY4juaKla1iJg79g8SrNyyxILULJcYGlmTk5aamJJRmpRaCUSdXSxr+kJB+cMZHzuG9iUXJGUmJedjHIPrTcbqRrYK5rYKGEXhIh6kxPP5A21BIISw1CYrGh4AOK6KK8tMziDAXnotTiZEh5hSOcccYLSjHiaxqmYBRiBnIv9tIEkt4RpUk+NLzQSxVYigQVF7G1AA==';

describe('a declaration before it is sealed', () => {
  it('is read back as it was, but for decisions, which are kept by themselves', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(fc.property(text, text, text, fc.boolean(), (family, line, given, alone) => {
      const told = aBirthNotification();
      const { decisions, ...declaration } = {
        ...told, child: { ...told.child, names: { given: [given], family } }, residence: { ...told.residence, line }, parents: alone ? told.parents.slice(0, 1) : told.parents,
      };
      expect(unpackDeclaration(packDeclaration({ ...declaration, decisions } as BirthDeclaration))).toEqual(JSON.parse(JSON.stringify(declaration)));
    }));
  });

  it('that was packed with the first words, or not packed at all, is read for good', () => {
    expect(unpackDeclaration(Buffer.from(FROZEN, 'base64'))).toMatchObject({ child: { names: { given: ['Juniper'], family: 'Quillfeather' } }, residence: { line: '1 Lanternfish Crescent' }, decisions: [] });
    const declaration = aBirthNotification();
    expect(unpackDeclaration(Buffer.from(JSON.stringify(declaration)))).toEqual(JSON.parse(JSON.stringify(declaration)));
  });

  it('packed with words of a later build is refused by their number', () => {
    const later = Buffer.from(FROZEN, 'base64');
    later[0] = 9;
    expect(() => unpackDeclaration(later)).toThrow('words 9');
  });
});
