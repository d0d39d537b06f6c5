import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Exclude, plainToInstance, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, validate, ValidateIf, ValidateNested, ValidatePromise } from 'class-validator';
import { assert, asyncProperty, constantFrom, nat } from 'fast-check';
import { BirthNotification } from '#contracts/notifications/birth.js';
import { madeIfItKeepsItsRules } from './rules.js';

const SAMPLES = ['ontario-two-parents', 'quebec', 'parent-born-abroad', 'consent-refused', 'agent-beside-parent', 'ottawa-gatineau'];
const sample = (name: string): object => JSON.parse(readFileSync(`samples/${name}.json`, 'utf8')) as object;

/** Every place of a document, its own fields and those within. */
const placesOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesOf(inner, [...path, key])]);

const withAt = (value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown => {
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key!] = rest.length === 0 ? put : withAt(copy[key!], rest, put);
  return copy;
};

const byClassValidator = async (made: object): Promise<boolean> => (await validate(made, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true })).length === 0;

describe('the rules of a class, kept ready', () => {
  it.each(SAMPLES)('are kept by %s', async (name) => {
    const made = plainToInstance(BirthNotification, sample(name));
    expect(madeIfItKeepsItsRules(BirthNotification, sample(name))).toStrictEqual(made);
    expect(await byClassValidator(made)).toBe(true);
  });

  it('are never held to be kept where class-validator finds a fault, and hardly ever the other way', async () => {
    const puts: readonly unknown[] = [null, '', 'x', '2026-02-30', 0, -1, 1.5, true, [], [[]], ['x'], [null], [1], {}, { toString: 1 }, [{}], 'ON', '1990-01-01', 'a'.repeat(400), '\u0000'];
    let broken = 0;
    await assert(asyncProperty(constantFrom(...SAMPLES), nat(), constantFrom(...puts), constantFrom('', 'stray', '0'), async (name, where, put, beside) => {
      const whole = sample(name);
      const places = placesOf(whole);
      const place = places[where % places.length]!;
      const sent = JSON.parse(JSON.stringify(withAt(whole, beside === '' ? place : [...place.slice(0, -1), beside], put))) as object;
      const made = plainToInstance(BirthNotification, sent);
      const keeps = await byClassValidator(made);
      if (!keeps) broken++;
      const kept = madeIfItKeepsItsRules(BirthNotification, sent);
      if (kept) expect([keeps, kept]).toStrictEqual([true, made]);
      else if (keeps) expect(JSON.stringify(put)).toMatch(/^\[|toString/); // a list where one object belongs, or a name every object has: they let these pass
    }), { numRuns: 2000, seed: 7 });
    expect(broken).toBeGreaterThan(500);
  });

  it('are left to the libraries where they cannot be told here: rules asked on a condition or later, nothing declared, fields that are converted, dropped or of no class', () => {
    class Conditional {
      @IsString({ validateIf: () => false }) name!: string;
    }
    class Later {
      @ValidatePromise() @IsString() name!: string;
    }
    class Bare {
      name!: string;
    }
    class Converted {
      @Type(() => Number) @IsInt() name!: number;
    }
    class Dropped {
      @Exclude() @IsString() name!: string;
    }
    class OfNoClass {
      @ValidateNested() name!: object;
    }
    expect([Conditional, Later, Bare, Converted, Dropped].map((type) => madeIfItKeepsItsRules<object>(type, { name: 'x' }))).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect([madeIfItKeepsItsRules(Object, {}), madeIfItKeepsItsRules(OfNoClass, { name: {} })]).toEqual([undefined, undefined]);
  });

  it('ask conditions first, inherited rules too, and every element of a list', () => {
    class Parent {
      @IsOptional() @IsString() name?: unknown;
      @IsIn(['a', 'b'], { each: true }) letters: unknown = ['a'];
    }
    class Child extends Parent {
      @ValidateIf((o: Child) => o.name === 'x') @IsString() more: unknown = 'y';
    }
    const keeps = (fields: object): boolean => madeIfItKeepsItsRules(Child, fields) instanceof Child;
    expect(keeps({})).toBe(true);
    expect(keeps({ name: null, letters: ['b', 'a'] })).toBe(true);
    expect(keeps({ letters: ['a', 'c'] })).toBe(false);
    expect(keeps({ letters: 'c' })).toBe(false);
    expect(keeps({ letters: [{}] })).toBe(false);
    expect(keeps({ name: 1 })).toBe(false);
    expect(keeps({ name: {} })).toBe(false);
    expect(keeps({ name: 'x', more: 1 })).toBe(false);
    expect(keeps({ name: 'z', more: 1 })).toBe(true);
    expect(keeps({ other: 1 })).toBe(false);
    expect(keeps({ toString: 'x' })).toBe(false);
  });
});
