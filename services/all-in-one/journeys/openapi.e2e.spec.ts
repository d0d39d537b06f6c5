import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listRoutes } from '#libs/runtime/index.js';
import { startTestApp, type TestApp } from './start-app.js';

describe('contracts/openapi.json', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  }, 60_000);
  afterAll(() => app.stop());

  it('is what the code says; `npm run openapi` writes it', async () => {
    const committed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../../contracts/openapi.json'), 'utf8'));
    expect(await (await fetch(`${app.url}/openapi.json`)).json()).toEqual(committed);
  });

  it('describes every route of the API', async () => {
    const { paths, openapi } = (await (await fetch(`${app.url}/openapi.json`)).json()) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(openapi).toMatch(/^3\.1\./);
    const missing = listRoutes(app.service.app).filter(({ method, path }) => path.startsWith('/v1/') && !['HEAD', 'OPTIONS'].includes(method))
      .filter(({ method, path }) => paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()] === undefined);
    expect(missing).toEqual([]);
  });
});
