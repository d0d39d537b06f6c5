import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { flowPage, withConfigTable } from './documents.js';
import { flows } from './flows.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('what is generated from the code (`npm run documents`)', () => {
  it('docs/flow.md is what the reactions say', () => {
    expect(read('docs/flow.md')).toBe(flowPage(flows, join(root, 'contracts/events/samples')));
  });

  it('the README names every variable that is read', () => {
    const readme = read('README.md');
    expect(withConfigTable(readme)).toBe(readme);
    expect(readme).toContain('| `DATABASE_URL` |');
  });
});
