import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

type Env = Readonly<Record<string, string | undefined>>;

interface Variable {
  readonly property: string;
  readonly name: string;
  readonly meaning: string;
  readonly type: unknown;
}

const VARIABLES = Symbol('variables');
const variablesOf = (prototype: object): readonly Variable[] =>
  (Reflect.getMetadata(VARIABLES, prototype) as readonly Variable[] | undefined) ?? [];

/**
 * Fills the property from the environment variable `name`; `meaning` is its line in the README. The property needs a
 * declared type (`port: number = 3000`): number, boolean and array (a comma-separated list) are read as such.
 */
export const FromEnv = (name: string, meaning: string): PropertyDecorator => (prototype, key) => {
  const property = String(key);
  const type: unknown = Reflect.getMetadata('design:type', prototype, key);
  const others = variablesOf(prototype).filter((v) => v.property !== property);
  Reflect.defineMetadata(VARIABLES, [...others, { property, name, meaning, type }], prototype);
};

const YES = /^(true|1|yes|on)$/i;
const NO = /^(false|0|no|off)$/i;

/** What cannot be read as the type stays text, for the class's own rule to refuse. */
const read = (text: string, type: unknown): unknown => {
  if (type === Number) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === Boolean) return YES.test(text) ? true : NO.test(text) ? false : text;
  if (type === Array) return text.split(',').map((s) => s.trim()).filter((s) => s !== '');
  return text;
};

/** The configuration cannot be used. Names every fault by variable and rule; a value may be a secret and is never told. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((f) => `  - ${f}`).join('\n')}`);
  }
}

/** A rule's own message may quote the value it refuses ($value); such a message is replaced by the rule's name. */
const quotes = (message: string, values: readonly string[]): boolean =>
  values.some((value) => new RegExp(`(?<!\\w)${value.replaceAll(/[^\w\s]/g, '\\$&')}(?!\\w)`).test(message));

/** Reads `cls` from the environment: what is absent or empty keeps the class's default, all faults are thrown at once. */
export function readConfig<T extends object>(cls: new () => T, env: Env = process.env): T {
  const variables = variablesOf(cls.prototype as object);
  const texts = new Map(variables.map((v) => [v.property, env[v.name]?.trim() ?? '']));
  const given = variables.filter((v) => texts.get(v.property) !== '');
  const config = plainToInstance(
    cls,
    Object.fromEntries(given.map((v) => [v.property, read(texts.get(v.property)!, v.type)])),
    { exposeDefaultValues: true },
  );
  const faults = validateSync(config, { forbidUnknownValues: false }).map(({ property, constraints = {} }) => {
    const name = variables.find((v) => v.property === property)?.name ?? property;
    const text = texts.get(property) ?? '';
    const secrets = [text, ...text.split(',').map((s) => s.trim())].filter((s) => s !== '');
    const rules = Object.entries(constraints).map(([rule, message]) =>
      quotes(message, secrets) ? `breaks the rule ${rule}` : message.startsWith(property) ? message.slice(property.length).trim() : message);
    return `${name} ${rules.join('; ')}`;
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** One line per variable, for the README's table; `default` is written as the environment would write it, '' for none. */
export function describeConfig<T extends object>(cls: new () => T): { name: string; default: string; meaning: string }[] {
  const defaults = new cls() as Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  return variablesOf(cls.prototype as object).map(({ property, name, meaning }) => {
    return { name, default: String(defaults[property] ?? ''), meaning };
  });
}

/** The environment another process needs to read the same configuration: what is absent stays absent. */
export function toEnvironment(config: object): Record<string, string> {
  const values = config as Readonly<Record<string, unknown>>;
  const given = variablesOf(Object.getPrototypeOf(config) as object).filter(({ property }) => values[property] !== undefined);
  return Object.fromEntries(given.map(({ property, name }) => [name, String(values[property])]));
}
