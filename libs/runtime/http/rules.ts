import { getMetadataStorage, ValidationTypes, type ValidationArguments } from 'class-validator';

/** One rule of a property; `each` asks it of every element of a list. */
interface Check {
  readonly each: boolean;
  readonly constraints: unknown[];
  readonly asks: (value: unknown, args: ValidationArguments) => unknown;
}
interface Property {
  readonly name: string;
  /** All must hold for the others to be asked, such as `IsOptional`. */
  readonly conditions: readonly ((object: object, value: unknown) => unknown)[];
  readonly checks: readonly Check[];
  readonly isNested: boolean;
}
/** By name; undefined where a class has rules of a kind not asked here. */
type Rules = ReadonlyMap<string, Property> | undefined;

const known = new WeakMap<object, { readonly rules: Rules }>();

const workOut = (type: abstract new (...args: never[]) => unknown): Rules => {
  const storage = getMetadataStorage();
  const rules = new Map<string, Property & { conditions: Property['conditions'][number][]; checks: Check[]; isNested: boolean }>();
  for (const { propertyName: name, type: kind, constraints, constraintCls, each, validateIf } of storage.getTargetValidationMetadatas(type, '', false, false)) {
    const property = rules.get(name) ?? { name, conditions: [], checks: [], isNested: false };
    rules.set(name, property);
    if (validateIf) return undefined;
    if (kind === ValidationTypes.CONDITIONAL_VALIDATION) property.conditions.push((constraints as Property['conditions'])[0]!);
    else if (kind === ValidationTypes.NESTED_VALIDATION) property.isNested = true;
    else if (kind === ValidationTypes.CUSTOM_VALIDATION || kind === ValidationTypes.IS_DEFINED) {
      for (const { instance } of storage.getTargetValidatorConstraints(constraintCls)) {
        property.checks.push({ each, constraints: constraints as unknown[], asks: (value, args) => instance.validate(value, args) });
      }
    } else if (kind !== ValidationTypes.WHITELIST) return undefined;
  }
  return rules.size > 0 ? rules : undefined;
};

const rulesOf = (object: object): Rules => {
  const type = (Object.getPrototypeOf(object) as object).constructor as abstract new () => unknown;
  let found = known.get(type);
  if (!found) known.set(type, (found = { rules: workOut(type) }));
  return found.rules;
};

/**
 * Whether an object surely keeps every rule class-validator has for its class, unknown fields among them; false where it does not, and where this
 * cannot tell. class-validator works the rules of a class out for every object, and makes an error for every property before it asks; an
 * object that keeps them all, as nearly every report does, needs neither. Whoever is told false asks class-validator, which says what is wrong.
 */
export const surelyKeepsRules = (object: object): boolean => {
  const rules = rulesOf(object);
  if (!rules) return false;
  for (const name of Object.keys(object)) if (!rules.has(name)) return false;
  for (const property of rules.values()) if (!keeps(object, property)) return false;
  return true;
};

const keeps = (object: object, { name, conditions, checks, isNested }: Property): boolean => {
  const value = (object as Readonly<Record<string, unknown>>)[name];
  if (value instanceof Set || value instanceof Map || value instanceof Promise) return false;
  for (const condition of conditions) if (!condition(object, value)) return true;
  for (const { each, constraints, asks } of checks) {
    const args = { targetName: object.constructor.name, property: name, object, value, constraints };
    if (each && Array.isArray(value)) {
      for (const element of value as unknown[]) if (asks(element, args) !== true) return false;
    } else if (asks(value, args) !== true) return false;
  }
  return !isNested || value === undefined || (Array.isArray(value) ? value.every(keepsItsRules) : keepsItsRules(value));
};

const keepsItsRules = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value) && surelyKeepsRules(value);
