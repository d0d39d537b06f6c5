import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidationTypes, type ValidationArguments } from 'class-validator';

/** One rule of a property; `each` asks it of every element of a list. */
interface Check {
  readonly each: boolean;
  readonly constraints: unknown[];
  readonly asks: (value: unknown, args: ValidationArguments) => unknown;
}
interface Property {
  readonly name: string;
  /** That of the class, as class-validator tells it a rule. */
  readonly targetName: string;
  /** All must hold for the others to be asked, such as `IsOptional`. */
  readonly conditions: readonly ((object: object, value: unknown) => unknown)[];
  readonly checks: readonly Check[];
  /** The class of what is nested, one object or a list of them. */
  readonly nested?: { readonly type: Type; readonly isList: boolean };
}
type Type<T extends object = object> = new () => T;
/** By name; undefined where a class has rules, or fields, of a kind not asked here. */
type Rules = ReadonlyMap<string, Property> | undefined;

const known = new WeakMap<object, { readonly rules: Rules }>();

/** What class-transformer makes of a value of this field. */
const madeOf = (type: Type, name: string, value: unknown): unknown => (plainToInstance(type, { [name]: value }) as Readonly<Record<string, unknown>>)[name];

const nestedIn = (type: Type, name: string, isList: boolean): Type | undefined => {
  const made = madeOf(type, name, isList ? [{}] : {});
  const one = isList && Array.isArray(made) ? (made[0] as unknown) : made;
  return typeof one === 'object' && one !== null && one.constructor !== Object ? (one.constructor as Type) : undefined;
};

const workOut = (type: Type): Rules => {
  const storage = getMetadataStorage();
  const rules = new Map<string, { name: string; targetName: string; conditions: Property['conditions'][number][]; checks: Check[]; nested?: NonNullable<Property['nested']> }>();
  for (const { propertyName: name, type: kind, constraints, constraintCls, each, validateIf } of storage.getTargetValidationMetadatas(type, '', false, false)) {
    const property = rules.get(name) ?? { name, targetName: type.name, conditions: [], checks: [] };
    rules.set(name, property);
    if (validateIf) return undefined;
    if (kind === ValidationTypes.CONDITIONAL_VALIDATION) property.conditions.push((constraints as Property['conditions'])[0]!);
    else if (kind === ValidationTypes.NESTED_VALIDATION) {
      const inner = nestedIn(type, name, each);
      if (!inner) return undefined;
      property.nested = { type: inner, isList: each };
    } else if (kind === ValidationTypes.CUSTOM_VALIDATION || kind === ValidationTypes.IS_DEFINED) {
      for (const { instance } of storage.getTargetValidatorConstraints(constraintCls)) {
        property.checks.push({ each, constraints: constraints as unknown[], asks: (value, args) => instance.validate(value, args) });
      }
    } else if (kind !== ValidationTypes.WHITELIST) return undefined;
  }
  const isConverted = ({ name, nested }: Property): boolean => nested === undefined && madeOf(type, name, PROBE) !== PROBE;
  return rules.size > 0 && ![...rules.values()].some(isConverted) ? rules : undefined;
};
const PROBE = 'as it was sent';

const rulesOf = (type: Type): Rules => {
  let found = known.get(type);
  if (!found) known.set(type, (found = { rules: workOut(type) }));
  return found.rules;
};

/**
 * What was sent as an instance of its class, where it surely keeps every rule class-validator has for that class, unknown fields among them; undefined where it
 * does not, and where this cannot tell. class-transformer and class-validator work a class out for every object, and make an error for every property
 * before they ask; what keeps all rules, as nearly every report does, needs neither. Whoever is told undefined asks them, and they say what is wrong.
 */
export const madeIfItKeepsItsRules = <T extends object>(type: new () => T, sent: object): T | undefined => {
  const rules = rulesOf(type);
  if (!rules) return undefined;
  const made = new type() as Record<string, unknown>;
  for (const name of Object.keys(sent)) {
    const property = rules.get(name);
    if (!property) return undefined;
    const value = (sent as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== 'object' || value === null) made[name] = value;
    else {
      const inner = property.nested ? madeNested(property.nested, value) : isListOfScalars(value) && value;
      if (!inner) return undefined;
      made[name] = inner;
    }
  }
  for (const property of rules.values()) if (!keeps(made, property)) return undefined;
  return made as T;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfScalars = (value: object): boolean => Array.isArray(value) && value.every((element) => typeof element !== 'object' || element === null);

const madeNested = ({ type, isList }: NonNullable<Property['nested']>, value: object): object | undefined => {
  if (!isList) return isObject(value) ? madeIfItKeepsItsRules(type, value) : undefined;
  if (!Array.isArray(value)) return undefined;
  const list: object[] = [];
  for (const element of value as unknown[]) {
    const made = isObject(element) && madeIfItKeepsItsRules(type, element);
    if (!made) return undefined;
    list.push(made);
  }
  return list;
};

/** What is nested was asked when it was made. */
const keeps = (object: object, { name, targetName, conditions, checks, nested }: Property): boolean => {
  const value = (object as Readonly<Record<string, unknown>>)[name];
  for (const condition of conditions) if (!condition(object, value)) return true;
  for (const { each, constraints, asks } of checks) {
    const args = { targetName, property: name, object, value, constraints };
    if (each && Array.isArray(value)) {
      for (const element of value as unknown[]) if (asks(element, args) !== true) return false;
    } else if (asks(value, args) !== true) return false;
  }
  return !nested || value === undefined || (typeof value === 'object' && value !== null);
};
