import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';

/** Swagger UI lies in a package of @nestjs/swagger's own: found from there, whatever npm hoists. */
const assets = (): string => {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
  return dirname(resolve('swagger-ui-dist/package.json'));
};

const FILES = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript', 'favicon-32x32.png': 'image/png' } as const;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true });`;
const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>API</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
  <main id="docs"></main>
  <noscript><a href="/openapi.json">openapi.json</a></noscript>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The OpenAPI document and Swagger UI, as a handful of exact routes. Not SwaggerModule.setup(): it serves a folder through @fastify/static,
 * whose wildcard is wider than these files need and which jest cannot load on Node 20 (it requires an ES module), ending the test worker.
 */
export const serveDocs = (fastify: FastifyInstance, document: OpenAPIObject): void => {
  const folder = assets();
  const json = JSON.stringify(document);
  fastify.get('/openapi.json', (_, reply) => reply.type('application/json').send(json));
  fastify.get('/docs', (_, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(PAGE));
  fastify.get('/docs/start.js', (_, reply) => reply.type('text/javascript').send(START));
  for (const [file, type] of Object.entries(FILES)) {
    fastify.get(`/docs/${file}`, async (_, reply) => reply.type(type).header('cache-control', 'public, max-age=3600').send(await readFile(join(folder, file))));
  }
};
