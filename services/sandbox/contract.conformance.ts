import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** contracts/agency.openapi.yaml, read by tests only: the sandbox is held against the document, not built from it. */
const require = createRequire(import.meta.url);
const { load } = require('js-yaml') as { load(text: string): unknown };
const Ajv = (require('ajv/dist/2020.js') as { default: new (options: object) => Validator }).default;

interface Validator {
  addSchema(schema: object, id: string): void;
  validate(schema: object, value: unknown): boolean;
  errorsText(): string;
}
interface Media { readonly schema: object; readonly example?: unknown; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
interface Response { readonly $ref?: string; readonly content?: Readonly<Record<string, Media>> }
interface Operation { readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }; readonly responses: Readonly<Record<string, Response>>; readonly callbacks?: object }
export interface Contract {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>>; readonly schemas: Readonly<Record<string, object>> };
}

export const contract = load(readFileSync(new URL('../../contracts/agency.openapi.yaml', import.meta.url), 'utf8')) as Contract;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(contract, 'contract');

/** Schemas refer to each other inside the document. */
const within = (schema: object): object => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"contract#/')) as object;

/** What is wrong with a value by a schema of the contract, in words; undefined: nothing. */
export const faultOf = (schema: object, value: unknown): string | undefined => (ajv.validate(within(schema), value) ? undefined : ajv.errorsText());
export const schemaNamed = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

const operations = { deliver: ['/agencies/{jurisdiction}/{name}/deliveries/{deliveryId}', 'put'], query: ['/agencies/{jurisdiction}/{name}/deliveries/{deliveryId}', 'get'], confirm: ['/authorities/{jurisdiction}/confirmations/{questionId}', 'put'] } as const;
export type OperationId = keyof typeof operations;

/** What is wrong with a response to an operation, in words; undefined: nothing. */
export const faultOfResponse = (id: OperationId, status: number, contentType: string, body: unknown): string | undefined => {
  const [path, method] = operations[id];
  const { responses } = contract.paths[path]![method]!;
  const declared = responses[status] ?? responses['default'];
  const response = declared?.$ref !== undefined ? contract.components.responses[declared.$ref.split('/').at(-1)!] : declared;
  const media = response?.content?.[contentType];
  if (!media) return `${id} may not answer ${status} ${contentType}`;
  return faultOf(media.schema, body);
};

/** Every example of the document with its schema. */
export const examples = (): readonly { readonly where: string; readonly schema: object; readonly value: unknown }[] => {
  const found: { where: string; schema: object; value: unknown }[] = [];
  const walk = (node: unknown, where: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const media = node as Partial<Media>;
    if (media.schema && 'example' in media) found.push({ where, schema: media.schema, value: media.example });
    if (media.schema && media.examples) for (const [name, { value }] of Object.entries(media.examples)) found.push({ where: `${where} ${name}`, schema: media.schema, value });
    for (const [name, child] of Object.entries(node)) walk(child, `${where}/${name}`);
  };
  walk(contract.paths, '');
  return found;
};
