import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** One of the pages about the API. */
export interface DocsPage {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => Promise<string | Buffer>;
}

/** The OpenAPI document and Swagger UI, as a handful of exact paths. */
export const docsPages = (openApi: () => Promise<string>): readonly DocsPage[] => {
  const folder = assets();
  const page = (path: string, type: string, body: DocsPage['body'], headers: Readonly<Record<string, string>> = {}): DocsPage => ({ path, headers: { 'content-type': type, ...headers }, body });
  return [
    page('/openapi.json', 'application/json; charset=utf-8', openApi),
    page('/docs', 'text/html; charset=utf-8', async () => PAGE, { 'content-security-policy': POLICY }),
    page('/docs/start.js', 'text/javascript; charset=utf-8', async () => START),
    ...Object.entries(FILES).map(([file, type]) => page(`/docs/${file}`, type, () => readFile(join(folder, file)), { 'cache-control': 'public, max-age=3600' })),
  ];
};

/**
 * Not SwaggerModule.setup(): it serves a folder through @fastify/static, whose wildcard is wider than these files need and which jest cannot
 * load on Node 20 (it requires an ES module), ending the test worker.
 */
export const serveDocs = (fastify: FastifyInstance, openApi: () => Promise<string>): void => {
  for (const { path, headers, body } of docsPages(openApi)) fastify.get(path, async (_, reply) => reply.headers(headers).send(await body()));
};
