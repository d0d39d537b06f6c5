import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate } from 'class-validator';
import { findFieldFault } from '#contracts/texts/problems.js';
import type { FieldFault } from '#libs/kernel/domain-error.js';
import { refusal } from './refusal.js';
import { madeIfItKeepsItsRules } from './rules.js';

/** Faults told at once; a body of nothing but unknown fields would be answered by a longer one. */
const MAX_FAULTS = 100;

/** What class-validator says of one property, read by shape. */
interface Broken {
  readonly property?: string;
  readonly target?: object;
  readonly value?: unknown;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Broken[];
}

const CODES: Readonly<Record<string, string>> = {
  isDefined: 'field.required', isNotEmpty: 'field.required',
  isIn: 'field.not-allowed', isEnum: 'field.not-allowed', equals: 'field.not-allowed', min: 'field.range', max: 'field.range', isPositive: 'field.range',
  minLength: 'field.length', maxLength: 'field.length', isLength: 'field.length', arrayMinSize: 'field.length', arrayMaxSize: 'field.length',
  arrayNotEmpty: 'field.length', arrayUnique: 'field.duplicate', isArray: 'field.type', isString: 'field.type', isBoolean: 'field.type', isInt: 'field.type',
  isNumber: 'field.type', isObject: 'field.type', nestedValidation: 'field.type', unknownValue: 'field.type',
};

const fault = (pointer: string, code: string): FieldFault =>
  ({ pointer, code, detail: (findFieldFault(code) ?? findFieldFault('field.format')!).en });

/** A field we do not know is named back only if it is written as our own fields are; any other key may itself be a person's name or number. */
const canBeNamed = (property: string): boolean => /^[a-z][A-Za-z]{0,39}$/.test(property);
const step = (pointer: string, property: string): string => `${pointer}/${property}`;

const codeOf = (constraint: string, contexts: Broken['contexts']): string => {
  const context = contexts?.[constraint];
  const own = typeof context === 'object' && context !== null && 'code' in context ? context.code : undefined;
  return typeof own === 'string' ? own : CODES[constraint] ?? 'field.format';
};

/** class-validator says of `{ each: true }` only that some element is wrong: this asks its rule again, which. */
const wrongElements = ({ target, property = '', value }: Broken, constraint: string): readonly number[] => {
  if (!Array.isArray(value) || !target) return [];
  const storage = getMetadataStorage();
  const rules = storage.getTargetValidationMetadatas(target.constructor, '', false, false)
    .filter((rule) => rule.propertyName === property && rule.each && (rule.name ?? rule.type) === constraint);
  return value.flatMap((element: unknown, index) => rules.some((rule) => storage.getTargetValidatorConstraints(rule.constraintCls)
    .some(({ instance }) => instance.validate(element, { value, constraints: rule.constraints as unknown[], targetName: '', object: target, property }) === false)) ? [index] : []);
};

/** The first rule broken per field, outermost first: a field of the wrong kind is not also reproached for what it lacks inside. */
const faultsOf = (error: Broken, parent: string): readonly FieldFault[] => {
  const { property = '', constraints = {}, children = [], contexts, value } = error;
  const broken = Object.keys(constraints);
  const pointer = property === '' ? parent : step(parent, property);
  if (broken.length === 0) return children.flatMap((child) => faultsOf(child, pointer));
  if (broken.includes('whitelistValidation')) return []; // strays() names them, and those class-validator overlooks
  if (value === undefined || value === null) return [fault(pointer, 'field.required')];
  const kind = broken.find((name) => CODES[name] === 'field.type' && contexts?.[name] === undefined);
  const elements = broken.map((name) => ({ name, indices: wrongElements(error, name) }));
  const each = elements.filter(({ indices }) => indices.length > 0);
  if (each.length > 0 && each.length === broken.length) {
    const byIndex = new Map<number, string>();
    for (const { name, indices } of each) for (const index of indices) if (!byIndex.has(index)) byIndex.set(index, codeOf(name, contexts));
    return [...byIndex].sort(([a], [b]) => a - b).map(([index, code]) => fault(step(pointer, String(index)), code));
  }
  const own = kind ?? elements.find(({ indices }) => indices.length === 0)!.name;
  return [fault(pointer, codeOf(own, contexts)), ...(kind ? [] : children.flatMap((child) => faultsOf(child, pointer)))];
};

/** The faults of a validated object, each at its RFC 6901 pointer, in the order class-validator found them. */
export const toFaults = (errors: readonly Broken[]): readonly FieldFault[] => errors.flatMap((error) => faultsOf(error, ''));

/** How a property may be filled: one value or object, one nested object, or a list of them. */
type Shape = 'plain' | 'nested' | 'list';
const known = new WeakMap<object, ReadonlyMap<string, Shape>>();
const shapesOf = (type: abstract new (...args: never[]) => unknown): ReadonlyMap<string, Shape> => {
  const found = known.get(type);
  if (found) return found;
  const shapes = new Map<string, Shape>();
  for (const { propertyName, type: rule, each } of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)) {
    if (rule === 'nestedValidation') shapes.set(propertyName, each ? 'list' : 'nested');
    else if (!shapes.has(propertyName)) shapes.set(propertyName, 'plain');
  }
  known.set(type, shapes);
  return shapes;
};

/**
 * What class-validator and class-transformer let pass: `[]` where one nested object belongs, lists within lists, and fields named like a
 * method every object has (`toString`), which one of them drops and the other takes for declared.
 */
const strays = (sent: unknown, made: unknown, pointer: string): readonly FieldFault[] => {
  if (typeof sent !== 'object' || sent === null || typeof made !== 'object' || made === null) return [];
  const shapes = shapesOf(made.constructor as abstract new () => unknown);
  return Object.entries(sent as Readonly<Record<string, unknown>>).flatMap(([key, value]) => {
    const shape = shapes.get(key);
    if (!shape) return [fault(canBeNamed(key) ? step(pointer, key) : pointer, 'field.unknown')];
    if (shape === 'plain' || value === undefined || value === null) return [];
    const at = step(pointer, key);
    const inner = (made as Readonly<Record<string, unknown>>)[key];
    if (Array.isArray(value) !== (shape === 'list')) return [fault(at, 'field.type')];
    if (!Array.isArray(value)) return strays(value, inner, at);
    return value.flatMap((element: unknown, index) => {
      const place = step(at, String(index));
      return Array.isArray(element) ? [fault(place, 'field.type')] : strays(element, (inner as readonly unknown[])[index], place);
    });
  });
};

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true } as const;

/** The one validator of outside input: unknown fields are refused, and every fault is told at once as `request.invalid`. */
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({ ...RULES, transform: true });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (!metatype || !this.toValidate(metadata)) return super.transform(value, metadata) as Promise<unknown>;
    if (value === undefined || value === null) throw refusal('request.invalid', [fault('', 'field.required')]);
    if (typeof value !== 'object' || Array.isArray(value)) throw refusal('request.invalid', [fault('', 'field.type')]);
    const kept = madeIfItKeepsItsRules(metatype as new () => object, value);
    if (kept) return kept;
    const made: object = plainToInstance(metatype as new () => object, value);
    const misplaced = strays(value, made, '');
    const told = new Set(misplaced.filter(({ code }) => code === 'field.type').map(({ pointer }) => pointer));
    const broken = toFaults(await validate(made, RULES)).filter(({ pointer }) => !isToldOf(pointer, told));
    if (broken.length + misplaced.length > 0) throw refusal('request.invalid', [...broken, ...misplaced].slice(0, MAX_FAULTS));
    return made;
  }
}

/** Whether a fault at this place, or at one that holds it, is told already. */
const isToldOf = (pointer: string, told: ReadonlySet<string>): boolean => {
  for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) if (told.has(place)) return true;
  return false;
};
