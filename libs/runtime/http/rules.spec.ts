import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsOptional, IsString, validate, ValidateIf, ValidatePromise } from 'class-validator';
import { assert, asyncProperty, constantFrom, nat } from 'fast-check';
import { BirthNotification } from '#contracts/notifications/birth.js';
import { surelyKeepsRules } from './rules.js';

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
    expect([surelyKeepsRules(made), await byClassValidator(made)]).toEqual([true, true]);
  });

  it('are never held to be kept where class-validator finds a fault, and hardly ever the other way', async () => {
    const puts: readonly unknown[] = [null, '', 'x', '2026-02-30', 0, -1, 1.5, true, [], [[]], ['x'], [null], [1], {}, { toString: 1 }, [{}], 'ON', '1990-01-01', 'a'.repeat(400), '\u0000'];
    let broken = 0;
    await assert(asyncProperty(constantFrom(...SAMPLES), nat(), constantFrom(...puts), constantFrom('', 'stray', '0'), async (name, where, put, beside) => {
      const whole = sample(name);
      const places = placesOf(whole);
      const place = places[where % places.length]!;
      const sent = withAt(whole, beside === '' ? place : [...place.slice(0, -1), beside], put);
      const made = plainToInstance(BirthNotification, sent);
      const keeps = await byClassValidator(made);
      if (!keeps) broken++;
      if (surelyKeepsRules(made)) expect(keeps).toBe(true);
      else if (keeps) expect(Array.isArray(put)).toBe(true); // a list where one object belongs, which class-validator lets pass
    }), { numRuns: 2000, seed: 7 });
    expect(broken).toBeGreaterThan(500);
  });

  it('are left to class-validator where they cannot be told here', () => {
    class Conditional {
      @IsString({ validateIf: () => false }) name = 'x';
    }
    class Later {
      @ValidatePromise() @IsString() name = Promise.resolve('x');
    }
    class Listed {
      @IsString({ each: true }) names = new Set(['x']);
    }
    class Bare {
      name = 'x';
    }
    expect([new Conditional(), new Later(), new Listed(), new Bare(), {}].map(surelyKeepsRules)).toEqual([false, false, false, false, false]);
  });

  it('ask conditions first, inherited rules too, and every element of a list', () => {
    class Parent {
      @IsOptional() @IsString() name?: unknown;
      @IsIn(['a', 'b'], { each: true }) letters: unknown = ['a'];
    }
    class Child extends Parent {
      @ValidateIf((o: Child) => o.name === 'x') @IsString() more: unknown = 'y';
    }
    const child = (fields: object): Child => Object.assign(new Child(), fields);
    expect(surelyKeepsRules(child({}))).toBe(true);
    expect(surelyKeepsRules(child({ name: null, letters: ['b', 'a'] }))).toBe(true);
    expect(surelyKeepsRules(child({ letters: ['a', 'c'] }))).toBe(false);
    expect(surelyKeepsRules(child({ letters: 'c' }))).toBe(false);
    expect(surelyKeepsRules(child({ name: 1 }))).toBe(false);
    expect(surelyKeepsRules(child({ name: 'x', more: 1 }))).toBe(false);
    expect(surelyKeepsRules(child({ name: 'z', more: 1 }))).toBe(true);
    expect(surelyKeepsRules(child({ other: 1 }))).toBe(false);
  });
});
