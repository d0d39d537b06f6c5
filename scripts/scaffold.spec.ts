import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { scaffold, write, type Scaffold } from './scaffold.js';

const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'tell-us-once-new-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe.each([['adapter', 'library-card', 3], ['bundle', 'arrival', 1], ['event', 'intake.case-closed.v1', 2]] as const)('a new %s', (kind, name, files) => {
  const plan = scaffold(kind, name) as Scaffold;

  it(`is one folder or file and one line: ${files} files, 1 line`, () => {
    expect(Object.keys(plan.files)).toHaveLength(files);
    expect(new Set(Object.keys(plan.files).map((f) => dirname(f).replace(/\/samples$/, ''))).size).toBe(1);
    expect(plan.lines).toHaveLength(1);
  });

  it('adds its line and changes no other, and is not written twice', () => {
    const [{ file, line }] = plan.lines as [Scaffold['lines'][number]];
    cpSync(join(root, file), join(copy, file));
    const before = readFileSync(join(copy, file), 'utf8').split('\n');
    write(copy, plan);
    const after = readFileSync(join(copy, file), 'utf8').split('\n');
    expect(after.filter((l) => l === line)).toHaveLength(1);
    expect(after.filter((l) => l !== line)).toEqual(before);
    expect(() => write(copy, plan)).toThrow('is there already');
  });
});

it('says how it is called when it is called otherwise', () => {
  expect(scaffold(undefined, undefined)).toContain('npm run new -- adapter');
  expect(scaffold('toString', 'x')).toContain('npm run new -- adapter');
  expect(scaffold('event', 'Not A Name')).toContain('intake.case-closed.v1');
});
