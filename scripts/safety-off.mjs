// Makes modules of libs/testing/safety-off that built services can load first (`node --import`). They are no part of dist; the folder they
// are written to is thrown away with the reports. Prints that folder when it is run by itself.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';

const root = join(import.meta.dirname, '..');
const [from, to] = [join(root, 'libs/testing/safety-off'), join(root, 'reports/safety-off')];

export const makeSafetyOff = () => {
  for (const file of readdirSync(from, { recursive: true }).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))) {
    const target = join(to, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(join(from, file), { swcrc: false, module: { type: 'es6' }, jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }).code);
  }
  return pathToFileURL(join(to, 'switched')).href;
};

if (process.argv[1] === import.meta.filename) console.log(makeSafetyOff());
