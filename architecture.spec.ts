import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** The arrows of the house are only true if each is seen to stop somebody. */

const ROOT = import.meta.dirname;
const FOLDERS = ['contracts', 'libs', 'services', 'bench', 'scripts', 'deploy'];

interface Violation { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }
interface Rule { readonly name: string }
const rules = (createRequire(import.meta.url)('./.dependency-cruiser.cjs') as { forbidden: readonly Rule[] }).forbidden;

const cruise = (folder: string, folders: readonly string[]): Promise<readonly Violation[]> =>
  new Promise((resolve, reject) => {
    execFile(
      process.execPath, [join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders],
      { cwd: folder, maxBuffer: 256 * 2 ** 20 },
      (error, stdout) => {
        // The exit code counts violations; only words that are no report mean that it did not work.
        try {
          resolve((JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary.violations);
        } catch {
          reject(error ?? new Error(stdout));
        }
      },
    );
  });

/** Who breaks each rule, and how; a neighbour that does nearly the same and may. */
interface Planted { readonly rule: string; readonly file: string; readonly text: string; readonly allowed: Readonly<Record<string, string>> }
const plant = (rule: string, file: string, text: string, allowed: Readonly<Record<string, string>> = {}): Planted => ({ rule, file, text, allowed });

const planted: readonly Planted[] = [
  plant('no-cycles', 'libs/kernel/and-back.ts', `import './there.js';`, { 'libs/kernel/there.ts': `import './and-back.js';` }),
  plant('everything-resolves', 'libs/kernel/lost.ts', `import './nowhere.js';`, { 'libs/kernel/found.ts': `import './x.js'; import 'node:fs';` }),
  plant('contracts-import-nothing-of-ours', 'contracts/reaching.ts', `import type { X } from '#libs/kernel/x.js';\nexport type Y = X;`, { 'contracts/modest.ts': `import '#contracts/x.js'; import 'class-validator';` }),
  plant('libs-kernel-only-downwards', 'libs/kernel/up.ts', `import '#libs/config/x.js';`),
  plant('libs-tracing-only-downwards', 'libs/tracing/up.ts', `import '#libs/config/x.js';`, { 'libs/tracing/down.ts': `import '#libs/kernel/x.js';` }),
  plant('libs-config-only-downwards', 'libs/config/up.ts', `import '#libs/persistence/x.js';`, { 'libs/config/down.ts': `import '#libs/kernel/x.js'; import '#contracts/x.js';` }),
  plant('libs-persistence-only-downwards', 'libs/persistence/up.ts', `import '#libs/event-log/x.js';`, { 'libs/persistence/down.ts': `import '#libs/config/x.js';` }),
  plant('libs-event-log-only-downwards', 'libs/event-log/up.ts', `export * from '#libs/doors/x.js';`, { 'libs/event-log/down.ts': `import '#libs/persistence/x.js';` }),
  plant('libs-doors-only-downwards', 'libs/doors/up.ts', `import '#libs/transports/x.js';`, { 'libs/doors/down.ts': `import '#libs/event-log/x.js';` }),
  plant('libs-transports-only-downwards', 'libs/transports/up.ts', `import '#libs/runtime/x.js';`, { 'libs/transports/down.ts': `import '#libs/doors/x.js';` }),
  plant('libs-runtime-only-downwards', 'libs/runtime/up.ts', `import '#libs/pages/x.js';`, { 'libs/runtime/down.ts': `import '#libs/transports/x.js';` }),
  plant('libs-pages-only-downwards', 'libs/pages/up.ts', `import '#libs/testing/x.js';`, { 'libs/pages/down.ts': `import '#libs/runtime/x.js';` }),
  plant('libs-never-import-services', 'libs/runtime/reaching.ts', `export const later = () => import('#services/status/index.js');`),
  plant('kernel-imports-nothing', 'libs/kernel/reaching.ts', `import '#contracts/x.js';`),
  plant('a-service-never-imports-a-service', 'services/intake/reaching.ts', `import type { X } from '#services/status/index.js';\nexport type Y = X;`, { 'services/intake/modest.ts': `import '#services/intake/index.js'; import '#libs/runtime/x.js';` }),
  plant('all-in-one-through-front-doors', 'services/all-in-one/burgling.ts', `import '#services/status/store/x.js';`, { 'services/all-in-one/knocking.ts': `import '#services/status/index.js';` }),
  plant('domain-is-pure', 'services/intake/domain/impure.ts', `import '#libs/persistence/x.js';`, { 'services/intake/domain/pure.ts': `import '#libs/kernel/x.js'; import '#contracts/x.js';` }),
  plant('testing-is-for-tests', 'services/intake/tested.ts', `import '#libs/testing/x.js';`, { 'services/intake/tested.spec.ts': `import '#libs/testing/x.js';` }),
  plant('sandbox-knows-only-the-agency-contract', 'services/sandbox/knowing.ts', `import '#contracts/x.js';`, { 'services/sandbox/modest.ts': `import '#libs/runtime/x.js'; import '#libs/kernel/x.js';` }),
  plant('controllers-import-dtos-by-value', 'services/intake/intake.controller.ts', `import type { X } from './x.dto.js';\nexport type Y = X;`, { 'services/intake/other.controller.ts': `import { X } from './x.dto.js';\nexport const y = new X();` }),
  plant('sql-has-its-rooms', 'services/intake/sql.ts', `import 'pg';`, { 'services/intake/store/sql.ts': `import 'pg'; import 'typeorm';`, 'libs/event-log/postgres/sql.ts': `import type { Pool } from 'pg';\nexport type P = Pool;` }),
  plant('kafka-has-its-rooms', 'libs/event-log/kafka.ts', `import 'kafkajs';`, { 'libs/event-log/kafka/kafka.ts': `import 'kafkajs';`, 'services/sandbox/exchange/kafka.ts': `import 'kafkajs';` }),
  plant('kafka-has-its-rooms', 'services/sandbox/kafka.ts', `import 'kafkajs';`),
  plant('opentelemetry-has-its-room', 'services/intake/spanning.ts', `import '@opentelemetry/api';`, { 'libs/tracing/spanning.ts': `import '@opentelemetry/api';` }),
  plant('swagger-has-its-room', 'services/intake/http/described.ts', `import '@nestjs/swagger';`, { 'libs/runtime/described.ts': `import '@nestjs/swagger';` }),
  plant('jose-has-its-rooms', 'services/intake/signing.ts', `import 'jose';`, { 'services/consent/receipts/signing.ts': `import 'jose';` }),
];
/** The last of the list has nobody above it. */
const CANNOT_BE_BROKEN = ['libs-testing-only-downwards'];

/** `process.env` in any way it is commonly written. */
const readsEnvironment = (text: string): boolean =>
  /\bprocess\s*(\?\.|\.|\[\s*['"`])\s*env\b|\{[^}]*\benv\b[^}]*\}\s*(=\s*(globalThis\.)?process\b|from\s*['"](node:)?process['"])/.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''));
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile() && f.name.endsWith('.ts')).map((f) => join(f.parentPath, f.name));
/** Specs may hand their environment on to a child process. */
const mayReadEnvironment = (file: string): boolean => /^libs\/config\/|\.(spec|conformance)\.ts$|^libs\/testing\//.test(file);

let house: string;
let found: readonly Violation[];
let real: readonly Violation[];
beforeAll(async () => {
  house = realpathSync(mkdtempSync(join(tmpdir(), 'tou-arrows-')));
  for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json', 'tsconfig.base.json']) cpSync(join(ROOT, file), join(house, file));
  // Packages stand in for themselves by name alone: whether one is installed is of no concern here.
  for (const name of ['pg', 'typeorm', 'kafkajs', 'jose', 'class-validator', '@nestjs/swagger', '@opentelemetry/api']) write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }), `node_modules/${name}/index.js`);
  symlinkSync(join(ROOT, 'node_modules/typescript'), join(house, 'node_modules/typescript'));
  for (const lib of ['kernel', 'tracing', 'config', 'persistence', 'event-log', 'doors', 'transports', 'runtime', 'pages', 'testing']) write(`libs/${lib}/x.ts`, 'export type X = string;');
  for (const file of ['contracts/x.ts', 'services/status/store/x.ts', 'services/status/index.ts', 'services/intake/index.ts']) write(file, 'export type X = string;');
  write('services/intake/x.dto.ts', 'export class X {}');
  for (const { file, text, allowed } of planted) for (const [path, content] of [[file, text], ...Object.entries(allowed)]) write(path!, content!);
  [found, real] = await Promise.all([cruise(house, ['contracts', 'libs', 'services']), cruise(ROOT, FOLDERS)]);
}, 60_000);
afterAll(() => rmSync(house, { recursive: true, force: true }));

const write = (path: string, text: string, ...empty: string[]): void => {
  mkdirSync(join(house, dirname(path)), { recursive: true });
  writeFileSync(join(house, path), text);
  for (const file of empty) writeFileSync(join(house, file), '');
};

describe('the arrows', () => {
  it('each have somebody planted who breaks them', () => {
    expect([...new Set(planted.map((p) => p.rule)), ...CANNOT_BE_BROKEN].sort()).toEqual(rules.map((r) => r.name).sort());
  });

  it.each(planted)('$rule stops $file', ({ rule, file }) => {
    expect(found.filter((v) => v.from === file).map((v) => v.rule.name)).toContain(rule);
  });

  it('stop nobody else', () => {
    const breaking = new Set(planted.map((p) => p.file));
    const others = found.filter((v) => !breaking.has(v.from));
    expect(others.filter((v) => v.from !== 'libs/kernel/there.ts')).toEqual([]); // the other end of the cycle
  });

  it('are kept by the house itself', () => {
    expect(real.map((v) => `${v.rule.name}: ${v.from} → ${v.to}`)).toEqual([]);
  });
});

describe('the environment', () => {
  it.each([
    'const port = process.env.PORT;', `const port = process.env['PORT'];`, `const port = process['env'].PORT;`, 'const { env } = process;', `import { env } from 'node:process';`,
    'const port = globalThis.process?.env.PORT;',
  ])('is seen to be read by: %s', (line) => {
    expect(readsEnvironment(line)).toBe(true);
  });

  it.each(['const environment = config.env;', '// process.env is read by libs/config', `import { pid } from 'node:process';`])('is not read by: %s', (line) => {
    expect(readsEnvironment(line)).toBe(false);
  });

  it('is read by libs/config alone', () => {
    const readers = FOLDERS.flatMap((folder) => filesOf(join(ROOT, folder))).filter((file) => readsEnvironment(readFileSync(file, 'utf8'))).map((file) => relative(ROOT, file));
    expect(readers).toContain('libs/config/config.ts');
    expect(readers.filter((file) => !mayReadEnvironment(file))).toEqual([]);
  });
});
