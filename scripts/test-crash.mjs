// `npm run test:crash`: builds, then runs services/all-in-one/crash with what is asked for. --break NAME has every service load a safety
// switched off; NAME:safe only the moments in which that safety matters.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeSafetyOff } from './safety-off.mjs';

const root = join(import.meta.dirname, '..');
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

const built = run('node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json');
if (built !== 0) process.exit(built);
const args = process.argv.slice(2);
const at = args.indexOf('--break') + 1;
if (at > 0 && args[at] !== undefined) {
  const [name, safe] = args[at].split(':');
  args[at] = name;
  args.push('--preload', `${makeSafetyOff()}/${name}.js${safe === 'safe' ? '?safe' : ''}`);
}
process.exit(run('--enable-source-maps', 'dist/services/all-in-one/crash/main.js', ...args));
