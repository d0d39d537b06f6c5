import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file of this project, named from its root, whether the code runs from its sources or from dist. */
export const projectFile = (path: string): string => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, path))) return join(folder, path);
    if (dirname(folder) === folder) throw new Error(`${path} is missing: it belongs to what is deployed`);
  }
};
