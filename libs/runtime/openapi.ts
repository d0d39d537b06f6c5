import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { OPEN } from './auth/access.js';
import { loadSwagger } from './described.js';
import { serveDocs } from './docs.js';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

const PROBLEM_SCHEMA = {
  type: 'object', required: ['type', 'title', 'status', 'code', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' },
    code: { type: 'string', description: 'Stable; the texts beside it may change.' }, instance: { type: 'string', format: 'uri' },
    errors: {
      type: 'array',
      items: {
        type: 'object', required: ['pointer', 'code', 'detail'],
        properties: { pointer: { type: 'string', description: 'RFC 6901, into the body.' }, code: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;

/** The OpenAPI 3.1 document of what `app` serves: bearer tokens everywhere but on `@Public()` routes, problem+json for every refusal. */
const buildOpenApi = async (app: NestFastifyApplication, { title, version, description = '' }: OpenApiOptions): Promise<OpenAPIObject> => {
  const { DocumentBuilder, SwaggerModule } = await loadSwagger();
  const config = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle(title).setVersion(version).setDescription(description)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }).build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA } };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method] as (NonNullable<typeof path.get> & { [OPEN]?: boolean }) | undefined;
      if (!operation) continue;
      operation.security = operation[OPEN] ? [] : [{ bearer: [] }];
      Reflect.deleteProperty(operation, OPEN);
      operation.responses['default'] ??= {
        description: 'Refused', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      };
    }
  }
  return document;
};

/** Shows the document to anyone at `/openapi.json`, and as a page at `/docs`; made when it is first asked for. Before the application is initialised. */
export const showOpenApi = (app: NestFastifyApplication, options: OpenApiOptions): void => {
  let made: Promise<string> | undefined;
  serveDocs(app.getHttpAdapter().getInstance(), () => (made ??= buildOpenApi(app, options).then((document) => JSON.stringify(document))));
};
