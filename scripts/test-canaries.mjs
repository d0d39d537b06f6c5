// `npm run test:canaries [-- --cases 200]`: births in which every personal value is one of a kind, told to every process over Kafka; then everything but
// the vault's sealed store is searched for them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { cases: { type: 'string', default: '200' } } });
if (!/^[1-9]\d{0,4}$/.test(values.cases)) {
  console.error('--cases takes a number');
  process.exit(2);
}
const root = join(import.meta.dirname, '..');
const run = (command, args, env) => spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', env: { ...process.env, ...env } }).status ?? 1;
const built = run('npm', ['run', '--silent', 'build']);
process.exit(built !== 0 ? built : run('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'e2e', '--testPathPatterns', 'journeys/canaries'], { CI: 'true', CANARY_CASES: values.cases }));
