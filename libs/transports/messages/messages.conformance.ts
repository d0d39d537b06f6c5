import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { load } from 'js-yaml';
import { projectFile } from '#libs/config/project-file.js';

interface Validator {
  addSchema(schema: object, id: string): void;
  validate(schema: object, value: unknown): boolean;
  errorsText(): string;
}
const Ajv = (createRequire(import.meta.url)('ajv') as { default: new (options: object) => Validator }).default;

/** contracts/asyncapi.yaml, read by tests only. */
export const asyncApiText = readFileSync(projectFile('contracts/asyncapi.yaml'), 'utf8');
export const asyncApi = load(asyncApiText) as {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly examples?: readonly { readonly payload: object }[] }>>;
    readonly parameters: { readonly jurisdiction: { readonly enum: readonly string[] } };
    readonly schemas: Readonly<Record<string, { readonly properties?: { readonly type?: { readonly const?: string } } }>>;
  };
};
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(asyncApi, 'asyncapi');

/** What is wrong with a message by the document's schema for its type, in words; undefined: nothing. */
export const faultOfMessage = (text: string): string | undefined => {
  const event = JSON.parse(text) as { readonly type?: string };
  const name = Object.entries(asyncApi.components.schemas).find(([, schema]) => event.type !== undefined && schema.properties?.type?.const === event.type)?.[0];
  if (name === undefined) return `no schema for ${event.type ?? 'a message without a type'}`;
  return ajv.validate({ $ref: `asyncapi#/components/schemas/${name}` }, event) ? undefined : ajv.errorsText();
};
