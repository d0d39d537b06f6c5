import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aBirthNotification } from '#libs/testing/a-birth-notification.js';
import { packDeclaration, unpackDeclaration } from './declaration-codec.js';

/** As a declaration was packed when words 1 were first released. */
const FROZEN = 'AaO82DEw1jUAmY4juaKla1iJg79g8SrNyyxILULJcYGlmTk5aamJJRmpRaCUSdXSxr+kJB+cMZHzuG9iUXJGUmJedjHIPrTcbqRrYK5rYKGEXhIh6kxPP5A21BIISw1CYrGh4AOK6KK8tMziDAXnotTiZEh5hSOcccYLSjHiaxqmYBRiBnIv9tIEkt4RpUk+NLzQSxVYigQVF7G1AA==';

describe('a declaration before it is sealed', () => {
  it('is packed, and unpacked as it was', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(fc.property(text, text, text, fc.boolean(), (family, line, given, alone) => {
      const told = aBirthNotification();
      const declaration = {
        ...told, child: { ...told.child, names: { given: [given], family } }, residence: { ...told.residence, line }, parents: alone ? told.parents.slice(0, 1) : told.parents,
      };
      expect(unpackDeclaration(packDeclaration(declaration))).toEqual(JSON.parse(JSON.stringify(declaration)));
    }));
  });

  it('takes less than a third of its room', () => {
    const declaration = aBirthNotification();
    expect(packDeclaration(declaration).length).toBeLessThan(JSON.stringify(declaration).length / 3);
  });

  it('that was packed with the first words, or not packed at all, is read for good', () => {
    expect(unpackDeclaration(Buffer.from(FROZEN, 'base64'))).toMatchObject({ child: { names: { given: ['Juniper'], family: 'Quillfeather' } }, residence: { line: '1 Lanternfish Crescent' }, decisions: [] });
    const declaration = aBirthNotification();
    expect(unpackDeclaration(Buffer.from(JSON.stringify(declaration)))).toEqual(JSON.parse(JSON.stringify(declaration)));
  });

  it('leaves nothing of the memory Node hands buffers out from behind: V8 would collect everything there is to have it back', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (how: object) => void;
    const [declaration, packed] = [aBirthNotification(), packDeclaration(aBirthNotification())];
    const growth = (work: () => void): number => {
      collect({ type: 'minor' });
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 2000; i++) {
        work();
        if (i % 20 === 19) collect({ type: 'minor' });
      }
      collect({ type: 'minor' });
      return (process.memoryUsage().arrayBuffers - before) / 1e6;
    };
    expect(growth(() => packDeclaration(declaration))).toBeLessThan(1);
    expect(growth(() => unpackDeclaration(packed))).toBeLessThan(1);
  });

  it('packed with words of a later build is refused by their number', () => {
    const later = packDeclaration(aBirthNotification());
    later[0] = 9;
    expect(() => unpackDeclaration(later)).toThrow('words 9');
  });
});
