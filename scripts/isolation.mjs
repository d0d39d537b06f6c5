// `npm run test:isolation [-- --seconds 60]`: the other programmes' p99 while one agency hangs and one answers 503, in rounds of so many seconds; prints its figures.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values: { seconds } } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'e2e', '--testPathPatterns', 'journeys/isolation'], {
  env: { ...process.env, ISOLATION_SECONDS: seconds }, stdio: 'inherit', shell: process.platform === 'win32',
});
process.exit(status ?? 1);
