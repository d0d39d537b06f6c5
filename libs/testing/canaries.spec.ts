import { describe, expect, it } from '@jest/globals';
import { CanaryScanner, ENCODINGS } from './canaries.js';

const VALUE = { kind: 'name', value: 'Aurélie Tremblay' };
const SIN = { kind: 'SIN', value: '046454286' };
const around = (leak: string): string => `${'lorem ipsum 0190f5fe-7c00 '.repeat(40)}{"x":"${leak}"}${' dolor sit'.repeat(40)}`;

describe('a personal value', () => {
  it.each(Object.entries(ENCODINGS))('is found when it is written %s, also within JSON within JSON', (_, write) => {
    const scanner = new CanaryScanner([SIN, VALUE]);
    expect(scanner.scan(around(write(VALUE.value))).map((h) => h.value)).toContain(VALUE.value);
    expect(scanner.scan(around(JSON.stringify({ deep: write(VALUE.value) }))).map((h) => h.value)).toContain(VALUE.value);
  });

  it('is not found in what does not hold it, nor in a longer number or id that holds it by chance', () => {
    const scanner = new CanaryScanner([SIN, VALUE]);
    expect(scanner.scan(around('nothing'))).toEqual([]);
    expect(scanner.scan(around('1046454286'))).toEqual([]);
    expect(scanner.scan(around('046454286')).map((h) => h.value)).toEqual([SIN.value]);
  });
});
