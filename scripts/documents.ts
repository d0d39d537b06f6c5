import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { flowPage, withConfigTable } from '#services/all-in-one/documents.js';
import { flows } from '#services/all-in-one/flows.js';

/** `npm run documents`: writes what is generated from the code: docs/flow.md and the README's table of variables. */
writeFileSync(resolve('docs/flow.md'), flowPage(flows, resolve('contracts/events/samples')));
writeFileSync(resolve('README.md'), withConfigTable(readFileSync(resolve('README.md'), 'utf8')));
process.stdout.write('Wrote docs/flow.md and the configuration table of README.md\n');
